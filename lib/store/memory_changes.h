// The writes of the store in memory: one group at a time, whole or not at all.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/changes.h"
#include "store/memory_jobs.h"

namespace simbiont::store {

// Applies one group; undo() restores every entry that was touched.
class MemoryGroup {
 public:
  explicit MemoryGroup(Tables& tables)
      : tables_(tables),
        last_owed_(tables.last_owed),
        last_update_(tables.last_update),
        last_event_(tables.last_event),
        last_approval_(tables.last_approval) {}

  Status apply(const Changes& changes);

  Status operator()(const PutSubscriber& c);
  Status operator()(const RemoveSubscriber& c);
  Status operator()(const RaiseSeq& c);
  Status operator()(const SetSeq& c);
  Status operator()(const PutKme& c);
  Status operator()(const RemoveKme& c);
  Status operator()(const PutDevice& c);
  Status operator()(const SetDeviceState& c);
  Status operator()(const RemoveDevice& c);
  Status operator()(const PutBinding& c);
  Status operator()(const PutPool& c);
  Status operator()(const RemovePool& c);
  Status operator()(const SetReported& c);
  Status operator()(const SetEvidence& c);
  Status operator()(const PutRegistration& c);
  Status operator()(const RemoveRegistration& c);
  Status operator()(const PutVectorNode& c);
  Status operator()(const OweClr& c);
  Status operator()(const SettleClr& c);
  Status operator()(const PutSupplier& c);
  Status operator()(const RemoveSupplier& c);
  Status operator()(const OweUpdate& c);
  Status operator()(const SettleUpdate& c);
  Status operator()(const PutHistory& c);
  Status operator()(const AddEvent& c);
  template <JobChange Change>
  Status operator()(const Change& c) {
    return apply_job_change(tables_, c, undo_);
  }
  // memory_epochs.cpp
  Status operator()(const PutEpoch& c);
  Status operator()(const SetCutting& c);
  Status operator()(const SetChallenge& c);
  Status operator()(const ConfirmEpoch& c);
  Status operator()(const RefuseProof& c);
  Status operator()(const AddReceipt& c);
  Status operator()(const AppendAudit& c);
  Status operator()(const PutApproval& c);
  Status operator()(const DecideApproval& c);
  Status operator()(const PutSetting& c);

 private:
  template <class Map>
  void save(Map& map, const typename Map::key_type& key) {
    std::optional<typename Map::mapped_type> before;
    if (const auto found = map.find(key); found != map.end()) before = found->second;
    undo_.push_back([&map, key, before] {
      if (before) {
        map.insert_or_assign(key, *before);
      } else {
        map.erase(key);
      }
    });
  }

  // Of the device's present KME; nullptr when that is another.
  DeviceEpoch* touch(const Imei& imei, const std::string& kme, binding::EpochNumber epoch);
  DeviceEpoch& touch_row(const Imei& imei, const std::string& kme, binding::EpochNumber epoch);
  // The first epoch of a device that leaves its KME for another one, or for none, may be asked for again.
  void know_first_epoch(const Device& device);
  binding::EpochNumber first_epoch(const Device& device) const;
  // Rows of device_epochs that `which` is true of.
  void forget_device_epochs(const std::function<bool(const Imei&, const std::string& kme)>& which);

  void erase_owed(std::int64_t id);
  Row* touch(const Imsi& imsi);
  void undo();

  Tables& tables_;
  std::int64_t last_owed_;
  std::int64_t last_update_;
  std::int64_t last_event_;
  Undo undo_;
  std::int64_t last_approval_;
};

}  // namespace simbiont::store
