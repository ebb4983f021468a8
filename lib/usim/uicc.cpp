#include "usim/uicc.h"

#include <algorithm>

namespace simbiont::usim {
namespace {

enum Instruction : std::uint8_t {
  verify_pin = 0x20,
  change = 0x24,
  disable = 0x26,
  enable = 0x28,
  unblock_pin = 0x2c,
  channel = 0x70,
  authentication = 0x88,
  search = 0xa2,
  select_file = 0xa4,
  terminal_capability = 0xaa,
  read = 0xb0,
  read_one = 0xb2,
  response = 0xc0,
  update = 0xd6,
  update_one = 0xdc,
  status_of = 0xf2,
};
constexpr std::uint8_t gsm_class = 0xa0;

bool has_data(std::uint8_t ins) {
  switch (ins) {
    case verify_pin:
    case change:
    case disable:
    case enable:
    case unblock_pin:
    case authentication:
    case search:
    case select_file:
    case terminal_capability:
    case update:
    case update_one:
      return true;
    default:
      return false;
  }
}

// The data may carry keys: no copy of it stays in the heap.
void wipe(Bytes& octets) {
  zeroise(octets);
  octets.clear();
}

}  // namespace

StatusWord as_gsm(StatusWord word) {
  if ((word & 0xfff0U) == sw::tries_left)
    return word == sw::tries_left ? gsm_sw::pin_blocked : gsm_sw::wrong_pin;
  switch (word) {
    case sw::access_denied:
      return gsm_sw::wrong_pin;
    case sw::pin_blocked:
      return gsm_sw::pin_blocked;
    case sw::pin_disabled:
    case sw::not_allowed:
      return gsm_sw::pin_state;
    case sw::no_ef:
      return gsm_sw::no_ef;
    case sw::wrong_structure:
      return gsm_sw::wrong_structure;
    case sw::file_not_found:
      return gsm_sw::file_not_found;
    case sw::record_not_found:
    case sw::wrong_offset:
      return gsm_sw::wrong_offset;
    case sw::wrong_p1_p2:
      return sw::wrong_offset;  // 6B00: incorrect P1 or P2
    default:
      return word;
  }
}

Uicc::Uicc(CardData data, Keep keep) : data_(std::move(data)), keep_(std::move(keep)), files_(data_) {
  reset();
}

ByteView Uicc::atr() {
  // Speed 512/32, T=0, then T=15 with the classes A to C. Historical octets: 31, 73: services and
  // capabilities (selection by AID, path, identifier and SFI, EF.DIR, four logical channels); 63: "sim"; 83:
  // life cycle and 9000.
  static constexpr ByteArray<22> octets{0x3b, 0x9f, 0x96, 0x80, 0x1f, 0xc7, 0x80, 0x31, 0xe0, 0x73, 0xfe,
                                        0x21, 0x13, 0x63, 's',  'i',  'm',  0x83, 0x07, 0x90, 0x00, 0x00};
  static const ByteArray<22> with_check = [] {
    ByteArray<22> out = octets;
    for (std::size_t i = 1; i + 1 < out.size(); ++i)
      out.back() = static_cast<std::uint8_t>(out.back() ^ out[i]);
    return out;
  }();
  return with_check;
}

void Uicc::reset() {
  sessions_.fill(std::nullopt);
  sessions_[0].emplace();
  gsm_session_ = {};
  session_ = nullptr;
  wipe(held_);
  pin_verified_ = false;
}

// CLA INS P1 P2, and P3 where it is not left out (case 1). With data a Le may follow: T=0 has none, and GET
// RESPONSE says it.
std::optional<StatusWord> Uicc::parse(ByteView octets, Command& command) {
  if (octets.size() < 4) return sw::wrong_length;
  command = {octets[0], octets[1], octets[2], octets[3], 0, {}, octets[0] == gsm_class};
  if (octets.size() > 4) command.p3 = octets[4];
  const std::size_t behind = octets.size() > 5 ? octets.size() - 5 : 0;
  if (!has_data(command.ins)) return behind == 0 ? std::nullopt : std::optional(sw::wrong_length);
  if (behind != command.p3 && behind != command.p3 + 1U) return sw::wrong_length;
  command.data = octets.subspan(std::min<std::size_t>(5, octets.size()), command.p3);
  return std::nullopt;
}

Bytes Uicc::transmit(ByteView octets) {
  Command command;
  changed_ = false;
  const auto refusal = parse(octets, command);
  Answer answer = refusal ? Answer(*refusal) : run(command);
  if (changed_ && !keep_(data_)) {
    wipe(answer.data);
    answer = sw::memory_problem;
  }
  return finish(command, std::move(answer));
}

Bytes Uicc::finish(const Command& command, Answer answer) {
  // What is held waits for the very next command only.
  if (command.ins != response) wipe(held_);
  StatusWord word = command.gsm ? as_gsm(answer.word) : answer.word;
  Bytes out;
  out.reserve(answer.data.size() + 2);
  if (answer.held) {
    word = static_cast<StatusWord>((command.gsm ? gsm_sw::held : sw::held) | (answer.data.size() & 0xffU));
    held_ = std::move(answer.data);
  } else {
    out = std::move(answer.data);
  }
  out.push_back(static_cast<std::uint8_t>(word >> 8));
  out.push_back(static_cast<std::uint8_t>(word));
  return out;
}

Uicc::Answer Uicc::run(const Command& command) {
  const unsigned kind = command.cla & 0xf0U;
  if (!command.gsm && kind != 0x00 && kind != 0x80) return sw::unknown_class;
  if (!command.gsm && (command.cla & 0x0cU) != 0) return sw::no_secure_messaging;
  auto& own = sessions_[command.cla & 0x03U];
  if (!command.gsm && !own) return sw::no_channel;
  session_ = command.gsm ? &gsm_session_ : &*own;
  const bool proprietary = command.ins == status_of || command.ins == terminal_capability;
  if (!command.gsm && (kind == 0x80) != proprietary) return sw::unknown_class;
  switch (command.ins) {
    case response:
      return get_response(command);
    case channel:
      return command.gsm ? Answer(sw::unknown_instruction) : manage_channel(command);
    case terminal_capability:
      return command.gsm ? sw::unknown_instruction : sw::success;
    case authentication:
      return authenticate(command);
    case verify_pin:
    case change:
    case disable:
    case enable:
    case unblock_pin:
      return pin_command(command);
    default:
      return file_command(command);
  }
}

Uicc::Answer Uicc::file_command(const Command& command) {
  switch (command.ins) {
    case select_file:
      return select(command);
    case status_of:
      return status(command);
    case read:
      return read_binary(command);
    case update:
      return update_binary(command);
    case read_one:
      return read_record(command);
    case update_one:
      return update_record(command);
    case search:
      return command.gsm ? Answer(sw::unknown_instruction) : search_record(command);
    default:
      return sw::unknown_instruction;
  }
}

Uicc::Answer Uicc::pin_command(const Command& command) {
  // P2: PIN 1 of the application; a SIM calls it CHV1, and 00 when it unblocks it.
  const std::uint8_t wanted = command.gsm && command.ins == unblock_pin ? 0x00 : 0x01;
  if (command.p1 != 0) return sw::wrong_p1_p2;
  if (command.p2 != wanted) return sw::no_such_reference;
  switch (command.ins) {
    case verify_pin:
      return verify(command);
    case change:
      return change_pin(command);
    case disable:
      return enable_pin(command, false);
    case enable:
      return enable_pin(command, true);
    default:
      return unblock(command);
  }
}

Uicc::Answer Uicc::get_response(const Command& command) {
  if (command.p1 != 0 || command.p2 != 0) return sw::wrong_p1_p2;
  if (held_.empty()) return sw::not_allowed;
  const std::size_t wanted = command.p3 == 0 ? 256 : command.p3;
  if (wanted > held_.size()) return static_cast<StatusWord>(sw::exact_length | held_.size());
  Bytes part(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(wanted));
  Bytes rest(held_.begin() + static_cast<std::ptrdiff_t>(wanted), held_.end());
  wipe(held_);
  held_ = std::move(rest);
  Answer answer(std::move(part), false);
  if (!held_.empty())
    answer.word = static_cast<StatusWord>((command.gsm ? gsm_sw::held : sw::held) | held_.size());
  return answer;
}

// TS 102 221 11.1.17: a new channel begins at the MF, or where the channel that opens it stands.
Uicc::Answer Uicc::manage_channel(const Command& command) {
  if (command.p1 == 0x80) {
    if (command.p2 == 0 || command.p2 >= channels) return sw::wrong_p1_p2;
    if (!sessions_[command.p2]) return sw::no_channel;
    sessions_[command.p2].reset();
    return sw::success;
  }
  if (command.p1 != 0 || command.p2 != 0) return sw::wrong_p1_p2;
  if (command.p3 != 1) return static_cast<StatusWord>(sw::exact_length | 1U);
  for (unsigned i = 1; i < channels; ++i) {
    if (sessions_[i]) continue;
    sessions_[i] = (command.cla & 0x03U) == 0 ? Session{} : *session_;
    return {Bytes{static_cast<std::uint8_t>(i)}, false};
  }
  return sw::no_channel;
}

}  // namespace simbiont::usim
