// Boost.JSON for the fuzz targets, compiled like them: net/boost.cpp compiles
// far more.
#include <boost/json/src.hpp>
