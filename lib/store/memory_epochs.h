// The memory store, as far as the life cycle of K_MEs reads it.
#pragma once

#include <mutex>

#include "store/memory_tables.h"
#include "store/store.h"

namespace simbiont::store {

class MemoryReads : public Store {
 public:
  Result<std::vector<DeviceEpoch>> device_epochs(const Imei& imei) override;
  Result<std::vector<Device>> devices_of(std::string_view kme, std::optional<Imei> after,
                                         std::size_t limit) override;
  Result<std::vector<Imsi>> imsis_of(const Imei& imei, std::optional<Imsi> after, std::size_t limit) override;
  Result<std::vector<EpochUser>> epoch_users(std::string_view kme, binding::EpochNumber below,
                                             std::size_t limit) override;
  Result<std::vector<Device>> laggards(std::string_view kme, binding::EpochNumber epoch,
                                       std::optional<Imei> after, std::size_t limit) override;
  Result<EpochProgress> epoch_progress(std::string_view kme, binding::EpochNumber epoch) override;
  Result<std::vector<Imsi>> former_users(std::string_view kme, binding::EpochNumber epoch,
                                         std::size_t limit) override;
  Result<std::vector<EpochAtWork>> epochs_at_work(std::string_view after_kme,
                                                  binding::EpochNumber after_epoch,
                                                  std::size_t limit) override;
  Result<std::vector<Receipt>> receipts(std::int64_t after_id, std::size_t limit) override;

 protected:
  std::mutex mutex_;
  Tables tables_;
};

}  // namespace simbiont::store
