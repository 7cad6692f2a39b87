#include "actors/state/cluster/file_notes.hpp"

#include "messages/wire.hpp"

#include <cstddef>

namespace tidewire::cluster {

namespace {

constexpr std::uint64_t note_format = 1;
constexpr std::size_t note_bytes = std::size_t{256} * 1024;
constexpr std::size_t longest_file_name = 1024;

// That many are named; of the others, how many there are.
constexpr std::size_t named = 5;

// "app 7", "app 7, app 8", "app 7, … and 3 more".
struct list {
  std::string text;
  std::size_t count = 0;

  void add(const std::pair<file_thing, std::string>& what) {
    if (count++ < named)
      text += (text.empty() ? "" : ", ") + std::string{name_of(what.first)}
              + ' ' + what.second;
  }
  std::string whole() const {
    return count <= named
               ? text
               : text + " and " + std::to_string(count - named) + " more";
  }
};

} // namespace

std::string_view name_of(file_thing what) noexcept {
  switch (what) {
  case file_thing::tier:
    return "tier";
  case file_thing::account:
    return "account";
  default:
    return "app";
  }
}

bool file_comparison::mine_are(file_notes now) {
  if (number_ != 0 && now == mine_)
    return false;
  mine_ = std::move(now);
  ++number_;
  return true;
}

std::vector<std::string> file_comparison::records() const {
  std::vector<std::string> result;
  auto at = mine_.begin();
  do {
    auto first = at == mine_.begin();
    wire_writer body;
    std::size_t count = 0;
    for (; at != mine_.end() && body.size() < note_bytes; ++at, ++count) {
      body.number(static_cast<std::uint64_t>(at->first.first));
      body.text(at->first.second);
      body.number(at->second);
    }
    wire_writer head;
    head.number(note_format);
    head.number(number_);
    head.flag(first);
    head.flag(at == mine_.end());
    head.number(count);
    result.push_back(head.take() + body.bytes());
  } while (at != mine_.end());
  return result;
}

bool file_comparison::receive(const life& from, std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != note_format)
    return false;
  statement part;
  part.number = in.number();
  auto first = in.flag();
  part.complete = in.flag();
  for (auto n = in.count(3); n > 0 && !in.failed(); --n) {
    auto what = in.number();
    auto name = in.text();
    auto hash = in.number();
    if (name.size() > longest_file_name)
      in.fail();
    // One of a newer version says nothing to us.
    if (what >= 1 && what <= last_file_thing)
      part.notes.emplace(
          std::pair{static_cast<file_thing>(what), std::string{name}}, hash);
  }
  if (!in.done())
    return false;
  auto& known = theirs_[from];
  if (first) {
    known = std::move(part);
  } else if (known.number == part.number && !known.complete) {
    known.notes.merge(part.notes);
    known.complete = part.complete;
  }
  return true;
}

std::map<std::string, std::string> file_comparison::apps_elsewhere() const {
  std::map<std::string, std::string> result;
  for (auto& [who, theirs] : theirs_)
    for (auto& [what, hash] : theirs.notes)
      if (what.first == file_thing::app)
        result.emplace(what.second, who.node);
  return result;
}

std::vector<std::string> file_comparison::differences() const {
  std::vector<std::string> result;
  for (auto& [who, theirs] : theirs_) {
    if (!theirs.complete)
      continue;
    list differ, there, here;
    for (auto& [what, hash] : mine_)
      if (auto at = theirs.notes.find(what); at == theirs.notes.end())
        here.add(what);
      else if (at->second != hash)
        differ.add(what);
    for (auto& [what, hash] : theirs.notes)
      if (!mine_.contains(what))
        there.add(what);
    auto say = [&, &who = who](const list& what, const std::string& how) {
      if (what.count != 0)
        result.push_back("The configurations of this node and of " + who.node
                         + " differ: " + what.whole() + how
                         + "; give all nodes of a cluster the same.");
    };
    say(differ, differ.count == 1 ? " is not the same" : " are not the same");
    say(there,
        (there.count == 1 ? " is only in that of " : " are only in that of ")
            + who.node);
    say(here,
        here.count == 1 ? " is only in this one" : " are only in this one");
  }
  return result;
}

} // namespace tidewire::cluster
