// /v1/kmes
#include <array>

#include "admin/fields.h"
#include "admin/route.h"
#include "binding/token_transform.h"
#include "crypto/random.h"

namespace simbiont::admin {
namespace {

Json show(const binding::Kme& kme) {
  Json out{{"id", kme.id},
           {"algorithm", binding::name(kme.algorithm)},
           {"epoch", nullptr},
           {"kcv", ""},
           {"use", binding::name(kme.use)}};
  Json epochs = Json::array();
  for (const auto& epoch : kme.epochs) {
    epochs.push_back({{"epoch", epoch.number},
                      {"state", binding::name(epoch.state)},
                      {"kcv", to_hex(binding::key_check_value(epoch))}});
  }
  if (const auto* active = kme.in_state(binding::EpochState::active)) {
    out["epoch"] = active->number;
    out["kcv"] = to_hex(binding::key_check_value(*active));
  }
  out["epochs"] = std::move(epochs);
  return out;
}

Result<Json> get(Call& call) {
  const auto kme = call.live.store().kme(call.arguments[0]);
  if (!kme) return kme.error();
  if (!*kme) return error(Errc::not_found, "no KME of this id");
  return show(**kme);
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const auto rows = call.live.store().kmes(page_after(call), *limit);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const auto& row : *rows) items.push_back(show(row));
  return page(std::move(items), rows->size() == *limit ? rows->back().id : "");
}

Result<binding::Kme> generate(std::string_view id, std::string_view algorithm) {
  const auto transform = parse_algorithm(algorithm);
  if (!transform) return transform.error();
  if (auto status = binding::check_kme_id(id); !status) return status.error();
  ByteArray<Secret::max_size> octets{};
  const auto key = std::span(octets).first(binding::key_size(*transform));
  crypto::SystemRandom random;
  random.fill(key);
  binding::Kme kme{std::string(id), *transform, {{1, binding::EpochState::active, Secret(key)}}};
  zeroise(octets);
  return kme;
}

Result<binding::Kme> parse_body(const Json& body) {
  const auto id = required_text(body, "id");
  if (!id) return id.error();
  const auto algorithm = text(body, "algorithm");
  if (!algorithm) return algorithm.error();
  const auto generated = flag(body, "generate");
  if (!generated) return generated.error();
  auto key = text(body, "key");
  if (!key) return key.error();
  if (*generated == !key->empty())
    return error(Errc::invalid_argument, "either 'key' or 'generate' is given");
  if (*generated) return generate(*id, *algorithm);
  auto kme = parse_kme(*id, *algorithm, *key);
  erase(*key);
  return kme;
}

// The key of a KME that is to be used in the token: put there, or made there.
Status move_into_token(binding::Kme& kme, const Json& body, hss::Custody& custody) {
  crypto::Token* token = custody.token();
  if (token == nullptr) return error(Errc::refused, "no token is configured: [pkcs11] in the configuration");
  if (!token->connected())
    if (Status connected = custody.connect(); !connected) return connected;
  binding::Epoch& epoch = kme.epochs.front();
  auto key = flag(body, "generate").value() ? binding::generate_token_key(*token, kme.algorithm, kme.id)
                                            : binding::import_token_key(*token, epoch.key, kme.id);
  if (!key) return key.error();
  kme.use = binding::KeyUse::token;
  epoch.key = Secret();
  epoch.token = *std::move(key);
  return {};
}

// What `use` says; empty: in memory.
Result<binding::KeyUse> use_of(const Json& body) {
  const auto use = text(body, "use");
  if (!use) return use.error();
  const auto known = use->empty() ? binding::KeyUse::cached : binding::key_use(*use);
  if (!known) return error(Errc::invalid_argument, "'use' is cached or token");
  return *known;
}

Result<Json> add(Call& call) {
  if (auto known = only_fields(call.body, {"id", "algorithm", "key", "generate", "use"}); !known)
    return known.error();
  const auto use = use_of(call.body);
  if (!use) return use.error();
  auto kme = parse_body(call.body);
  if (!kme) return kme.error();
  const bool in_token = *use == binding::KeyUse::token;
  if (in_token) {
    const auto there = call.live.store().kme(kme->id);
    if (!there) return there.error();
    if (*there) return error(Errc::already_exists, "KME " + kme->id + " exists already");
    if (Status moved = move_into_token(*kme, call.body, call.live.custody()); !moved) return moved.error();
  }
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::PutKme{*kme}, audit(call.live, "kme-added", {}, kme->id)};
  });
  if (!done && in_token) (void)call.live.custody().token()->destroy(kme->epochs.front().token->id);
  if (!done) return done.error();
  return show(*kme);
}

constexpr std::array<Route, 3> routes{{{"GET", "/v1/kmes", Access::read, Role::viewer, list},
                                       {"POST", "/v1/kmes", Access::change, Role::custodian, add},
                                       {"GET", "/v1/kmes/{}", Access::read, Role::viewer, get}}};

}  // namespace

std::span<const Route> kme_routes() { return routes; }

}  // namespace simbiont::admin
