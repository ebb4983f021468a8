#include "me/daemon/bridge.h"

#include "base/secret.h"

namespace simbiont::me {
namespace {

constexpr std::uint16_t mac_failure = 0x9862;  // TS 31.102 7.1.2
constexpr std::uint16_t sim_failure = 0x9804;  // TS 51.011 9.4: authentication failed
constexpr std::uint16_t technical_problem = 0x6f00;
constexpr std::size_t header = 5;

Bytes answer(std::uint16_t word) {
  return {static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
}

// A command that held a plain RAND for a moment.
struct Wiped {
  Bytes octets;

  explicit Wiped(ByteView command) {
    octets.reserve(command.size() + 1);  // an Le may come: no copy is left behind
    octets.assign(command.begin(), command.end());
  }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { zeroise(octets); }
};

}  // namespace

Result<Bytes> Bridge::exchange(ByteView command) {
  ++counts_.apdus;
  Wiped apdu(command);
  simbiont_me_exchange exchange{};
  const simbiont_me_status status =
      simbiont_me_apdu_command(device_.context(), &exchange, apdu.octets.data(), apdu.octets.size());
  if (status == SIMBIONT_ME_NOT_FOUND) {
    ++counts_.without_slot;
    return answer(command[0] == 0xa0 ? sim_failure : mac_failure);
  }
  if (status != SIMBIONT_ME_OK) {
    ++counts_.key_failures;
    return answer(technical_problem);
  }
  if (exchange.offset == 0) return pass(command);
  return authenticate(exchange, apdu.octets);
}

Result<Bytes> Bridge::pass(ByteView command) {
  Result<Bytes> response = card_.transmit(command);
  if (!response) return response;
  const auto imsi = watch_.on_exchange(command, *response);
  if (imsi && *imsi != device_.imsi()) (void)device_.set_imsi(*imsi);
  return response;
}

// Wrong Le: once more with the card's, which is no new try.
Result<Bytes> Bridge::send(Bytes& apdu) {
  Result<Bytes> response = card_.transmit(apdu);
  if (!response || status_word(*response) >> 8 != 0x6c) return response;
  apdu.resize(header + apdu[4]);
  apdu.push_back(static_cast<std::uint8_t>(status_word(*response)));
  return card_.transmit(apdu);
}

Result<Bytes> Bridge::authenticate(simbiont_me_exchange& exchange, Bytes& apdu) {
  ++counts_.authenticates;
  for (;;) {
    Result<Bytes> response = send(apdu);
    if (!response) return response;
    const std::uint16_t word = status_word(*response);
    simbiont_me_next next = SIMBIONT_ME_DONE;
    const simbiont_me_status status =
        simbiont_me_apdu_response(device_.context(), &exchange, apdu.data(), apdu.size(), word, &next);
    if (status == SIMBIONT_ME_KEY_FAILED) {
      ++counts_.key_failures;
      return answer(technical_problem);
    }
    // SAVE_FAILED: the answer stands, and the slot proves itself again next time.
    if (next == SIMBIONT_ME_RETRY) continue;
    count(word);
    return response;
  }
}

void Bridge::count(std::uint16_t word) {
  if (is_success(word)) ++counts_.proven;
  if (word == mac_failure) ++counts_.mac_failures;
}

}  // namespace simbiont::me
