// A job's file row by row: what is stored of a row reads back as it was, holds nothing that looks like a key,
// and a row that is understood is a request with a subject.
#include <cstdlib>

#include "admin/job_ops.h"
#include "base/bytes.h"

namespace {

using namespace simbiont;

void must(bool holds) {
  if (!holds) std::abort();
}

void take(const csv::Header& header, const csv::Record& record) {
  const auto stored = admin::store_job_values(header, record);
  if (!stored) {
    must(stored.error().code == Errc::invalid_argument);
    return;
  }
  must(stored->size() <= store::job_fields_limit);
  const admin::JobValues values = admin::read_job_values(*stored);
  must(values.size() == admin::job_columns.size());
  for (std::size_t i = 0; i < values.size(); ++i) must(values[i] == header.get(record, i));
  const auto request = admin::parse_job_row(values);
  if (!request) {
    must(!request.error().message.empty());
    return;
  }
  must(request->op != nullptr && !request->subject.empty() && request->body.is_object());
  must(request->subject.find('/') == std::string::npos);
  must(admin::runs_alone(values) || request->subject == admin::job_imsi(values));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  csv::Parser parser(as_text({data, size}));
  csv::Record record;
  std::optional<csv::Header> header;
  for (auto item = parser.next(record); item != csv::Parser::Item::end; item = parser.next(record)) {
    if (item == csv::Parser::Item::malformed) continue;
    if (!header) {
      auto found = csv::Header::parse(record, admin::job_columns);
      if (!found) return 0;
      header = *std::move(found);
    } else if (record.fields.size() == header->width()) {
      take(*header, record);
    }
  }
  return 0;
}
