// What one kind of file means, row by row. An import runs over the file twice: check judges every row and
// changes nothing, write turns the same rows into changes.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/binding_change.h"
#include "base/csv.h"
#include "store/store.h"

namespace simbiont::admin {

struct Row {
  const csv::Header& header;
  const csv::Record& record;
  std::string_view operator[](std::size_t column) const { return header.get(record, column); }
};

class Importer {
 public:
  virtual ~Importer() = default;
  virtual std::span<const csv::Column> columns() const = 0;
  // The Error is the row's reason; code io or corrupt when the store could not say.
  virtual Status check(const Row& row, store::Store& store) = 0;
  // Called inside Live::transact, for rows that check took. clr_hosts: appended, the nodes that the changes
  // owe a CLR.
  virtual Status write(const Row& row, store::Store& store, Moment moment, store::Changes& changes,
                       std::vector<std::string>& clr_hosts) = 0;
  // What the rows became, for the event that ends a batch; empty for a plain file.
  virtual std::string written() const { return {}; }
};

// replace: rows of what exists replace it; otherwise they are bad.
Result<std::unique_ptr<Importer>> import_subscribers(store::Store& store, bool replace);
std::unique_ptr<Importer> import_kmes(bool replace);
std::unique_ptr<Importer> import_devices(bool replace);
std::unique_ptr<Importer> import_bindings(bool replace);

}  // namespace simbiont::admin
