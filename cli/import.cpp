#include <unistd.h>

#include <iostream>

#include "cli/chunk_reader.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace simbiont::cli {
namespace {

// On a terminal only; drawn over itself.
class ProgressBar {
 public:
  explicit ProgressBar(std::string_view what) : what_(what), shown_(isatty(STDERR_FILENO) == 1) {}
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  void draw(std::uint64_t done, std::uint64_t all) {
    if (!shown_) return;
    const std::uint64_t percent = all == 0 ? 100 : done * 100 / all;
    const std::size_t filled = static_cast<std::size_t>(percent) * width / 100;
    std::cerr << '\r' << what_ << " [" << std::string(filled, '#') << std::string(width - filled, '.') << "] "
              << percent << "% " << std::flush;
  }
  void clear() {
    if (shown_) std::cerr << '\r' << std::string(width + 24, ' ') << '\r' << std::flush;
  }

 private:
  static constexpr std::size_t width = 40;
  const std::string what_;
  const bool shown_;
};

struct Import {
  Session& session;
  const std::string path;
  std::string id;  // of the import
  ChunkReader& reader;
  bool writing = false;
  std::uint64_t rows = 0;  // answered as written

  std::string url(const char* step) const { return "/v1/imports/" + id + "/" + step; }
};

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
  Status read = each_chunk(import, "checking ", "check", [&](const Json& answer) {
    for (const Json& row : answer["bad"]) {
      std::cerr << import.path << ':' << cell(row["line"]) << ": " << cell(row["reason"]) << '\n';
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

}  // namespace

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
