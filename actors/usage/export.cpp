#include "actors/usage/export.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace tidewire::usage {

namespace {

using commands::cell;
using commands::unit;
using commands::whole;

cell thousandths(std::optional<std::uint64_t> x) {
  return x ? cell{static_cast<double>(*x) / 1000} : cell{};
}

cell optional_count(std::optional<std::uint64_t> x) {
  return x ? whole(*x) : cell{};
}

cell time_of(meter::tick at) {
  return cell{at.number * 1000};
}

// A column of the table, and what stands in it.
struct field {
  std::string key;
  unit is;
  std::function<cell(const stated&)> value;
};

void add_figures(
    std::vector<field>& to, const std::string& prefix,
    const meter::statement_figures& (*of)(const meter::statement&)) {
  to.push_back({prefix + "peak", unit::count,
                [of](auto& x) { return whole(of(x.what).peak.value); }});
  to.push_back({prefix + "peak_at", unit::time,
                [of](auto& x) { return time_of(of(x.what).peak.at); }});
  to.push_back({prefix + "p95", unit::count,
                [of](auto& x) { return optional_count(of(x.what).p95); }});
  to.push_back({prefix + "average", unit::number, [of](auto& x) {
                  return thousandths(average_thousandths(x.what, of(x.what)));
                }});
  to.push_back({prefix + "connection_seconds", unit::number, [of](auto& x) {
                  return cell{static_cast<double>(of(x.what).connection_ms)
                              / 1000};
                }});
}

std::string apps_of(const subject& whose) {
  std::string out;
  if (whose.of == subject::scope::account)
    for (auto& app : whose.apps)
      out += (out.empty() ? "" : " ") + app.text;
  return out;
}

std::vector<field> make_fields() {
  std::vector<field> out{
      {"scope", unit::text,
       [](auto& x) { return cell{std::string{name_of(x.whose.of)}}; }},
      {"name", unit::text, [](auto& x) { return cell{x.whose.name}; }},
      {"apps", unit::text, [](auto& x) { return cell{apps_of(x.whose)}; }},
      {"from", unit::time,
       [](auto& x) { return cell{x.when.over.from * 1000}; }},
      {"to", unit::time, [](auto& x) { return cell{x.when.over.to * 1000}; }},
      {"so_far", unit::yes_no, [](auto& x) { return cell{x.when.so_far}; }},
      {"time_zone", unit::text, [](auto& x) { return cell{x.when.zone}; }},
      {"interval_seconds", unit::count,
       [](auto& x) { return whole(x.when.interval); }},
  };
  using figures = const meter::statement_figures&;
  add_figures(out, "",
              [](const meter::statement& s) -> figures { return s.open; });
  add_figures(out, "billable_",
              [](const meter::statement& s) -> figures { return s.billable; });
  auto count = [&](std::string key,
                   std::uint64_t (*of)(const meter::statement&)) {
    out.push_back({std::move(key), unit::count,
                   [of](auto& x) { return whole(of(x.what)); }});
  };
  out.push_back({"peak_is_bound", unit::yes_no,
                 [](auto& x) { return cell{x.what.peak_is_bound}; }});
  count("users_peak", [](auto& s) { return s.users_peak; });
  count("highest", [](auto& s) { return s.highest; });
  count("opened", [](auto& s) { return s.did.opened; });
  for (std::size_t i = 0; i < close_reasons; ++i)
    out.push_back(
        {"closed_" + std::string{name_of(static_cast<close_reason>(i))},
         unit::count, [i](auto& x) { return whole(x.what.did.closed[i]); }});
  for (std::size_t i = 0; i < refuse_reasons; ++i)
    out.push_back(
        {"refused_" + std::string{name_of(static_cast<refuse_reason>(i))},
         unit::count, [i](auto& x) { return whole(x.what.did.refused[i]); }});
  count("broadcasts", [](auto& s) { return s.did.broadcasts; });
  count("deliveries", [](auto& s) { return s.did.deliveries; });
  count("bytes", [](auto& s) { return s.did.bytes; });
  out.push_back({"known_seconds", unit::count,
                 [](auto& x) { return whole(x.what.known_seconds); }});
  out.push_back({"partly_known_seconds", unit::count,
                 [](auto& x) { return whole(x.what.partly_seconds); }});
  out.push_back({"unknown_seconds", unit::count,
                 [](auto& x) { return whole(x.what.unknown_seconds); }});
  count("samples", [](auto& s) { return s.samples; });
  count("partly_known_samples", [](auto& s) { return s.partly_samples; });
  count("unknown_samples", [](auto& s) { return s.unknown_samples; });
  out.push_back({"unknown", unit::text,
                 [](auto& x) { return cell{ranges_of(x.what.doubts)}; }});
  return out;
}

const std::vector<field>& fields() {
  static const auto all = make_fields();
  return all;
}

std::string hex(std::uint64_t x) {
  char text[17];
  auto [end, error] = std::to_chars(text, text + sizeof text, x, 16);
  return {text, error == std::errc{} ? end : text};
}

// `node:incarnation:sequence:link`; a node's name has no colon behind its last
// part.
std::string text_of(const ledger::head& x) {
  return x.who.node + ':' + hex(x.who.incarnation) + ':'
         + std::to_string(x.sequence) + ':' + ledger::to_hex(x.link);
}

} // namespace

std::string ranges_of(std::span<const meter::doubt> doubts) {
  std::string out;
  for (auto& x : doubts) {
    if (!out.empty())
      out += ' ';
    if (x.partly)
      out += '~';
    out += meter::render_time(x.first.number - 1, "UTC") + '/'
           + meter::render_time(x.last.number, "UTC");
  }
  return out;
}

commands::listing export_table(std::span<const stated> rows,
                               std::span<const ledger::head> heads) {
  commands::listing out{"statements", {}, {}};
  for (auto& f : fields())
    out.columns.push_back({f.key, f.is});
  out.columns.push_back({"heads", unit::text});
  std::string ends;
  for (auto& x : heads)
    ends += (ends.empty() ? "" : " ") + text_of(x);
  for (auto& x : rows) {
    auto& row = out.rows.emplace_back();
    for (auto& f : fields())
      row.push_back(f.value(x));
    row.emplace_back(ends);
  }
  return out;
}

commands::listing heads_table(std::span<const ledger::head> heads) {
  commands::listing out{"heads",
                        {{"node", unit::text},
                         {"incarnation", unit::text},
                         {"entry", unit::count},
                         {"hash", unit::text}},
                        {},
                        "Heads of the chains"};
  for (auto& x : heads)
    out.rows.push_back({x.who.node, hex(x.who.incarnation), whole(x.sequence),
                        ledger::to_hex(x.link)});
  return out;
}

} // namespace tidewire::usage
