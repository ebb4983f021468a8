// A slot update, docs/device.md: read, authenticated, checked against what is stored, and only then taken
// over.
#include "me/context.h"
#include "me/octets.h"
#include "me/unwrap.h"

using namespace simbiont::me;

namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t imei_digits = 14, tag_size = 16, max_drops = 3;

// Network order; a read past the end fails for good.
class Cursor {
 public:
  Cursor(const std::uint8_t* at, std::size_t left) : at_(at), left_(left) {}

  const std::uint8_t* take(std::size_t size) {
    if (failed_ || size > left_) {
      failed_ = true;
      return nullptr;
    }
    at_ += size;
    left_ -= size;
    return at_ - size;
  }
  std::uint8_t u8() {
    const std::uint8_t* octet = take(1);
    return octet == nullptr ? 0 : *octet;
  }
  std::uint64_t u64() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | u8();
    return value;
  }
  // Length octet and characters; out has room for `room`, the closing zero included, and is zeroed.
  void text(char* out, std::size_t room) {
    const std::uint8_t size = u8();
    const std::uint8_t* octets = size < room ? take(size) : nullptr;
    if (octets != nullptr) copy(out, octets, size);
    if (octets == nullptr || length(out) != size) failed_ = true;
  }
  bool at_end() const { return !failed_ && left_ == 0; }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
  bool failed_ = false;
};

struct Update {
  char imei[imei_digits + 1] = {};
  simbiont_me_slot slot{};  // key and confirm_key: none yet
  std::uint64_t drops[max_drops] = {};
  std::uint8_t drop_count = 0;
  const std::uint8_t* wrapped = nullptr;  // RFC 3394; null: nothing new, only drops
  std::uint8_t wrapped_size = 0;
  const std::uint8_t* wrapped_confirm = nullptr;
  std::uint8_t wrapped_confirm_size = 0;
};

bool read_body(Cursor& cursor, Update& out) {
  if (cursor.u8() != version) return false;
  const std::uint8_t* imei = cursor.take(imei_digits);
  if (imei != nullptr) copy(out.imei, imei, imei_digits);
  cursor.text(out.slot.kme, sizeof out.slot.kme);
  out.slot.epoch = out.slot.floor = cursor.u64();
  out.slot.algorithm = cursor.u8();
  out.drop_count = cursor.u8();
  if (out.drop_count > max_drops) return false;
  for (std::uint8_t i = 0; i < out.drop_count; ++i) out.drops[i] = cursor.u64();
  cursor.text(out.slot.scope, sizeof out.slot.scope);
  out.wrapped_size = cursor.u8();
  out.wrapped = cursor.take(out.wrapped_size);
  out.wrapped_confirm_size = cursor.u8();
  out.wrapped_confirm = cursor.take(out.wrapped_confirm_size);
  return cursor.at_end();
}

bool is_well_formed(Update& update) {
  update.slot.key = 1;  // any handle, for is_valid
  const std::size_t expected = update.slot.algorithm == SIMBIONT_ME_AES256 ? 40 : 24;
  const bool news = update.wrapped_size == expected &&
                    (update.wrapped_confirm_size == 0 || update.wrapped_confirm_size == 24);
  const bool drops_only =
      update.wrapped_size == 0 && update.wrapped_confirm_size == 0 && update.drop_count > 0;
  return is_valid(update.slot) && (news || drops_only);
}

// The tag's 16 octets are compared in a time that does not tell where they differ.
simbiont_me_status authenticate(const simbiont_me& me, const std::uint8_t* update, std::size_t body) {
  LocalKey key(16);
  std::uint8_t tag[tag_size];
  if (!kdf(stored_key(me, me.config.transport_key), "update", me.config.imei, key.octets()) ||
      !cmac(key.key(), update, body, tag))
    return SIMBIONT_ME_KEY_FAILED;
  unsigned difference = 0;
  for (std::size_t i = 0; i < tag_size; ++i) difference |= static_cast<unsigned>(tag[i] ^ update[body + i]);
  wipe(tag, sizeof tag);
  return difference == 0 ? SIMBIONT_ME_OK : SIMBIONT_ME_NOT_AUTHENTIC;
}

bool drops(const Update& update, const simbiont_me_slot& slot) {
  if (!same_kme(slot, update.slot.kme)) return false;
  for (std::uint8_t i = 0; i < update.drop_count; ++i) {
    if (update.drops[i] == slot.epoch) return true;
  }
  return false;
}

// What the update meets in the table.
struct Standing {
  std::uint64_t floor = 0;  // of its KME
  std::size_t kept = 0;     // slots of its KME that stay
  std::size_t dropped = 0;
  bool current = false;  // one of those that stay is
};

Standing standing_of(const simbiont_me& me, const Update& update) {
  Standing out;
  for (std::size_t i = 0; i < me.count; ++i) {
    const simbiont_me_slot& slot = me.slots()[i];
    if (!same_kme(slot, update.slot.kme)) continue;
    if (slot.floor > out.floor) out.floor = slot.floor;
    if (slot.epoch > out.floor) out.floor = slot.epoch;
    if (drops(update, slot)) {
      ++out.dropped;
      continue;
    }
    ++out.kept;
    out.current = out.current || slot.state == SIMBIONT_ME_CURRENT;
  }
  return out;
}

