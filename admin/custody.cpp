// /v1/kek
#include <array>

#include "admin/route.h"

namespace simbiont::admin {
namespace {

using hss::KekPlace;

std::string_view place_name(KekPlace place) { return place == KekPlace::token ? "pkcs11" : "file"; }

std::string_view token_state(hss::Custody& custody) {
  if (custody.token() == nullptr) return "none";
  return custody.token_lost() ? "lost" : "in use";
}

Result<Json> status(Call& call) {
  hss::Custody& custody = call.live.custody();
  const auto keys = call.live.store().data_keys();
  if (!keys) return keys.error();
  auto sealed = call.live.store().sealed_under();
  if (!sealed) return sealed.error();
  Json items = Json::array();
  std::uint64_t elsewhere = 0, all = 0;
  for (const auto& [id, count] : *sealed) all += count;
  for (const auto& key : *keys) {
    if (key.active) elsewhere += (*sealed)[key.id];
    items.push_back({{"data_key", key.id},
                     {"purpose", crypto::name(key.purpose)},
                     {"state", key.active ? "ACTIVE" : "RETIRING"},
                     {"kek", key.kek},
                     {"open", custody.keyring().is_open(key.id)},
                     {"sealed", (*sealed)[key.id]}});
  }
  const auto rotating = hss::rotation_under_way(call.live.store(), custody);
  if (!rotating) return rotating.error();
  return Json{{"token", token_state(custody)},
              {"rotation", *rotating ? "under way" : "none"},
              {"to_do", all - elsewhere},
              {"memory_locked", crypto::all_locked()},
              {"data_keys", std::move(items)}};
}

// A place by its name; empty: where the configuration says.
Result<KekPlace> place_of(const Json& body, const char* field, KekPlace configured) {
  const auto name = text(body, field);
  if (!name) return name.error();
  for (const KekPlace place : {KekPlace::file, KekPlace::token})
    if (*name == place_name(place)) return place;
  if (name->empty()) return configured;
  return error(Errc::invalid_argument, std::string("'") + field + "' is file or pkcs11");
}

Result<Json> rotate(Call& call) {
  if (auto known = only_fields(call.body, {"kek", "subscriber_kek"}); !known) return known.error();
  const auto& config = call.live.custody().config();
  const auto kek = place_of(call.body, "kek", config.kek);
  if (!kek) return kek.error();
  const auto subscriber_kek = place_of(call.body, "subscriber_kek", config.subscriber_kek);
  if (!subscriber_kek) return subscriber_kek.error();
  if (auto begun = call.live.rotate({*kek, *subscriber_kek}); !begun) return begun.error();
  const Status noted = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{audit(call.live, "kek-rotation", {},
                                "kek " + std::string(place_name(*kek)) + ", subscriber_kek " +
                                    std::string(place_name(*subscriber_kek)))};
  });
  if (!noted) return noted.error();
  return status(call);
}

constexpr std::array<Route, 2> routes{
    {{"GET", "/v1/kek", Access::read, Role::viewer, status},
     {"POST", "/v1/kek/rotate", Access::change, Role::custodian, rotate, nullptr, always}}};

}  // namespace

std::span<const Route> custody_routes() { return routes; }

}  // namespace simbiont::admin
