#include "crypto/stack.h"

#include "base/secret.h"

namespace simbiont::crypto {

__attribute__((noinline)) void wipe_dead_stack() {
  ByteArray<2048> dead;
  zeroise(dead);
}

}  // namespace simbiont::crypto
