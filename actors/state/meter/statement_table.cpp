#include "actors/state/meter/statement_table.hpp"

#include <algorithm>

namespace tidewire::meter {

statement_table::statement_table(window over, std::int64_t interval,
                                 std::vector<author_life> lives)
    : over_(over),
      interval_(interval),
      roster_(std::move(lives)),
      coverage_(over, interval),
      known_(roster_.size()),
      before_(roster_.size()) {}

bool statement_table::line::stands() const noexcept {
  return std::any_of(standing.begin(), standing.end(),
                     [](auto& x) { return x != levels{}; });
}

void statement_table::begin(minute at, std::span<const author_minute> pages) {
  std::swap(known_, before_);
  std::fill(known_.begin(), known_.end(), 0);
  for (auto& page : pages)
    known_[page.author] = page.known & whole_minute;
  auto follows = at_ && at == *at_ + 1 && day_of(at).first_minute() != at;
  // Whoever stands does so because of a page a minute ago, and goes on if there
  // is a whole one now.
  calm_ = follows && known_ == before_
          && std::all_of(known_.begin(), known_.end(),
                         [](auto x) { return x == 0 || x == whole_minute; });
  if (!follows) {
    for (auto& [app, x] : lines_) {
      if (at_ && x.stands())
        catch_up(x, *at_);
      std::fill(x.standing.begin(), x.standing.end(), levels{});
    }
  }
  at_ = at;
  knowledge_ = roster_.know(at, pages);
  coverage_.add(at, knowledge_.known, knowledge_.partly);
}

// Up to `until`, it stood in calm minutes.
void statement_table::catch_up(line& x, minute until) {
  if (until <= x.done)
    return;
  auto first = std::max((x.done + 1).first(), over_.first());
  auto last = std::min(until.last(), over_.last());
  x.done = until;
  if (last < first)
    return;
  levels sum;
  for (auto& each : x.standing)
    sum += each;
  x.figures.stand(sum, first, last);
}

void statement_table::fold(line& x, std::span<const part> parts) {
  sum_.begin(*at_, knowledge_,
             std::any_of(parts.begin(), parts.end(), [](auto& p) {
               return std::holds_alternative<coarse_minute>(p.entry);
             }));
  static const minute_entry nothing;
  for (std::size_t a = 0; a < x.standing.size(); ++a) {
    auto its = std::find_if(parts.begin(), parts.end(),
                            [a](auto& p) { return p.author == a; });
    sum_.add(its == parts.end() ? nothing : its->entry, known_[a],
             x.standing[a]);
  }
  x.figures.add(sum_.slice());
  x.done = *at_;
}

void statement_table::add(number app, std::span<const part> parts) {
  auto [it, made] = lines_.try_emplace(app, *this);
  auto& x = it->second;
  if (!made && x.stands())
    catch_up(x, *at_ + -1);
  fold(x, parts);
}

void statement_table::end() {
  if (calm_)
    return;
  for (auto& [app, x] : lines_)
    if (x.done != *at_ && x.stands()) {
      catch_up(x, *at_ + -1);
      fold(x, {});
    }
}

std::vector<std::pair<statement_table::number, statement_table::result>>
statement_table::finish() {
  auto coverage = nobody();
  std::vector<std::pair<number, result>> out;
  for (auto& [app, x] : lines_) {
    if (at_ && x.stands())
      catch_up(x, *at_);
    out.emplace_back(app, x.figures.finish(coverage));
  }
  return out;
}

statement statement_table::nobody() const {
  statement out;
  auto rest = coverage_;
  rest.finish(out);
  for (auto* figures : {&out.open, &out.billable}) {
    figures->peak.at = first_known(out);
    if (out.samples > 0)
      figures->p95 = 0;
  }
  return out;
}

} // namespace tidewire::meter
