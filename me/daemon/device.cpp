#include "me/daemon/device.h"

#include <algorithm>
#include <cstring>

namespace simbiont::me {
namespace {

template <std::size_t N>
bool copy_text(char (&out)[N], const std::string& text) {
  if (text.size() >= N) return false;
  std::memcpy(out, text.c_str(), text.size() + 1);
  return true;
}

bool same(const simbiont_me_slot& a, const std::string& kme) { return kme == a.kme; }

// As in the HSS: slots are shown, and in the wrong place of a command line the id is a key.
bool may_be_key(const std::string& kme) {
  return (kme.size() == 32 || kme.size() == 64) && from_hex(kme).ok();
}

std::uint64_t highest_seen(const std::vector<simbiont_me_slot>& slots, const std::string& kme) {
  std::uint64_t highest = 0;
  for (const auto& slot : slots) {
    if (same(slot, kme)) highest = std::max({highest, slot.epoch, slot.floor});
  }
  return highest;
}

Errc code_of(simbiont_me_status status) {
  switch (status) {
    case SIMBIONT_ME_NOT_FOUND:
      return Errc::not_found;
    case SIMBIONT_ME_ROLLBACK:
    case SIMBIONT_ME_NOT_AUTHENTIC:
    case SIMBIONT_ME_UNSUPPORTED:
      return Errc::refused;
    case SIMBIONT_ME_KEY_FAILED:
    case SIMBIONT_ME_NO_ROOM:
      return Errc::unavailable;
    case SIMBIONT_ME_SAVE_FAILED:
      return Errc::io;
    default:
      return Errc::invalid_argument;
  }
}

}  // namespace

Result<std::unique_ptr<Device>> Device::make(std::unique_ptr<KeyStore> store, DeviceOptions options) {
  std::unique_ptr<Device> device(new Device(std::move(store), std::move(options)));
  if (Status started = device->start(); !started) return started.error();
  return device;
}

Device::~Device() {
  if (me_ != nullptr) (void)simbiont_me_wipe(me_);
}

Status Device::result(simbiont_me_status status) const {
  if (status == SIMBIONT_ME_OK) return {};
  std::string message = simbiont_me_status_text(status);
  const bool of_store = status == SIMBIONT_ME_KEY_FAILED || status == SIMBIONT_ME_SAVE_FAILED;
  if (of_store && !store_error().empty()) message += ": " + store_error();
  return error(code_of(status), std::move(message));
}

Status Device::start() {
  simbiont_me_config config{};
  config.abi = SIMBIONT_ME_ABI;
  config.transport_key = store_->transport_key();
  config.try_plain = options_.try_plain ? 1 : 0;
  if (!copy_text(config.imei, options_.imei))
    return error(Errc::invalid_argument, "an IMEI has 14 digits here");
  config.keys = store_->callbacks();
  memory_.assign((SIMBIONT_ME_CONTEXT_SIZE(options_.slots) + 7) / 8, 0);
  const simbiont_me_status status = simbiont_me_init(memory_.data(), memory_.size() * 8, &config, &me_);
  if (status != SIMBIONT_ME_OK) return result(status);
  const auto& slots = store_->slots();
  if (Status loaded = result(simbiont_me_load(me_, slots.data(), slots.size())); !loaded) return loaded;
  return result(simbiont_me_set_imsi(me_, imsi_.c_str()));
}

Status Device::set_imsi(const std::string& imsi) {
  if (Status set = result(simbiont_me_set_imsi(me_, imsi.c_str())); !set) return set;
  imsi_ = imsi;
  return {};
}

std::size_t Device::slot_count() const {
  std::size_t count = 0;
  (void)simbiont_me_slot_count(me_, &count);
  return count;
}

std::vector<SlotView> Device::slots() {
  std::vector<SlotView> out(slot_count());
  for (std::size_t i = 0; i < out.size(); ++i) {
    (void)simbiont_me_slot_at(me_, i, &out[i].slot);
    ByteArray<3> check{};
    if (simbiont_me_key_check_value(me_, i, check.data()) == SIMBIONT_ME_OK)
      out[i].check_value = to_hex(check);
    out[i].protection = store_->protection(out[i].slot.key);
  }
  return out;
}

// The library looks at them first; what is not saved is not used.
Status Device::replace(std::vector<simbiont_me_slot> slots) {
  const std::vector<simbiont_me_slot> former = store_->slots();
  if (Status loaded = result(simbiont_me_load(me_, slots.data(), slots.size())); !loaded) return loaded;
  Status saved = store_->save(std::move(slots));
  if (!saved) (void)simbiont_me_load(me_, former.data(), former.size());
  return saved;
}

void Device::forget(const simbiont_me_slot& slot) {
  for (const std::uint32_t handle : {slot.key, slot.confirm_key}) {
    if (handle != 0) (void)store_->erase_key(handle);
  }
}

Result<simbiont_me_slot> Device::import(const NewSlot& in) {
  simbiont_me_slot slot{};
  slot.epoch = slot.floor = in.epoch;
  slot.algorithm = in.algorithm;
  if (!copy_text(slot.kme, in.kme) || !copy_text(slot.scope, in.scope))
    return error(Errc::invalid_argument, "a KME id has 1 to 64 characters, a scope 129 at most");
  if (may_be_key(in.kme))
    return error(Errc::invalid_argument,
                 "a KME id of 32 or 64 hexadecimal digits is refused: it may be a key");
  if (in.key.size() != (in.algorithm == SIMBIONT_ME_AES256 ? 32 : 16))
    return error(Errc::invalid_argument, "the key does not have the algorithm's size");
  if (!in.confirm_key.empty() && (in.confirm_key.size() != 16 || in.algorithm != SIMBIONT_ME_AES128))
    return error(Errc::invalid_argument, "K_conf has 16 octets and stands beside a K_enc, algorithm aes128");
  const Result<std::uint32_t> key = store_->import_key(in.key.reveal());
  if (!key) return key.error();
  slot.key = *key;
  if (in.confirm_key.empty()) return slot;
  const Result<std::uint32_t> confirm = store_->import_key(in.confirm_key.reveal());
  if (!confirm) {
    forget(slot);
    return confirm.error();
  }
  slot.confirm_key = *confirm;
  return slot;
}

Status Device::add(const NewSlot& in) {
  std::vector<simbiont_me_slot> slots = store_->slots();
  if (in.epoch <= highest_seen(slots, in.kme))
    return error(Errc::refused, "the epoch is not above the highest seen of its KME");
  Result<simbiont_me_slot> slot = import(in);
  if (!slot) return slot.error();
  const bool has_current = std::any_of(slots.begin(), slots.end(), [&](const auto& other) {
    return same(other, in.kme) && other.state == SIMBIONT_ME_CURRENT;
  });
  slot->state = has_current ? SIMBIONT_ME_PENDING : SIMBIONT_ME_CURRENT;
  slots.push_back(*slot);
  Status replaced = replace(std::move(slots));
  if (!replaced) forget(*slot);
  return replaced;
}

Status Device::update(ByteView update) {
  return result(simbiont_me_update(me_, update.data(), update.size()));
}

Status Device::drop(const std::string& kme, std::uint64_t epoch) {
  std::vector<simbiont_me_slot> slots = store_->slots();
  const auto at = std::find_if(slots.begin(), slots.end(),
                               [&](const auto& slot) { return same(slot, kme) && slot.epoch == epoch; });
  if (at == slots.end()) return error(Errc::not_found, "no such slot");
  const simbiont_me_slot gone = *at;
  const std::uint64_t floor = highest_seen(slots, kme);
  slots.erase(at);
  bool others = false;
  for (auto& slot : slots) {
    if (!same(slot, kme)) continue;
    slot.floor = floor;
    others = true;
  }
  if (!others) return error(Errc::refused, "the last slot of its KME: its highest epoch would be forgotten");
  Status replaced = replace(std::move(slots));
  if (replaced) forget(gone);
  return replaced;
}

Status Device::make_current(const std::string& kme, std::uint64_t epoch) {
  return result(simbiont_me_make_current(me_, kme.c_str(), epoch));
}

Status Device::gsm_rejected() { return result(simbiont_me_gsm_rejected(me_)); }

Result<Block> Device::proof(const std::string& kme, std::uint64_t epoch, const Block& challenge) {
  Block out{};
  Status proven = result(simbiont_me_proof(me_, kme.c_str(), epoch, challenge.data(), out.data()));
  if (!proven) return proven.error();
  return out;
}

Status Device::set_transport_key(const Secret& key) {
  if (Status set = store_->set_transport_key(key.reveal()); !set) return set;
  return start();
}

}  // namespace simbiont::me
