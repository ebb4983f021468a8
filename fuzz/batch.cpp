// Suppliers' batches, CSV and JSON lines, of devices and of SIMs: JSON lines become CSV line for line, and
// what the check takes the store takes too.
#include "admin/supplier_batch.h"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace simbiont;
using namespace simbiont::admin;

void must(bool holds) {
  if (!holds) std::abort();
}

// The corpus is wrapped under it.
Secret transport_key() {
  Bytes octets(32);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(0xA0 + i);
  return Secret(octets);
}

store::Supplier supplier(bool sims) {
  return {"acme", sims, {}, transport_key(), {}, "acme-", sims ? "00101" : "35000000-35000099"};
}

// Every row's fate; false when one was bad.
bool each_row(const std::string& text, std::uint64_t first_line, Importer& importer, store::Store& store,
              bool writing) {
  csv::Parser parser(text, first_line);
  csv::Record record;
  std::optional<csv::Header> header;
  bool good = true;
  for (auto item = parser.next(record); item != csv::Parser::Item::end; item = parser.next(record)) {
    if (item == csv::Parser::Item::malformed) return false;
    if (!header) {
      auto parsed = csv::Header::parse(record, importer.columns());
      if (!parsed) return false;
      header = *std::move(parsed);
      continue;
    }
    if (record.fields.size() != header->width()) return false;
    store::Changes changes;
    std::vector<std::string> hosts;
    if (!writing) good = importer.check({*header, record}, store).ok() && good;
    if (writing) must(importer.write({*header, record}, store, {0, 0}, changes, hosts).ok());
    if (writing) must(store.commit(changes).ok());
  }
  return good && header;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool sims = (data[0] & 1) != 0, resume = (data[0] & 2) != 0;
  std::string text(as_text({data + 1, size - 1}));
  const auto importer =
      sims ? import_sim_batch(supplier(true), resume) : import_device_batch(supplier(false), resume);
  const auto store = store::make_memory_store();
  std::uint64_t first_line = 1;
  bool good = true;
  if (is_json_lines(text)) {
    JsonLines lines = read_json_lines(text, importer->columns());
    const auto breaks = std::count(text.begin(), text.end(), '\n');
    const bool open_end = !text.empty() && text.back() != '\n';
    must(std::count(lines.csv.begin(), lines.csv.end(), '\n') == breaks + (open_end ? 1 : 0) + 1);
    good = lines.bad.empty();
    text = std::move(lines.csv);
    first_line = 0;
  }
  good = each_row(text, first_line, *importer, *store, false) && good;
  if (good) must(each_row(text, first_line, *importer, *store, true));
  return 0;
}
