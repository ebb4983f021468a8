// The device's slots: the ME library's context over a key store, and what its owner may do with them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "me/daemon/card.h"
#include "me/stores/key_store.h"

namespace simbiont::me {

struct DeviceOptions {
  std::string imei;  // 14 digits
  bool try_plain = false;
  std::size_t slots = 8;  // room for
};

// A K_ME as a person hands it over, in clear, on this machine.
struct NewSlot {
  std::string kme, scope;
  std::uint64_t epoch = 0;
  std::uint8_t algorithm = SIMBIONT_ME_AES128;
  Secret key;
  Secret confirm_key;  // with K_enc in `key`; empty: none
};

struct SlotView {
  simbiont_me_slot slot;
  std::string check_value;  // hexadecimal; empty when the key store refuses
  std::string protection;
};

class Device {
 public:
  // corrupt, refused: the store's slots are none that the library takes.
  static Result<std::unique_ptr<Device>> make(std::unique_ptr<KeyStore> store, DeviceOptions options);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  simbiont_me* context() { return me_; }
  // "" when no card is in.
  Status set_imsi(const std::string& imsi);
  const std::string& imsi() const { return imsi_; }
  const DeviceOptions& options() const { return options_; }
  const std::string& store_error() const { return store_->last_error(); }

  std::size_t slot_count() const;
  std::vector<SlotView> slots();
  // Pending when its KME has a current slot. refused: an epoch not above the highest seen of its KME.
  Status add(const NewSlot& slot);
  // docs/device.md 5.
  Status update(ByteView update);
  // The epoch is retired. refused for the last one of its KME: the highest epoch seen would be forgotten.
  Status drop(const std::string& kme, std::uint64_t epoch);
  Status make_current(const std::string& kme, std::uint64_t epoch);
  Status gsm_rejected();
  Result<Block> proof(const std::string& kme, std::uint64_t epoch, const Block& challenge);
  // What slot updates come under from now on.
  Status set_transport_key(const Secret& key);
  bool has_transport_key() const { return store_->transport_key() != 0; }

 private:
  Device(std::unique_ptr<KeyStore> store, DeviceOptions options)
      : store_(std::move(store)), options_(std::move(options)) {}
  Status start();
  Status replace(std::vector<simbiont_me_slot> slots);
  Result<simbiont_me_slot> import(const NewSlot& slot);
  void forget(const simbiont_me_slot& slot);
  Status result(simbiont_me_status status) const;

  std::unique_ptr<KeyStore> store_;
  const DeviceOptions options_;
  std::string imsi_;
  std::vector<std::uint64_t> memory_;
  simbiont_me* me_ = nullptr;
};

}  // namespace simbiont::me