simbiont_me_status check(const simbiont_me& me, const Update& update, const Standing& standing) {
  if (!same(update.imei, me.config.imei, imei_digits)) return SIMBIONT_ME_NOT_AUTHENTIC;
  if (update.wrapped_size == 0) return standing.kept > 0 ? SIMBIONT_ME_OK : SIMBIONT_ME_ROLLBACK;
  if (update.slot.epoch <= standing.floor) return SIMBIONT_ME_ROLLBACK;
  for (std::uint8_t i = 0; i < update.drop_count; ++i) {
    if (update.drops[i] >= update.slot.epoch) return SIMBIONT_ME_MALFORMED;
  }
  return me.count - standing.dropped < me.capacity ? SIMBIONT_ME_OK : SIMBIONT_ME_NO_ROOM;
}

simbiont_me_status import(simbiont_me& me, Key wrapping, const std::uint8_t* wrapped, std::size_t size,
                          std::uint32_t& handle) {
  std::uint8_t key[32];
  simbiont_me_status status = unwrap(wrapping, wrapped, size, key);
  if (status == SIMBIONT_ME_OK &&
      (me.config.keys.import_key(me.config.keys.user, key, size - 8, &handle) != 0 || handle == 0))
    status = SIMBIONT_ME_KEY_FAILED;
  wipe(key, sizeof key);
  return status;
}

void erase(simbiont_me& me, std::uint32_t handle) {
  if (handle == 0 || me.config.keys.erase_key == nullptr) return;
  for (std::size_t i = 0; i < me.count; ++i) {
    if (me.slots()[i].key == handle || me.slots()[i].confirm_key == handle) return;
  }
  me.config.keys.erase_key(me.config.keys.user, handle);
}

void erase(simbiont_me& me, const simbiont_me_slot& slot) {
  erase(me, slot.key);
  if (slot.confirm_key != slot.key) erase(me, slot.confirm_key);
}

simbiont_me_status import_keys(simbiont_me& me, Update& update) {
  update.slot.key = 0;
  if (update.wrapped_size == 0) return SIMBIONT_ME_OK;
  LocalKey wrapping(32);
  const Key transport = stored_key(me, me.config.transport_key);
  if (!kdf(transport, "wrap-1", me.config.imei, wrapping.octets()) ||
      !kdf(transport, "wrap-2", me.config.imei, wrapping.octets() + 16))
    return SIMBIONT_ME_KEY_FAILED;
  simbiont_me_status status =
      import(me, wrapping.key(), update.wrapped, update.wrapped_size, update.slot.key);
  if (status != SIMBIONT_ME_OK || update.wrapped_confirm_size == 0) return status;
  status = import(me, wrapping.key(), update.wrapped_confirm, update.wrapped_confirm_size,
                  update.slot.confirm_key);
  if (status != SIMBIONT_ME_OK) erase(me, update.slot.key);
  return status;
}

// Slots taken out, and where they stood.
struct Removed {
  simbiont_me_slot slots[max_drops];
  std::size_t at[max_drops];
  std::size_t count = 0;
};

void take_out(simbiont_me& me, const Update& update, Removed& removed) {
  simbiont_me_slot* slots = me.slots();
  for (std::size_t i = me.count; i-- > 0;) {
    if (!drops(update, slots[i])) continue;
    removed.at[removed.count] = i;
    removed.slots[removed.count++] = slots[i];
    copy(slots + i, slots + i + 1, (--me.count - i) * sizeof *slots);
  }
}

void put_back(simbiont_me& me, const Removed& removed) {
  simbiont_me_slot* slots = me.slots();
  for (std::size_t i = removed.count; i-- > 0;) {
    const std::size_t at = removed.at[i];
    for (std::size_t j = me.count++; j > at; --j) slots[j] = slots[j - 1];
    slots[at] = removed.slots[i];
  }
}

// The highest epoch seen stays known when its own slot goes.
void keep_floor(simbiont_me& me, const char* kme, std::uint64_t floor) {
  for (std::size_t i = 0; i < me.count; ++i) {
    if (same_kme(me.slots()[i], kme)) me.slots()[i].floor = floor;
  }
}

simbiont_me_status take_over(simbiont_me& me, const Update& update, std::uint64_t floor) {
  Removed removed;
  take_out(me, update, removed);
  const bool news = update.slot.key != 0;
  if (news)
    me.slots()[me.count++] = update.slot;
  else
    keep_floor(me, update.slot.kme, floor);
  const simbiont_me_status saved = save(me);
  if (saved != SIMBIONT_ME_OK) {
    if (news) --me.count;
    put_back(me, removed);
    erase(me, update.slot);
    return saved;
  }
  for (std::size_t i = 0; i < removed.count; ++i) erase(me, removed.slots[i]);
  me.gsm_turn = 0;
  ++me.table;
  return SIMBIONT_ME_OK;
}

}  // namespace

simbiont_me_status simbiont_me_update(simbiont_me* me, const std::uint8_t* update, std::size_t size) {
  if (me == nullptr || update == nullptr) return SIMBIONT_ME_BAD_ARGUMENT;
  if (me->config.keys.import_key == nullptr || me->config.transport_key == 0) return SIMBIONT_ME_UNSUPPORTED;
  if (size < tag_size) return SIMBIONT_ME_MALFORMED;
  Update read;
  Cursor cursor(update, size - tag_size);
  if (!read_body(cursor, read) || !is_well_formed(read)) return SIMBIONT_ME_MALFORMED;
  simbiont_me_status status = authenticate(*me, update, size - tag_size);
  if (status != SIMBIONT_ME_OK) return status;
  const Standing standing = standing_of(*me, read);
  status = check(*me, read, standing);
  if (status != SIMBIONT_ME_OK) return status;
  read.slot.state = standing.current ? SIMBIONT_ME_PENDING : SIMBIONT_ME_CURRENT;
  status = import_keys(*me, read);
  return status == SIMBIONT_ME_OK ? take_over(*me, read, standing.floor) : status;
}
