// /v1/suppliers/NAME/export: K_MEs for a device maker, readable by whoever holds its private key.
#include <algorithm>
#include <array>
#include <set>

#include "admin/fields.h"
#include "admin/route.h"
#include "crypto/key_wrap.h"
#include "crypto/public_key.h"
#include "crypto/random.h"

namespace simbiont::admin {
namespace {

constexpr std::size_t max_export = 1000;  // KMEs

Secret fresh_kek() {
  ByteArray<32> octets{};
  crypto::SystemRandom random;
  random.fill(octets);
  Secret kek(octets);
  zeroise(octets);
  return kek;
}

Result<store::Supplier> find_recipient(store::Store& store, const std::string& name) {
  const auto found = store.supplier(name);
  if (!found) return found.error();
  if (!*found) return error(Errc::not_found, "no supplier of this name");
  if ((*found)->encryption_key.empty())
    return error(Errc::refused, "nothing is exported to this supplier: it was added without --export-key");
  return **found;
}

// The epoch that is asked for, or the ACTIVE one (0).
Result<binding::Epoch> epoch_to_export(const binding::Kme& kme, binding::EpochNumber number) {
  const auto* epoch = number == 0 ? kme.in_state(binding::EpochState::active) : kme.find(number);
  if (epoch == nullptr) return error(Errc::not_found, "KME " + kme.id + " has no such epoch");
  const bool ends =
      epoch->state == binding::EpochState::retired || epoch->state == binding::EpochState::revoked;
  if (ends || epoch->key.empty())
    return error(Errc::refused, "KME " + kme.id + " epoch " + std::to_string(epoch->number) + " is " +
                                    std::string(binding::name(epoch->state)) + ", or its key cannot be read");
  return *epoch;
}

Result<Json> export_one(store::Store& store, const store::Supplier& supplier, const std::string& id,
                        binding::EpochNumber number, const Secret& kek) {
  const auto kme = store.kme(id);
  if (!kme) return kme.error();
  if (!*kme)
    return error(Errc::not_found, "no KME " + (binding::check_kme_id(id) ? id : std::string("of this id")));
  if (!id.starts_with(supplier.kme_prefix))
    return error(Errc::refused, "KME " + id + " does not begin with the supplier's prefix");
  const auto epoch = epoch_to_export(**kme, number);
  if (!epoch) return epoch.error();
  const auto wrapped = crypto::wrap_key(kek, crypto::KeyWrap::kwp, epoch->key);
  if (!wrapped) return wrapped.error();
  return Json{{"kme", id},
              {"algorithm", binding::name((*kme)->algorithm)},
              {"epoch", epoch->number},
              {"wrap", crypto::name(crypto::KeyWrap::kwp)},
              {"wrapped_key", to_hex(*wrapped)},
              {"kcv", to_hex(binding::key_check_value(epoch->key))}};
}

// Every id stands in an event, as many of them as that takes.
void note(const hss::Live& live, const store::Supplier& supplier, const Json& keys, store::Changes& changes) {
  const std::string begin = "to supplier " + supplier.name + ", key " +
                            to_hex(crypto::fingerprint(supplier.encryption_key)) + ", " +
                            std::to_string(keys.size()) + " KMEs:";
  std::string detail = begin;
  for (const Json& key : keys) {
    const std::string one =
        " " + key["kme"].get<std::string>() + " epoch " + std::to_string(key["epoch"].get<std::uint64_t>());
    if (detail.size() + one.size() > store::text_limit) {
      changes.push_back(audit(live, "keys-exported", {}, detail));
      detail = begin;
    }
    detail += one;
  }
  changes.push_back(audit(live, "keys-exported", {}, detail));
}

Result<std::vector<std::string>> ids_of(const Json& body) {
  auto ids = texts(body, "kme");
  if (!ids) return ids;
  if (ids->empty() || ids->size() > max_export)
    return error(Errc::invalid_argument, "'kme' names 1 to " + std::to_string(max_export) + " KMEs");
  if (std::set<std::string>(ids->begin(), ids->end()).size() != ids->size())
    return error(Errc::invalid_argument, "a KME is named twice");
  return ids;
}

Result<binding::EpochNumber> epoch_of(const Json& body) {
  if (!body.contains("epoch")) return binding::EpochNumber{0};
  const Json& epoch = body["epoch"];
  if (!epoch.is_number_unsigned() || epoch == 0)
    return error(Errc::invalid_argument, "'epoch' is not a number from 1");
  return epoch.get<binding::EpochNumber>();
}

Result<Json> export_keys(Call& call) {
  if (auto known = only_fields(call.body, {"kme", "epoch"}); !known) return known.error();
  const auto ids = ids_of(call.body);
  if (!ids) return ids.error();
  const auto number = epoch_of(call.body);
  if (!number) return number.error();
  const auto supplier = find_recipient(call.live.store(), call.arguments[0]);
  if (!supplier) return supplier.error();
  const Secret kek = fresh_kek();
  const auto sealed = crypto::encrypt_to(supplier->encryption_key, kek);
  if (!sealed) return sealed.error();
  Json keys = Json::array();
  // What is not noted is not handed out.
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    keys.clear();
    for (const auto& id : *ids) {
      auto one = export_one(store, *supplier, id, *number, kek);
      if (!one) return one.error();
      keys.push_back(*std::move(one));
    }
    store::Changes changes;
    note(call.live, *supplier, keys, changes);
    return changes;
  });
  if (!done) return done.error();
  return Json{{"supplier", supplier->name},
              {"export_key_fingerprint", to_hex(crypto::fingerprint(supplier->encryption_key))},
              {"kek_encryption", "rsa-oaep-sha256"},
              {"encrypted_kek", to_hex(*sealed)},
              {"keys", std::move(keys)}};
}

constexpr std::array<Route, 1> routes{
    {{"POST", "/v1/suppliers/{}/export", Access::change, Role::custodian, export_keys, nullptr, always}}};

}  // namespace

std::span<const Route> export_routes() { return routes; }

}  // namespace simbiont::admin
