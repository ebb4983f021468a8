// /v1/batches: a supplier's signed file, in pieces; then its check and its import step by step.
#include <array>

#include "admin/imports.h"
#include "admin/route.h"

namespace simbiont::admin {
namespace {

constexpr std::size_t max_signature_file = 512;  // octets

Result<Json> begin_batch(Call& call) {
  if (auto known = only_fields(call.body, {"supplier", "kind", "signature", "resume"}); !known)
    return known.error();
  const auto supplier = required_text(call.body, "supplier");
  if (!supplier) return supplier.error();
  const auto kind = required_text(call.body, "kind");
  if (!kind) return kind.error();
  if (*kind != "devices" && *kind != "sims")
    return error(Errc::invalid_argument, "kind is not devices or sims");
  const auto resume = flag(call.body, "resume");
  if (!resume) return resume.error();
  const auto hex = required_text(call.body, "signature");
  if (!hex) return hex.error();
  const auto signature = from_hex(std::string_view(*hex).substr(0, 2 * max_signature_file + 2));
  if (!signature || signature->size() > max_signature_file)
    return error(Errc::invalid_argument, "'signature' is not the octets of a signature file, in hexadecimal");
  const auto id = call.imports.begin_batch(
      call.live, {*supplier, *kind == "sims", *resume, as_text(*signature)}, call.caller.uid);
  if (!id) return id.error();
  return Json{{"id", *id}};
}

Result<Json> add_data(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  if (auto added = call.imports.add(call.live, call.arguments[0], call.raw); !added) return added.error();
  return Json::object();
}

Result<Json> check_batch(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  const auto step = call.imports.check_next(call.live, call.arguments[0]);
  if (!step) return step.error();
  Json listed = Json::array();
  for (const BadRow& row : step->listed) listed.push_back({{"line", row.line}, {"reason", row.reason}});
  return Json{{"rows", step->rows}, {"bad", step->bad}, {"listed", std::move(listed)}, {"done", step->done}};
}

Result<Json> write_batch(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  const auto step = call.imports.write_next(call.live, call.arguments[0]);
  if (!step) return step.error();
  return Json{{"rows", step->rows}, {"done", step->done}};
}

Result<Json> finish_batch(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  const auto finished = call.imports.finish(call.live, call.arguments[0]);
  if (!finished) return finished.error();
  return Json{{"imported", finished->rows}};
}

Result<Json> abort_batch(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  if (auto done = call.imports.abort(call.live, call.arguments[0]); !done) return done.error();
  return Json::object();
}

constexpr std::array<Route, 6> routes{
    {{"POST", "/v1/batches", Access::change, Role::custodian, begin_batch},
     {"POST", "/v1/batches/{}/data", Access::importing, Role::custodian, add_data},
     {"POST", "/v1/batches/{}/check", Access::importing, Role::custodian, check_batch},
     {"POST", "/v1/batches/{}/write", Access::importing, Role::custodian, write_batch},
     {"POST", "/v1/batches/{}/finish", Access::importing, Role::custodian, finish_batch},
     {"DELETE", "/v1/batches/{}", Access::importing, Role::custodian, abort_batch}}};

}  // namespace

std::span<const Route> batch_routes() { return routes; }

}  // namespace simbiont::admin
