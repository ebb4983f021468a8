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
#include "admin/batch.h"
#include "admin/import_undo.h"
#include "admin/importer.h"
#include "base/bytes.h"

namespace simbiont::admin {

struct BadRow {
  std::uint64_t line;
  std::string reason;
};

// A supplier's batch: held until its signature is verified over all of it, then read in slices.
struct SignedFile {
  std::string supplier;
  Bytes verifying_key, signature;
  std::string text;
  bool verified = false;
  bool checked = false;           // to its end
  std::size_t at = 0;             // where the next slice begins
  std::string digest;             // SHA-256 of the file, as sha256sum prints it
  std::vector<BadRow> bad_lines;  // JSON that is none; told with the first check
  std::size_t listed = 0;         // bad rows that were told
};

// What the desk keeps of the import under way.
struct ImportSession {
  std::string id, kind;
  std::uint32_t uid = 0;  // whose it is
  std::unique_ptr<Importer> importer;
  std::optional<csv::Header> header;
  std::vector<ByteArray<32>> digests;  // of the chunks, as checked
  std::size_t written = 0;             // chunks
  std::uint64_t rows = 0, bad = 0, rows_written = 0, next_line = 1;
  bool writing = false;
  bool broken = false;  // ended without its end: only taking back is left
  UnixMs heard_at = 0;
  ImportUndo undo;
  Batch batch{10'000};
  std::set<std::string> clr_hosts;  // nodes that what was written owes a CLR
  std::optional<SignedFile> file;   // a batch
};

class ImportDesk {
 public:
  explicit ImportDesk(const Options& options) : options_(options) {}

  // Whether an import is under way; one that heard nothing for too long is taken back first.
  bool busy(hss::Live& live);

  // Gives the import's id. kind: subscribers, devices, kmes, bindings. uid: who may go on with it.
  Result<std::string> begin(hss::Live& live, std::string_view kind, bool replace, std::uint32_t uid);
  // refused when the import under way has this id and is another user's.
  Status belongs(std::string_view id, std::uint32_t uid) const;

  struct Checked {
    std::uint64_t rows = 0;
    std::vector<BadRow> bad;
  };
  // chunk: complete records, in the order of the file.
  Result<Checked> check(hss::Live& live, std::string_view id, std::string_view chunk);
  // The same chunks in the same order; refused when some row was bad or the file changed meanwhile. An Error
  // in the middle takes back all that was written.
  Result<std::uint64_t> write(hss::Live& live, std::string_view id, std::string_view chunk);

  // A supplier's signed batch: begin, add all of its octets, check_next until `done`, write_next until
  // `done`, finish.
  struct SignedBatch {
    std::string_view supplier;
    bool sims = false, resume = false;
    std::string_view signature;  // what the .sig file holds
  };
  Result<std::string> begin_batch(hss::Live& live, const SignedBatch& batch, std::uint32_t uid);
  Status add(hss::Live& live, std::string_view id, std::string_view octets);
  struct Step {
    std::uint64_t rows = 0, bad = 0;
    std::vector<BadRow> listed;  // of the bad ones
    bool done = false;
  };
  // refused when the signature does not verify: then nothing of the file is looked at, and the import ends.
  Result<Step> check_next(hss::Live& live, std::string_view id);
  Result<Step> write_next(hss::Live& live, std::string_view id);

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
  Status verify(Session& session);
  Result<Session*> find_batch(hss::Live& live, std::string_view id);
  Status take_header(Session& session, const csv::Record& record);
  Result<Checked> check_rows(hss::Live& live, Session& session, std::string_view chunk);
  Result<std::uint64_t> write_chunk(hss::Live& live, Session& session, std::string_view chunk);
  Status write_rows(hss::Live& live, Session& session, std::string_view chunk);
  Status write_batch(hss::Live& live, Session& session, csv::Parser& parser, bool& more);
  Error take_back(hss::Live& live, Session& session, const Error& cause);

  const Options options_;
  std::optional<Session> session_;
  std::uint64_t last_id_ = 0;
};

}  // namespace simbiont::admin
