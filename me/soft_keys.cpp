#include "me/aes.h"
#include "me/octets.h"
#include "me/simbiont_me.h"

namespace {

simbiont_me_soft_key* find(void* user, std::uint32_t key) {
  auto* keys = static_cast<simbiont_me_soft_keys*>(user);
  return key == 0 || key > keys->count ? nullptr : &keys->keys[key - 1];
}

bool is_size(std::size_t size) { return size == 16 || size == 32; }

}  // namespace

int simbiont_me_soft_block(void* user, std::uint32_t key, int direction, const std::uint8_t in[16],
                           std::uint8_t out[16]) {
  const simbiont_me_soft_key* found = find(user, key);
  if (found == nullptr || !is_size(found->size)) return -1;
  simbiont::me::aes_block(found->octets, found->size, direction, in, out);
  return 0;
}

int simbiont_me_soft_import(void* user, const std::uint8_t* key, std::size_t size, std::uint32_t* handle) {
  if (!is_size(size)) return -1;
  auto* keys = static_cast<simbiont_me_soft_keys*>(user);
  for (std::uint32_t i = 0; i < keys->count; ++i) {
    if (keys->keys[i].size != 0) continue;
    keys->keys[i].size = static_cast<std::uint8_t>(size);
    simbiont::me::copy(keys->keys[i].octets, key, size);
    *handle = i + 1;
    return 0;
  }
  return -1;
}

int simbiont_me_soft_erase(void* user, std::uint32_t key) {
  simbiont_me_soft_key* found = find(user, key);
  if (found == nullptr) return -1;
  simbiont::me::wipe(found, sizeof *found);
  return 0;
}
