// The K_MEs that records at hand are answered under, each once: a record holds a number of four octets, the
// key lies here, locked into memory as far as the system allows. The expanded schedules of those in use are
// kept beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "binding/transform.h"
#include "hss/auc_key.h"
#include "hss/compact_index.h"
#include "hss/hot_record.h"

namespace simbiont::hss {

class KeySlots {
 public:
  // bound: most keys at a time.
  explicit KeySlots(std::size_t bound);
  KeySlots(const KeySlots&) = delete;
  KeySlots& operator=(const KeySlots&) = delete;

  // Each reference taken is given back by release(). Without room, or for an error: the unusable one. That of
  // a key in a token is unusable too, but known again.
  KeyRef take(const Result<KeyChoice>& choice);
  KeyRef again(KeyRef key);  // one reference more
  void release(KeyRef key);
  void clear();  // no references are left, or none that will be used

  // Whether the key was made from this (KME, epoch).
  bool is_of(KeyRef key, std::string_view kme, binding::EpochNumber epoch) const;

  // nullptr: the key is plain. Usable keys only (assert). The transform lasts until the next call.
  const binding::KeyedTransform* transform(KeyRef key);

  std::size_t size() const { return size_; }

 private:
  // 48 octets: with a K_ME a subscriber this is what each costs.
  struct Slot {
    ByteArray<Secret::max_size> key{};
    std::uint64_t tag = 0;  // of KME id and epoch
    std::uint32_t references = 0;
    binding::TransformAlgorithm algorithm{};
    bool in_token = false;  // `key` is then the beginning of its id there
  };
  static_assert(sizeof(Slot) == 48);
  static constexpr std::size_t chunk_size = 4096;
  static constexpr std::size_t schedules = 1024;
  struct Schedule {
    KeyRef key;
    std::optional<binding::KeyedTransform> transform;
  };

  static std::uint64_t tag_of(std::string_view kme, binding::EpochNumber epoch);
  Slot& at(std::uint32_t number) const {
    return chunks_[number / chunk_size].as<Slot>()[number % chunk_size];
  }
  static ByteArray<Secret::max_size> octets_of(const KeyChoice& choice);
  std::uint32_t make(std::uint64_t tag, const KeyChoice& choice);
  void add_chunk();
  void erase(std::uint32_t number);
  static Secret secret_of(const Slot& slot);

  std::size_t bound_;
  CompactIndex index_;
  std::vector<MappedMemory> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
  std::size_t size_ = 0;
  bool locks_ = true;  // until the system says no
  std::vector<Schedule> schedules_;
};

}  // namespace simbiont::hss
