// What the life cycle of K_MEs asks of the store (DESIGN 4). Everything is in ascending order.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/records.h"

namespace simbiont::store {

// An IMSI whose epoch in force of the device's KME is `epoch`.
struct EpochUser {
  Imsi imsi;
  Imei imei;
  binding::EpochNumber epoch = 1;
};

// Of one KME and one of its epochs.
struct EpochProgress {
  std::uint64_t devices = 0, confirmed = 0;  // that have the KME; that have confirmed the epoch
  std::uint64_t imsis = 0, moved = 0;        // bound to them; whose epoch in force is this one or a later one
};

// One that something is still to be done about: RETIRING, being cut, or over and with its key still stored.
struct EpochAtWork {
  std::string kme;
  binding::Epoch epoch;  // without its key
  bool has_key = false;
};

class EpochReads {
 public:
  virtual ~EpochReads() = default;

  // Of the device's present KME: its first epoch, and each that it was asked for or has proved.
  virtual Result<std::vector<DeviceEpoch>> device_epochs(const Imei& imei) = 0;
  virtual Result<std::vector<Device>> devices_of(std::string_view kme, std::optional<Imei> after,
                                                 std::size_t limit) = 0;
  virtual Result<std::vector<Imsi>> imsis_of(const Imei& imei, std::optional<Imsi> after,
                                             std::size_t limit) = 0;
  // Associations of the KME whose epoch in force is below this one.
  virtual Result<std::vector<EpochUser>> epoch_users(std::string_view kme, binding::EpochNumber below,
                                                     std::size_t limit) = 0;
  // Devices of the KME that have not confirmed the epoch.
  virtual Result<std::vector<Device>> laggards(std::string_view kme, binding::EpochNumber epoch,
                                               std::optional<Imei> after, std::size_t limit) = 0;
  virtual Result<EpochProgress> epoch_progress(std::string_view kme, binding::EpochNumber epoch) = 0;
  // IMSIs that have the pair among their former ones.
  virtual Result<std::vector<Imsi>> former_users(std::string_view kme, binding::EpochNumber epoch,
                                                 std::size_t limit) = 0;
  virtual Result<std::vector<EpochAtWork>> epochs_at_work(std::string_view after_kme,
                                                          binding::EpochNumber after_epoch,
                                                          std::size_t limit) = 0;
  virtual Result<std::vector<Receipt>> receipts(std::int64_t after_id, std::size_t limit) = 0;
};

}  // namespace simbiont::store
