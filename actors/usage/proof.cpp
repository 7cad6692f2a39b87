#include "actors/usage/proof.hpp"

#include "actors/commands/render.hpp"
#include "actors/usage/export.hpp"

namespace tidewire::usage {

namespace {

using commands::answer;
using commands::cell;
using commands::facts;
using commands::listing;
using commands::status;
using commands::unit;
using commands::whole;

// What came of the chains; the answer fails with the first fault.
bool add_chains(answer& to, ledger::reader& from,
                std::span<const ledger::head> exported,
                const std::function<void(std::uint64_t)>& progress) {
  std::uint64_t entries = 0;
  auto found = from.verify(exported, [&](std::uint64_t done) {
    entries = done;
    if (progress)
      progress(done);
  });
  auto heads = from.heads();
  facts chains{"ledger",
               {{"authors", unit::count, whole(heads.size())},
                {"intact", unit::yes_no, cell{!found}}},
               "Ledger"};
  if (found) {
    to.status = status::failed;
    to.error = found->sentence;
    if (found->who)
      chains.list.push_back({"node", unit::text, cell{found->who->node}});
    if (found->at)
      chains.list.push_back({"minute", unit::time,
                             cell{found->at->number * 60'000},
                             "first fault at"});
  }
  to.sections.emplace_back(std::move(chains));
  to.sections.emplace_back(heads_table(heads));
  return !found;
}

// The row as it would be exported now.
std::variant<exported_row, std::string> again(ledger::reader& from,
                                              const exported_row& row) {
  auto asked = question_of(row);
  if (auto* no = std::get_if<std::string>(&asked))
    return *no;
  auto& [whose, when] = std::get<exported_question>(asked);
  std::variant<meter::statement, meter::statement_error> found;
  try {
    found = from.state(when.over, when.interval, whose.apps);
  } catch (const sqlite::error& e) { // the chains say more
    found = meter::statement_error{e.what()};
  }
  if (auto* no = std::get_if<meter::statement_error>(&found))
    return title_of(whose) + ": " + sentence(no->message);
  stated now{whose, when, std::get<meter::statement>(std::move(found))};
  answer form;
  form.sections.emplace_back(export_table({&now, 1}, {}));
  auto read = read_export(commands::render_json(form));
  return std::get<std::vector<exported_row>>(read).front();
}

std::string name_of(const exported_row& row) {
  auto asked = question_of(row);
  auto* x = std::get_if<exported_question>(&asked);
  return x ? title_of(x->whose) : std::string{};
}

} // namespace

answer prove(ledger::reader& from,
             const std::function<void(std::uint64_t)>& progress) {
  answer out;
  if (add_chains(out, from, {}, progress))
    out.notes.emplace_back(
        "Every minute that is over is as it was written. Who can write the "
        "file can write another whole chain: verify an export to see whether "
        "this is the one it rests on.");
  return out;
}

answer prove_export(ledger::reader& from, std::string_view exported,
                    const std::function<void(std::uint64_t)>& progress) {
  auto read = read_export(exported);
  if (auto* no = std::get_if<std::string>(&read))
    return commands::refused(status::usage, *no);
  auto& rows = std::get<std::vector<exported_row>>(read);
  if (rows.empty())
    return commands::refused(status::usage, "This export has no rows.");
  auto heads = heads_of(rows.front());
  if (auto* no = std::get_if<std::string>(&heads))
    return commands::refused(status::usage, *no);
  answer out;
  auto intact = add_chains(
      out, from, std::get<std::vector<ledger::head>>(heads), progress);
  listing differences{
      "differences", {{"of"}, {"figure"}, {"exported"}, {"ledger"}}, {}};
  std::uint64_t agreed = 0;
  for (auto& row : rows) {
    auto now = again(from, row);
    if (auto* no = std::get_if<std::string>(&now)) {
      out.status = status::failed;
      if (out.error.empty())
        out.error = *no;
      continue;
    }
    auto before = differences.rows.size();
    for (auto& [key, value] : std::get<exported_row>(now)) {
      if (key == "heads")
        continue;
      auto was = row.find(key);
      auto text = was == row.end() ? std::string{} : was->second;
      if (text != value)
        differences.rows.push_back({name_of(row), key, text, value});
    }
    agreed += before == differences.rows.size() ? 1 : 0;
  }
  out.sections.emplace_back(facts{"export",
                                  {{"rows", unit::count, whole(rows.size())},
                                   {"agree", unit::count, whole(agreed)}},
                                  "Export"});
  if (agreed != rows.size()) {
    out.status = status::failed;
    if (out.error.empty())
      out.error = "The export is not what the ledger says.";
    out.sections.emplace_back(std::move(differences));
  } else if (intact) {
    out.notes.emplace_back("Every figure agrees to the digit, and the ledger "
                           "is still the one the export rests on.");
  }
  return out;
}

} // namespace tidewire::usage
