// KMEs and the devices that hold them.
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "admin/fields.h"
#include "admin/importer.h"
#include "admin/key_map.h"

namespace simbiont::admin {
namespace {

Error exists_already(const std::string& what) {
  return error(Errc::already_exists, what + " exists (--replace replaces it)");
}

class Kmes final : public Importer {
 public:
  explicit Kmes(bool replace) : replace_(replace) {}

  std::span<const csv::Column> columns() const override { return kme_columns; }

  Status check(const Row& row, store::Store& store) override {
    const auto kme = parse_kme(row[0], row[1], row[2]);
    if (!kme) return kme.error();
    if (!seen_.insert(kme->id).second)
      return error(Errc::already_exists, "KME " + kme->id + " stands in an earlier row");
    const auto old = store.kme(kme->id);
    if (!old) return old.error();
    if (!*old) return {};
    if (!replace_) return exists_already("KME " + kme->id);
    if (same(**old, *kme)) return {};
    const auto used = is_used(kme->id, store);
    if (!used) return used.error();
    if (!*used) return {};
    return error(Errc::refused,
                 "devices hold another key of KME " + kme->id + ": a key in use changes by a new epoch");
  }

  Status write(const Row& row, store::Store& store, Moment, store::Changes& changes,
               std::vector<std::string>&) override {
    auto kme = parse_kme(row[0], row[1], row[2]);
    if (!kme) return kme.error();
    const auto old = store.kme(kme->id);
    if (!old) return old.error();
    if (!*old || !same(**old, *kme)) changes.push_back(store::PutKme{*std::move(kme), replace_});
    return {};
  }

 private:
  static bool same(const binding::Kme& old, const binding::Kme& now) {
    const auto* active = old.in_state(binding::EpochState::active);
    return active != nullptr && old.algorithm == now.algorithm && active->key == now.epochs.front().key;
  }

  // Every device is looked at once, and only when some key differs.
  Result<bool> is_used(const std::string& id, store::Store& store) {
    if (!used_) {
      std::unordered_set<std::string> used;
      std::optional<Imei> after;
      while (true) {
        const auto devices = store.devices(after, 1000);
        if (!devices) return devices.error();
        for (const auto& device : *devices) used.insert(device.kme);
        if (devices->size() < 1000) break;
        after = devices->back().imei;
      }
      used_ = std::move(used);
    }
    return used_->count(id) != 0;
  }

  const bool replace_;
  std::unordered_set<std::string> seen_;
  std::optional<std::unordered_set<std::string>> used_;
};

class Devices final : public Importer {
 public:
  explicit Devices(bool replace) : replace_(replace) {}

  std::span<const csv::Column> columns() const override { return device_columns; }

  Status check(const Row& row, store::Store& store) override {
    const auto imei = Imei::parse(row[0]);
    if (!imei) return imei.error();
    if (!seen_.insert(imei->key()))
      return error(Errc::already_exists, "IMEI " + imei->str() + " stands in an earlier row");
    if (row[1].empty()) return error(Errc::invalid_argument, "kme is empty");
    const std::string kme(row[1]);
    if (const auto epoch = epoch_of(kme, store); !epoch) return epoch.error();
    const auto old = store.device(*imei);
    if (!old) return old.error();
    if (!*old) return {};
    if (!replace_) return exists_already("device " + imei->str());
    if ((*old)->kme == kme) return {};
    const auto bound = store.device_is_bound(*imei);
    if (!bound) return bound.error();
    if (!*bound) return {};
    return error(Errc::refused, "device " + imei->str() + " is bound under KME " + (*old)->kme +
                                    ": unbind it before it gets another");
  }

  Status write(const Row& row, store::Store& store, Moment, store::Changes& changes,
               std::vector<std::string>&) override {
    const auto imei = Imei::parse(row[0]);
    if (!imei) return imei.error();
    const std::string kme(row[1]);
    const auto epoch = epoch_of(kme, store);
    if (!epoch) return epoch.error();
    if (replace_) {
      const auto old = store.device(*imei);
      if (!old) return old.error();
      if (*old && (*old)->kme == kme) return {};
    }
    changes.push_back(store::PutDevice{{*imei, kme, *epoch}, replace_});
    return {};
  }

 private:
  // Files name a KME many times; opening its key once is enough.
  Result<binding::EpochNumber> epoch_of(const std::string& kme, store::Store& store) {
    const auto known = epochs_.find(kme);
    if (known != epochs_.end()) return known->second;
    if (epochs_.size() == 100'000) epochs_.clear();
    auto epoch = active_epoch(store, kme);
    if (epoch) epochs_.emplace(kme, *epoch);
    return epoch;
  }

  const bool replace_;
  KeySet seen_;
  std::unordered_map<std::string, binding::EpochNumber> epochs_;
};

}  // namespace

std::unique_ptr<Importer> import_kmes(bool replace) { return std::make_unique<Kmes>(replace); }
std::unique_ptr<Importer> import_devices(bool replace) { return std::make_unique<Devices>(replace); }

}  // namespace simbiont::admin
