// The writes of the store in memory: one group at a time, whole or not at all.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/changes.h"
#include "store/memory_tables.h"

namespace simbiont::store {

// Applies one group; undo() restores every entry that was touched.
class MemoryGroup {
 public:
  explicit MemoryGroup(Tables& tables)
      : tables_(tables), last_owed_(tables.last_owed), last_event_(tables.last_event) {}

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
  Status operator()(const SetReported& c);
  Status operator()(const SetEvidence& c);
  Status operator()(const PutRegistration& c);
  Status operator()(const RemoveRegistration& c);
  Status operator()(const PutVectorNode& c);
  Status operator()(const OweClr& c);
  Status operator()(const SettleClr& c);
  Status operator()(const PutHistory& c);
  Status operator()(const AddEvent& c);

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

  void erase_owed(std::int64_t id);
  Row* touch(const Imsi& imsi);
  void undo();

  Tables& tables_;
  std::int64_t last_owed_;
  std::int64_t last_event_;
  std::vector<std::function<void()>> undo_;
};

}  // namespace simbiont::store
