// The library on a board: the vectors that the host tests use too, then what each operation costs. A line of
// the output is
//   cost NAME TICKS STACK
// for `rounds` rounds; the last line is "passed".
#include "bare/machine.h"
#include "me/simbiont_me.h"
#include "vectors.h"  // made from tests/data by the test

namespace {

#ifdef SIMBIONT_ONE_ROUND  // what a trace of all instructions wants
constexpr int rounds = 1;
#else
constexpr int rounds = 8;
#endif

std::uint64_t memory[(SIMBIONT_ME_CONTEXT_SIZE(3) + 7) / 8];
simbiont_me_soft_key keys[6];
simbiont_me_soft_keys store{keys, 6};
simbiont_me* me;
std::uint8_t apdu[39];

void must(bool holds, const char* what) {
  if (holds) return;
  bare::say("failed: ");
  bare::say(what);
  bare::say("\n");
  bare::exit(1);
}

bool equal(const void* a, const void* b, std::size_t size) {
  const auto* x = static_cast<const std::uint8_t*>(a);
  const auto* y = static_cast<const std::uint8_t*>(b);
  while (size > 0 && *x == *y) ++x, ++y, --size;
  return size == 0;
}
template <std::size_t N>
void put(char (&to)[N], const char* text) {
  for (std::size_t i = 0; i < N; ++i) to[i] = *text == 0 ? '\0' : *text++;
}

simbiont_me_slot slot_of(const Vector& vector) {
  simbiont_me_slot slot{};
  must(simbiont_me_soft_import(&store, vector.k_me, vector.key_size, &slot.key) == 0, "import");
  slot.epoch = vector.epoch;
  slot.algorithm = vector.algorithm;
  slot.state = SIMBIONT_ME_CURRENT;
  put(slot.kme, vector.kme);
  put(slot.scope, "*");
  return slot;
}

void start(const char* imei, const std::uint8_t* transport, std::size_t size) {
  for (simbiont_me_soft_key& key : keys) key.size = 0;
  simbiont_me_config config{};
  config.abi = SIMBIONT_ME_ABI;
  config.try_plain = 1;
  put(config.imei, imei);
  config.keys.user = &store;
  config.keys.block = simbiont_me_soft_block;
  config.keys.import_key = simbiont_me_soft_import;
  config.keys.erase_key = simbiont_me_soft_erase;
  if (transport != nullptr)
    must(simbiont_me_soft_import(&store, transport, size, &config.transport_key) == 0, "transport key");
  must(simbiont_me_init(memory, sizeof memory, &config, &me) == SIMBIONT_ME_OK, "init");
}

void start(const Vector& vector) {
  start(vector.imei, nullptr, 0);
  const simbiont_me_slot slot = slot_of(vector);
  must(simbiont_me_load(me, &slot, 1) == SIMBIONT_ME_OK, "load");
  must(simbiont_me_set_imsi(me, vector.imsi) == SIMBIONT_ME_OK, "imsi");
}

void prepare_apdu(const Vector& vector) {
  const std::uint8_t head[] = {0x00, 0x88, 0x00, 0x81, 0x22, 0x10};
  for (std::size_t i = 0; i < sizeof apdu; ++i) apdu[i] = 0x10;
  for (std::size_t i = 0; i < sizeof head; ++i) apdu[i] = head[i];
  for (std::size_t i = 0; i < 16; ++i) apdu[6 + i] = vector.enc_rand[i];
}

void check(const Vector& vector) {
  simbiont_me_exchange exchange;
  simbiont_me_next next;
  start(vector);
  prepare_apdu(vector);
  must(simbiont_me_apdu_command(me, &exchange, apdu, sizeof apdu) == SIMBIONT_ME_OK, "command");
  must(equal(apdu + 6, vector.rand, 16), "RAND");
  must(simbiont_me_apdu_response(me, &exchange, apdu, sizeof apdu, 0x9862, &next) == SIMBIONT_ME_OK &&
           next == SIMBIONT_ME_RETRY && equal(apdu + 6, vector.enc_rand, 16),
       "retry");
  std::uint8_t proof[16];
  must(simbiont_me_proof(me, vector.kme, vector.epoch, vector.challenge, proof) == SIMBIONT_ME_OK &&
           equal(proof, vector.proof, 16),
       "proof");
}

void check_update(const UpdateVector& vector) {
  start(vector.imei, vector.transport, vector.transport_size);
  must(simbiont_me_update(me, vector.update, vector.size) == SIMBIONT_ME_OK, "update");
  size_t count = 0;
  must(simbiont_me_slot_count(me, &count) == SIMBIONT_ME_OK && count == 1, "slots");
  must(simbiont_me_update(me, vector.update, vector.size) == SIMBIONT_ME_ROLLBACK, "rollback");
}

template <class Operation>
void cost(const char* name, Operation operation) {
  bare::paint_stack();
  const std::uint32_t before = bare::painted();
  bare::start_ticks();
  for (int i = 0; i < rounds; ++i) operation();
  const std::uint32_t ticks = bare::ticks();
  const std::uint32_t stack = before - bare::painted();
  bare::say("cost ");
  bare::say(name);
  bare::say(" ");
  bare::say(ticks);
  bare::say(" ");
  bare::say(stack);
  bare::say("\n");
}

void cost_of(const char* name, const Vector& vector) {
  start(vector);
  cost(name, [&] {
    simbiont_me_exchange exchange;
    prepare_apdu(vector);
    must(simbiont_me_apdu_command(me, &exchange, apdu, sizeof apdu) == SIMBIONT_ME_OK, "command");
  });
}

// As the one above, under a key of other bits: a constant time shows as the same number.
void cost_of_other_key(const char* name, const Vector& vector, std::uint8_t octet) {
  start(vector);
  for (std::uint8_t& key_octet : keys[0].octets) key_octet = octet;
  cost(name, [&] {
    simbiont_me_exchange exchange;
    prepare_apdu(vector);
    must(simbiont_me_apdu_command(me, &exchange, apdu, sizeof apdu) == SIMBIONT_ME_OK, "command");
  });
}

}  // namespace

int main() {
  for (const Vector& vector : vectors_of_transform) check(vector);
  for (const UpdateVector& vector : vectors_of_update) check_update(vector);
  bool seen[3] = {};
  static const char* const names[] = {"aes128", "aes256", "aes128-imsi"};
  for (const Vector& vector : vectors_of_transform) {
    if (!seen[vector.algorithm]) cost_of(names[vector.algorithm], vector);
    seen[vector.algorithm] = true;
  }
  cost_of_other_key("aes128-zeros", vectors_of_transform[0], 0x00);
  cost_of_other_key("aes128-ones", vectors_of_transform[0], 0xff);
  start(vectors_of_transform[0]);
  cost("proof", [] {
    std::uint8_t proof[16];
    const Vector& vector = vectors_of_transform[0];
    must(simbiont_me_proof(me, vector.kme, vector.epoch, vector.challenge, proof) == SIMBIONT_ME_OK, "proof");
  });
  cost("update", [] {
    const UpdateVector& vector = vectors_of_update[0];
    start(vector.imei, vector.transport, vector.transport_size);
    must(simbiont_me_update(me, vector.update, vector.size) == SIMBIONT_ME_OK, "update");
  });
  bare::say("passed\n");
  return 0;
}
