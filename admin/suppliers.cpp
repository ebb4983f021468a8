// /v1/suppliers
#include <array>

#include "admin/fields.h"
#include "admin/route.h"
#include "admin/supplier_scope.h"
#include "crypto/public_key.h"

namespace simbiont::admin {
namespace {

Json fingerprint_of(const Bytes& key) {
  return key.empty() ? Json("") : Json(to_hex(crypto::fingerprint(key)));
}
Json kind_of(const Bytes& key) { return key.empty() ? Json("") : Json(crypto::key_kind(key)); }

Json show(const store::Supplier& supplier) {
  Json out{{"name", supplier.name},
           {"kind", supplier.sims ? "sims" : "devices"},
           {"key", kind_of(supplier.verifying_key)},
           {"key_fingerprint", fingerprint_of(supplier.verifying_key)},
           {"transport_kcv", ""},
           {"export_key", kind_of(supplier.encryption_key)},
           {"export_key_fingerprint", fingerprint_of(supplier.encryption_key)},
           {"kme_prefix", supplier.kme_prefix},
           {supplier.sims ? "imsi" : "tac", supplier.scope}};
  if (!supplier.transport_key.empty())
    out["transport_kcv"] = to_hex(binding::key_check_value(supplier.transport_key));
  return out;
}

Result<Json> get(Call& call) {
  const auto supplier = call.live.store().supplier(call.arguments[0]);
  if (!supplier) return supplier.error();
  if (!*supplier) return error(Errc::not_found, "no supplier of this name");
  return show(**supplier);
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const auto rows = call.live.store().suppliers(page_after(call), *limit);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const auto& row : *rows) items.push_back(show(row));
  return page(std::move(items), rows->size() == *limit ? rows->back().name : "");
}

Result<Bytes> parse_public(const Json& body, std::string_view field,
                           Result<Bytes> (*parse)(std::string_view)) {
  const auto given = text(body, field);
  if (!given) return given.error();
  if (given->empty()) return Bytes();
  auto key = parse(*given);
  if (!key) return error(key.error().code, "'" + std::string(field) + "': " + key.error().message);
  return key;
}

Status take_scope(const Json& body, store::Supplier& supplier) {
  const auto given = text(body, supplier.sims ? "imsi" : "tac");
  if (!given) return given.error();
  if (body.contains(supplier.sims ? "tac" : "imsi"))
    return error(Errc::invalid_argument, "a supplier of devices' keys has TACs, one of SIMs' keys IMSIs");
  if (given->empty() && supplier.verifying_key.empty()) return {};
  const auto scope = supplier.sims ? Scope::imsis(*given) : Scope::tacs(*given);
  if (!scope) return scope.error();
  supplier.scope = scope->str();
  return {};
}

Status take_keys(const Json& body, store::Supplier& supplier) {
  auto verifying = parse_public(body, "key", crypto::parse_verifying_key);
  if (!verifying) return verifying.error();
  auto encryption = parse_public(body, "export_key", crypto::parse_encryption_key);
  if (!encryption) return encryption.error();
  auto given = text(body, "transport_key");
  if (!given) return given.error();
  if (!given->empty()) {
    auto key = parse_key("transport_key", *given, 32);
    erase(*given);
    if (!key) return key.error();
    supplier.transport_key = *std::move(key);
  }
  supplier.verifying_key = *std::move(verifying);
  supplier.encryption_key = *std::move(encryption);
  if (supplier.verifying_key.empty() != supplier.transport_key.empty())
    return error(Errc::invalid_argument, "a key that verifies and a transport key belong together");
  if (supplier.verifying_key.empty() && supplier.encryption_key.empty())
    return error(Errc::invalid_argument, "neither a key that verifies nor one to export to is given");
  return {};
}

Result<store::Supplier> parse_body(const Json& body) {
  store::Supplier supplier;
  auto name = required_text(body, "name");
  if (!name) return name.error();
  supplier.name = *std::move(name);
  const auto kind = text(body, "kind");
  if (!kind) return kind.error();
  if (*kind != "devices" && *kind != "sims" && !kind->empty())
    return error(Errc::invalid_argument, "kind is not devices or sims");
  supplier.sims = *kind == "sims";
  if (auto taken = take_keys(body, supplier); !taken) return taken.error();
  if (auto taken = take_scope(body, supplier); !taken) return taken.error();
  auto prefix = text(body, "kme_prefix");
  if (!prefix) return prefix.error();
  supplier.kme_prefix = *std::move(prefix);
  if (supplier.sims) {
    if (!supplier.kme_prefix.empty() || !supplier.encryption_key.empty())
      return error(Errc::invalid_argument,
                   "a supplier of SIMs' keys has no KMEs: no kme_prefix, no export_key");
  } else if (!binding::check_kme_id(supplier.kme_prefix)) {
    return error(Errc::invalid_argument, "kme_prefix is not 1 to 64 of A-Z a-z 0-9 . _ : -");
  }
  return supplier;
}

Result<Json> add(Call& call) {
  if (auto known = only_fields(
          call.body, {"name", "kind", "key", "transport_key", "export_key", "kme_prefix", "tac", "imsi"});
      !known)
    return known.error();
  const auto supplier = parse_body(call.body);
  if (!supplier) return supplier.error();
  const Json shown = show(*supplier);
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::PutSupplier{*supplier}, audit(call.live, "supplier-added", {}, dump(shown))};
  });
  if (!done) return done.error();
  return shown;
}

Result<Json> remove(Call& call) {
  const std::string& name = call.arguments[0];
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::RemoveSupplier{name}, audit(call.live, "supplier-removed", {}, name)};
  });
  if (!done) return done.error();
  return Json{{"name", name}};
}

constexpr std::array<Route, 4> routes{
    {{"GET", "/v1/suppliers", Access::read, Role::viewer, list},
     {"POST", "/v1/suppliers", Access::change, Role::custodian, add},
     {"GET", "/v1/suppliers/{}", Access::read, Role::viewer, get},
     {"DELETE", "/v1/suppliers/{}", Access::change, Role::custodian, remove}}};

}  // namespace

std::span<const Route> supplier_routes() { return routes; }

}  // namespace simbiont::admin
