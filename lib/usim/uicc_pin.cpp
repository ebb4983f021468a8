// PIN 1: TS 102 221 11.1.9 to 11.1.13.
#include <algorithm>

#include "usim/uicc.h"

namespace simbiont::usim {
namespace {

constexpr std::size_t pin_size = 8;

StatusWord tries(std::uint8_t left) {
  return left == 0 ? sw::pin_blocked : static_cast<StatusWord>(sw::tries_left | left);
}

// TS 102 221 9.5.1: 4 to 8 digits, then FF.
bool is_pin(ByteView octets) {
  const auto end = std::find(octets.begin(), octets.end(), 0xff);
  return end - octets.begin() >= 4 &&
         std::all_of(octets.begin(), end, [](std::uint8_t c) { return c >= '0' && c <= '9'; }) &&
         std::all_of(end, octets.end(), [](std::uint8_t c) { return c == 0xff; });
}

}  // namespace

Result<Secret> Pin::padded(std::string_view digits) {
  ByteArray<pin_size> octets{};
  octets.fill(0xff);
  if (digits.size() > octets.size()) return error(Errc::invalid_argument, "a PIN has 4 to 8 digits");
  std::copy(digits.begin(), digits.end(), octets.begin());
  if (!is_pin(octets)) return error(Errc::invalid_argument, "a PIN has 4 to 8 digits");
  Secret pin(octets);
  zeroise(octets);
  return pin;
}

// The counter falls before the answer leaves: whoever cuts the power has used up his try.
StatusWord Uicc::try_secret(const Secret& expected, ByteView given, std::uint8_t& left, std::uint8_t max) {
  if (left == 0) return sw::pin_blocked;
  if (given.size() != pin_size) return sw::wrong_length;
  if (equal_constant_time(expected.reveal(), given)) {
    changed_ = changed_ || left != max;
    left = max;
    return sw::success;
  }
  --left;
  changed_ = true;
  pin_verified_ = false;
  return left == 0 ? sw::pin_blocked : tries(left);
}

// Without data it says how many tries are left.
Uicc::Answer Uicc::verify(const Command& command) {
  Pin& pin = data_.pin1;
  if (command.data.empty()) return tries(pin.tries);
  if (!pin.enabled) return sw::pin_disabled;
  const StatusWord word = try_secret(pin.value, command.data, pin.tries, Pin::max_tries);
  if (word == sw::success) pin_verified_ = true;
  return word;
}

Uicc::Answer Uicc::change_pin(const Command& command) {
  Pin& pin = data_.pin1;
  if (command.data.empty()) return tries(pin.tries);
  if (!pin.enabled) return sw::pin_disabled;
  if (command.data.size() != 2 * pin_size) return sw::wrong_length;
  if (!is_pin(command.data.subspan(pin_size))) return sw::wrong_data;
  const StatusWord word = try_secret(pin.value, command.data.first(pin_size), pin.tries, Pin::max_tries);
  if (word != sw::success) return word;
  pin.value = Secret(command.data.subspan(pin_size));
  pin_verified_ = changed_ = true;
  return sw::success;
}

Uicc::Answer Uicc::enable_pin(const Command& command, bool enable) {
  Pin& pin = data_.pin1;
  if (command.data.empty()) return tries(pin.tries);
  if (pin.enabled == enable) return enable ? sw::not_allowed : sw::pin_disabled;
  const StatusWord word = try_secret(pin.value, command.data, pin.tries, Pin::max_tries);
  if (word != sw::success) return word;
  pin.enabled = enable;
  pin_verified_ = changed_ = true;
  return sw::success;
}

Uicc::Answer Uicc::unblock(const Command& command) {
  Pin& pin = data_.pin1;
  if (command.data.empty()) return tries(pin.puk_tries);
  if (command.data.size() != 2 * pin_size) return sw::wrong_length;
  if (!is_pin(command.data.subspan(pin_size))) return sw::wrong_data;
  const StatusWord word =
      try_secret(pin.puk, command.data.first(pin_size), pin.puk_tries, Pin::max_puk_tries);
  if (word != sw::success) return word;
  pin.value = Secret(command.data.subspan(pin_size));
  pin.tries = Pin::max_tries;
  pin.enabled = pin_verified_ = changed_ = true;
  return sw::success;
}

}  // namespace simbiont::usim
