// One import at a time: begin, check every chunk of the file, write the same chunks, finish. While it lasts
// nothing else changes, so what check said still holds in write. One that does not come to its end is taken
// back, and until that is done it lasts.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api.h"
#include "admin/import_undo.h"
#include "admin/importer.h"
#include "base/bytes.h"

namespace simbiont::admin {

struct BadRow {
  std::uint64_t line;
  std::string reason;
};

// What the desk keeps of the import under way.
struct ImportSession {
  std::string id, kind;
  std::unique_ptr<Importer> importer;
  std::optional<csv::Header> header;
  std::vector<ByteArray<32>> digests;  // of the chunks, as checked
  std::size_t written = 0;             // chunks
  std::uint64_t rows = 0, bad = 0, rows_written = 0, next_line = 1;
  bool writing = false;
  bool broken = false;  // ended without its end: only taking back is left
  UnixMs heard_at = 0;
  ImportUndo undo;
  std::size_t batch_rows = 100;     // of one transaction on a running HSS, as fast as it turns out to be
  std::set<std::string> clr_hosts;  // nodes that what was written owes a CLR
};

class ImportDesk {
 public:
  explicit ImportDesk(const Options& options) : options_(options) {}

  // Whether an import is under way; one that heard nothing for too long is taken back first.
  bool busy(hss::Live& live);

  // Gives the import's id. kind: subscribers, devices, kmes, bindings.
  Result<std::string> begin(hss::Live& live, std::string_view kind, bool replace);

  struct Checked {
    std::uint64_t rows = 0;
    std::vector<BadRow> bad;
  };
  // chunk: complete records, in the order of the file.
  Result<Checked> check(hss::Live& live, std::string_view id, std::string_view chunk);
  // The same chunks in the same order; refused when some row was bad or the file changed meanwhile. An Error
  // in the middle takes back all that was written.
  Result<std::uint64_t> write(hss::Live& live, std::string_view id, std::string_view chunk);
  struct Finished {
    std::uint64_t rows = 0;
    std::set<std::string> clr_hosts;
  };
  // Refused unless every chunk was written.
  Result<Finished> finish(hss::Live& live, std::string_view id);
  // Takes back what was written; an Error when that failed: the import lasts, and it is tried again.
  Status abort(hss::Live& live, std::string_view id);
  // The same for the one under way, if any.
  Status abort(hss::Live& live);

 private:
  using Session = ImportSession;

  Result<Session*> find(hss::Live& live, std::string_view id);
  Status take_header(Session& session, const csv::Record& record);
  Status write_rows(hss::Live& live, Session& session, std::string_view chunk);
  Status write_batch(hss::Live& live, Session& session, csv::Parser& parser, bool& more);
  Error take_back(hss::Live& live, Session& session, const Error& cause);

  const Options options_;
  std::optional<Session> session_;
  std::uint64_t last_id_ = 0;
};

}  // namespace simbiont::admin
