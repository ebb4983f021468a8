// K_MEs and the devices that hold them, from their maker.
#include <charconv>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "admin/fields.h"
#include "admin/key_map.h"
#include "admin/supplier_batch.h"
#include "admin/supplier_scope.h"
#include "admin/wrapped_key.h"
#include "crypto/hmac.h"

namespace simbiont::admin {
namespace {

enum Column : std::uint8_t { imei, kme, algorithm, epoch, wrap, wrapped_key, kcv };

Result<binding::EpochNumber> parse_epoch(std::string_view text) {
  std::uint64_t number = 1;
  if (text.empty()) return number;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number == 0 || number >> 32 != 0)
    return error(Errc::invalid_argument, "epoch is not a number from 1");
  return number;
}

// A KME as the rows so far gave it. The key itself is not kept.
struct Known {
  binding::TransformAlgorithm algorithm;
  binding::EpochNumber epoch;
  ByteArray<32> digest;
  bool stored = false;  // it stands in the store already, the same
  bool written = false;
  friend bool same(const Known& a, const Known& b) {
    return a.algorithm == b.algorithm && a.epoch == b.epoch && a.digest == b.digest;
  }
};

ByteArray<32> digest_of(const Secret& key) { return crypto::sha256(key.reveal()); }

class DeviceBatch final : public Importer {
 public:
  DeviceBatch(const store::Supplier& supplier, bool resume)
      : supplier_(supplier), scope_(Scope::tacs(supplier.scope)), resume_(resume) {}

  std::span<const csv::Column> columns() const override { return device_batch_columns; }

  Status check(const Row& row, store::Store& store) override {
    Reasons reasons;
    const auto device = take_imei(row, reasons);
    const auto key = take_kme(row, reasons);
    if (key) {
      if (auto status = check_kme(*key, store, reasons); !status) return status;
    }
    if (device) {
      if (auto status = check_device(*device, row[kme], store, reasons); !status) return status;
    }
    return reasons.status();
  }

  Status write(const Row& row, store::Store& store, Moment, store::Changes& changes,
               std::vector<std::string>&) override {
    Reasons reasons;
    const auto device = take_imei(row, reasons);
    auto made = take_kme(row, reasons);
    if (!reasons.none()) return reasons.status();
    Known& known = known_.at(made->id);
    const binding::EpochNumber number = known.epoch;
    std::string id = made->id;
    if (!known.stored && !known.written) {
      changes.push_back(store::PutKme{*std::move(made)});
      ++kmes_written_;
    }
    known.written = true;
    if (resume_) {
      const auto there = store.device(*device);
      if (!there) return there.error();
      if (*there) return {};
    }
    changes.push_back(store::PutDevice{{*device, std::move(id), number}});
    ++devices_written_;
    return {};
  }

  std::string written() const override {
    return std::to_string(kmes_written_) + " KMEs, " + std::to_string(devices_written_) + " devices";
  }

 private:
  std::optional<Imei> take_imei(const Row& row, Reasons& reasons) const {
    const auto parsed = Imei::parse(row[imei]);
    if (!parsed) reasons.add(parsed.error());
    if (!parsed) return std::nullopt;
    if (!scope_ || !scope_->covers(*parsed))
      reasons.add(Errc::refused, "IMEI " + parsed->str() + " has a TAC outside the supplier's ranges");
    return *parsed;
  }

  // nullopt: it has no id to complain about, or no key.
  std::optional<binding::Kme> take_kme(const Row& row, Reasons& reasons) const {
    const Status id = binding::check_kme_id(row[kme]);
    if (!id) reasons.add(id.error());
    if (id && !row[kme].starts_with(supplier_.kme_prefix))
      reasons.add(Errc::refused,
                  "KME " + std::string(row[kme]) + " does not begin with the supplier's prefix");
    const auto transform = parse_algorithm(row[algorithm]);
    if (!transform) reasons.add(transform.error());
    const auto number = parse_epoch(row[epoch]);
    if (!number) reasons.add(number.error());
    auto key = open_wrapped(supplier_.transport_key, {"wrapped_key", row[wrap], row[wrapped_key], row[kcv]});
    if (!key) reasons.add(key.error());
    if (!id || !transform || !number || !key) return std::nullopt;
    if (key->size() != binding::key_size(*transform)) {
      reasons.add(Errc::refused, "the key's size is not that of " + std::string(binding::name(*transform)));
      return std::nullopt;
    }
    return binding::Kme{
        std::string(row[kme]), *transform, {{*number, binding::EpochState::active, *std::move(key)}}};
  }

  // An Error: the store could not say. What is wrong with the row goes to `reasons`.
  Status check_kme(const binding::Kme& made, store::Store& store, Reasons& reasons) {
    Known now{made.algorithm, made.epochs.front().number, digest_of(made.epochs.front().key)};
    const auto before = known_.find(made.id);
    if (before != known_.end()) {
      if (!same(before->second, now))
        reasons.add(Errc::already_exists, "KME " + made.id +
                                              " stands in an earlier row with another key, epoch or "
                                              "algorithm");
      return {};
    }
    const auto [holder, fresh] = digests_.emplace(now.digest, made.id);
    if (!fresh)
      reasons.add(Errc::already_exists,
                  "the key of KME " + made.id + " is that of KME " + holder->second + ", too");
    const auto old = store.kme(made.id);
    if (!old) return old.error();
    if (*old) {
      const auto* stored = (*old)->find(now.epoch);
      now.stored = resume_ && stored != nullptr && (*old)->algorithm == now.algorithm &&
                   stored->state == binding::EpochState::active && stored->key == made.epochs.front().key;
      if (!now.stored) reasons.add(Errc::already_exists, "KME " + made.id + " exists");
    }
    known_.emplace(made.id, now);
    return {};
  }

  Status check_device(const Imei& device, std::string_view id, store::Store& store, Reasons& reasons) {
    if (!seen_.insert(device.key()))
      reasons.add(Errc::already_exists, "IMEI " + device.str() + " stands in an earlier row");
    const auto old = store.device(device);
    if (!old) return old.error();
    if (*old && !(resume_ && (*old)->kme == id))
      reasons.add(Errc::already_exists, "device " + device.str() + " exists");
    return {};
  }

  const store::Supplier supplier_;
  const Result<Scope> scope_;
  const bool resume_;
  KeySet seen_;
  std::unordered_map<std::string, Known> known_;
  std::map<ByteArray<32>, std::string> digests_;
  std::uint64_t kmes_written_ = 0, devices_written_ = 0;
};

}  // namespace

std::unique_ptr<Importer> import_device_batch(const store::Supplier& supplier, bool resume) {
  return std::make_unique<DeviceBatch>(supplier, resume);
}

}  // namespace simbiont::admin
