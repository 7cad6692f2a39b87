// The compiled part of Boost.JSON, once.
#include <boost/json/src.hpp>
