#include "actors/commands/call.hpp"

#include "actors/commands/argument.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <stdexcept>

namespace tidewire::commands {

namespace {

const std::string nothing;

bool needs_quotes(std::string_view word) {
  return word.empty()
         || word.find_first_of(" \t\"'\\") != std::string_view::npos;
}

std::string in_quotes(std::string_view word) {
  if (!needs_quotes(word))
    return std::string{word};
  std::string out{'\''};
  for (auto c : word)
    out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out += '\'';
}

} // namespace

const std::vector<std::string>*
call::values(std::string_view argument, std::initializer_list<kind> as) const {
  auto* row = find(*row_, argument);
  if (row == nullptr
      || (as.size() != 0
          && std::find(as.begin(), as.end(), row->is) == as.end()))
    throw std::logic_error("the command " + std::string{row_->name}
                           + " has no such argument: " + std::string{argument});
  for (auto* from : {&given_, &fallbacks_})
    if (auto at = from->find(argument); at != from->end())
      return &at->second;
  return nullptr;
}

commands::role call::role() const {
  for (auto& each : row_->arguments)
    if (each.operates && given_.contains(each.name))
      return commands::role::operate;
  return row_->role;
}

bool call::has(std::string_view argument) const {
  return values(argument, {}) != nullptr;
}

bool call::given(std::string_view argument) const {
  return has(argument) && given_.contains(argument);
}

bool call::flag(std::string_view argument) const {
  return values(argument, {kind::flag}) != nullptr;
}

const std::string& call::text(std::string_view argument) const {
  auto* all = values(argument, {});
  return all ? all->front() : nothing;
}

std::vector<std::string> call::texts(std::string_view argument) const {
  auto* all = values(argument, {});
  return all ? *all : std::vector<std::string>{};
}

std::uint64_t call::count(std::string_view argument) const {
  auto* all = values(argument, {kind::count});
  return all ? count_of(all->front()).value() : 0;
}

double call::number(std::string_view argument) const {
  auto* all = values(argument, {kind::number, kind::percent});
  return all ? number_of(all->front(), true).value() : 0;
}

std::chrono::milliseconds call::duration(std::string_view argument) const {
  auto* all = values(argument, {kind::duration});
  return all ? config::parse_duration(all->front()).value()
             : std::chrono::milliseconds{0};
}

std::int64_t call::time(std::string_view argument, std::int64_t now_ms) const {
  auto* all = values(argument, {kind::time});
  return all ? time_of(all->front(), now_ms).value() : 0;
}

std::optional<std::string> call::add(const argument& to, std::string value) {
  if (!accepts(to, value))
    return spelled(to) + ": found \"" + value + "\", expected " + expected(to)
           + '.';
  auto& all = given_[to.name];
  if (!all.empty() && !to.repeated) {
    if (to.is == kind::flag)
      return std::nullopt;
    return spelled(to) + " was given twice.";
  }
  all.push_back(std::move(value));
  return std::nullopt;
}

std::optional<std::string> call::complete() {
  for (auto& each : row_->arguments) {
    if (given_.contains(each.name))
      continue;
    if (each.required)
      return std::string{row_->name} + " needs " + spelled(each) + ", "
             + expected(each) + ": " + synopsis(*row_);
    if (!each.fallback.empty())
      fallbacks_[each.name] = {std::string{each.fallback}};
  }
  return std::nullopt;
}

std::string call::line() const {
  std::string out{row_->name};
  for (auto& each : row_->arguments)
    if (auto at = given_.find(each.name); at != given_.end())
      for (auto& value : at->second) {
        if (!each.positional)
          out += " --" + std::string{each.name};
        if (each.is != kind::flag)
          out += ' ' + in_quotes(value);
      }
  return out;
}

} // namespace tidewire::commands
