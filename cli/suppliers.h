// What the commands about suppliers of keys do.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

namespace simbiont::cli {

struct SupplierOptions {
  std::string name, kind = "devices";
  std::string key, export_key;  // files
  std::string transport_key;    // @FILE or -
  std::string kme_prefix;
  std::vector<std::string> tacs, imsis;
};
Status supplier_add(Session& session, const SupplierOptions& options);
Status supplier_show(Session& session, const std::string& name);
Status supplier_list(Session& session);
Status supplier_remove(Session& session, const std::string& name);

struct BatchOptions {
  std::string kind, file, signature, supplier;
  bool resume = false;
};
Status import_batch(Session& session, const BatchOptions& options);

struct ExportOptions {
  std::vector<std::string> ids;
  std::string supplier, out;  // out: empty for standard output
  std::uint64_t epoch = 0;    // 0: the ACTIVE one
};
Status export_kmes(Session& session, const ExportOptions& options);

struct BatchMakeOptions {
  std::string kind = "devices", plain, transport_key, sign_key, wrap = "aes-kw", out;
};
Status batch_make(Session& session, const BatchMakeOptions& options);

}  // namespace simbiont::cli
