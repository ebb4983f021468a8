// What a function kept in registers can have been spilled below its frame, where no zeroise() of its reaches.
#pragma once

namespace simbiont::crypto {

// Overwrites the next octets of the stack below the caller: call it after the functions that held secrets
// have returned. Enough for the deepest of this library's primitives.
void wipe_dead_stack();

}  // namespace simbiont::crypto
