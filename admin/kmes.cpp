// /v1/kmes
#include <array>

#include "admin/fields.h"
#include "admin/route.h"
#include "crypto/random.h"

namespace simbiont::admin {
namespace {

std::string check_value(const binding::Epoch& epoch) {
  return epoch.key.empty() ? "" : to_hex(binding::key_check_value(epoch.key));
}

Json show(const binding::Kme& kme) {
  Json out{{"id", kme.id}, {"algorithm", binding::name(kme.algorithm)}, {"epoch", nullptr}, {"kcv", ""}};
  Json epochs = Json::array();
  for (const auto& epoch : kme.epochs) {
    epochs.push_back(
        {{"epoch", epoch.number}, {"state", binding::name(epoch.state)}, {"kcv", check_value(epoch)}});
  }
  if (const auto* active = kme.in_state(binding::EpochState::active)) {
    out["epoch"] = active->number;
    out["kcv"] = check_value(*active);
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

Result<Json> add(Call& call) {
  if (auto known = only_fields(call.body, {"id", "algorithm", "key", "generate"}); !known)
    return known.error();
  const auto kme = parse_body(call.body);
  if (!kme) return kme.error();
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::PutKme{*kme}, audit(call.live, "kme-added", {}, kme->id)};
  });
  if (!done) return done.error();
  return show(*kme);
}

constexpr std::array<Route, 3> routes{{{"GET", "/v1/kmes", Access::read, list},
                                       {"POST", "/v1/kmes", Access::change, add},
                                       {"GET", "/v1/kmes/{}", Access::read, get}}};

}  // namespace

std::span<const Route> kme_routes() { return routes; }

}  // namespace simbiont::admin
