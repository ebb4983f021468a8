#include <algorithm>
#include <array>
#include <iostream>
#include <map>

#include "admin/foreign.h"
#include "cli/chunk_reader.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress_bar.h"

namespace simbiont::cli {
namespace {

struct Import {
  Session& session;
  const std::string path;
  std::string id;  // of the import
  ChunkReader& reader;
  const admin::Foreign* foreign = nullptr;
  bool writing = false;
  std::uint64_t rows = 0;  // answered as written

  std::string url(const char* step) const { return "/v1/imports/" + id + "/" + step; }
};

// A row's place in the file that the operator knows: what was converted has a header line of ours.
std::string place(const Import& import, std::uint64_t line) {
  if (import.foreign == nullptr) return import.path + ':' + std::to_string(line);
  const bool row = line >= 2 && line - 2 < import.foreign->places.size();
  return import.path + ':' + std::to_string(row ? import.foreign->places[line - 2] : line);
}

using Step = std::function<Status(const Json& answer)>;

Status each_chunk(Import& import, std::string_view what, const char* step, const Step& done) {
  ProgressBar bar(what);
  while (true) {
    const auto chunk = import.reader.next();
    if (!chunk) return chunk.error();
    if ((*chunk)->empty()) return {};
    const auto answer = import.session.call_raw(import.url(step), **chunk);
    if (!answer) return answer.error();
    bar.clear();
    if (auto status = done(*answer); !status) return status;
    bar.draw(import.reader.position(), import.reader.size());
    if (interrupted()) return error(Errc::refused, "interrupted");
  }
}

// Everything that is wrong with the file, before anything of it is written.
Status check(Import& import) {
  std::uint64_t bad = 0;
  if (import.foreign != nullptr) {
    for (const auto& problem : import.foreign->bad)
      std::cerr << import.path << ':' << problem.place << ": " << cell(problem.reason) << '\n';
    bad = import.foreign->bad.size();
  }
  Status read = each_chunk(import, "checking ", "check", [&](const Json& answer) {
    for (const Json& row : answer["bad"]) {
      std::cerr << place(import, row.value("line", std::uint64_t{0})) << ": " << cell(row["reason"]) << '\n';
      ++bad;
    }
    return Status();
  });
  if (!read) return read;
  if (bad == 0) return {};
  return error(Errc::refused,
               std::to_string(bad) + (bad == 1 ? " bad row" : " bad rows") + ": nothing was imported");
}

// After a failure: exit 1 promises that nothing changed.
Error give_up(Import& import, const Error& cause) {
  const auto ended = import.session.call("DELETE", "/v1/imports/" + import.id);
  // "No such import" alone proves nothing: the HSS may be another one since.
  const bool undone = ended.ok() || cause.message.find("nothing was imported") != std::string::npos;
  if (undone && interrupted()) return error(cause.code, cause.message + ": nothing was imported");
  if (undone || !import.writing) return cause;
  import.session.set_incomplete();
  return error(cause.code,
               cause.message + "; " + std::to_string(import.rows) + " rows or more of " + import.path +
                   " were written and may still stand: a running HSS takes them back, else the same "
                   "command with --replace finishes the import");
}

Result<Json> run(Import& import) {
  if (auto checked = check(import); !checked) return checked.error();
  if (auto again = import.reader.rewind(); !again) return again.error();
  import.writing = true;
  const Status written = each_chunk(import, "importing", "write", [&](const Json& answer) {
    const auto rows = answer.find("rows");
    if (rows != answer.end() && rows->is_number_unsigned()) import.rows += rows->get<std::uint64_t>();
    return Status();
  });
  if (!written) return written.error();
  return import.session.call("POST", import.url("finish"));
}

constexpr std::array<std::pair<std::string_view, admin::ForeignFormat>, 3> formats{
    {{"open5gs", admin::ForeignFormat::open5gs},
     {"osmohlr", admin::ForeignFormat::osmohlr},
     {"pyhss", admin::ForeignFormat::pyhss}}};

// What the other HSS had and this one has not, by subscriber and by field.
void print_left(const std::vector<admin::LeftBehind>& left) {
  std::map<std::string, std::uint64_t> counts;
  if (!left.empty()) std::cout << "not carried over:\n";
  for (const auto& item : left) {
    std::cout << cell(item.imsi) << "  " << cell(item.field) << "  " << cell(item.reason) << '\n';
    ++counts[item.field];
  }
  for (const auto& [field, count] : counts) std::cout << cell(field) << ": " << count << " times\n";
}

Json left_as_json(const std::vector<admin::LeftBehind>& left) {
  Json all = Json::array();
  for (const auto& item : left)
    all.push_back({{"imsi", item.imsi}, {"field", item.field}, {"reason", item.reason}});
  return all;
}

}  // namespace

Status import_foreign(Session& session, const std::string& format, const std::string& path, bool replace) {
  const auto known =
      std::find_if(formats.begin(), formats.end(), [&](const auto& f) { return f.first == format; });
  if (known == formats.end()) return error(Errc::invalid_argument, "format is not open5gs, osmohlr or pyhss");
  // First, for a store that this process opens: SQLite is configured once.
  if (const auto opened = session.remote(); !opened) return opened.error();
  const auto foreign = admin::read_foreign(known->second, path);
  if (!foreign) return foreign.error();
  auto reader = ChunkReader::over(foreign->csv, path);
  watch_interrupt();
  const auto begun = session.call("POST", "/v1/imports", Json{{"kind", "subscribers"}, {"replace", replace}});
  if (!begun) return begun.error();
  Import import{session, path, cell((*begun)["id"]), reader, &*foreign};
  auto finished = run(import);
  if (!finished) return give_up(import, finished.error());
  if (session.json()) {
    (*finished)["not_carried_over"] = left_as_json(foreign->left);
    print_object(std::cout, *finished, true);
    return {};
  }
  print_left(foreign->left);
  std::cout << "imported " << cell((*finished)["imported"]) << " subscribers from " << format << '\n';
  return {};
}

Status import_file(Session& session, const std::string& kind, const std::string& path, bool replace) {
  auto reader = ChunkReader::open(path);
  if (!reader) return reader.error();
  watch_interrupt();
  const auto begun = session.call("POST", "/v1/imports", Json{{"kind", kind}, {"replace", replace}});
  if (!begun) return begun.error();
  Import import{session, path, cell((*begun)["id"]), *reader};
  const auto finished = run(import);
  if (!finished) return give_up(import, finished.error());
  if (session.json()) print_object(std::cout, *finished, true);
  if (!session.json()) std::cout << "imported " << cell((*finished)["imported"]) << ' ' << kind << '\n';
  tell_clrs(*finished, left_plain);
  return {};
}

}  // namespace simbiont::cli
