// A card, and a terminal before it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "usim/uicc.h"

namespace simbiont::usim {

inline const char* const k_hex = "465b5ce8b199b49faa5f0a2ee238a6bc";
inline const char* const opc_hex = "cd63cb71954a9f4e48a5994e37a02baf";
inline const char* const rand_hex = "23553cbe9637a89d218ae64dae47bf35";

inline CardData personalised() {
  CardData card;
  card.profile = {"001010000000001", *Secret::from_hex(k_hex), *Secret::from_hex(opc_hex)};
  card.iccid = "8900001010000000017";
  card.pin1.value = *Pin::padded("1234");
  card.pin1.puk = *Pin::padded("12345678");
  return card;
}

// A terminal: hexadecimal in, hexadecimal out, GET RESPONSE done as T=0 wants it.
class Terminal {
 public:
  explicit Terminal(CardData data = personalised())
      : card(std::move(data), [this](const CardData& now) -> Status {
          if (broken) return error(Errc::io, "no room");
          kept = now;
          ++writes;
          return {};
        }) {}

  std::string raw(const std::string& command) { return to_hex(card.transmit(*from_hex(command))); }
  std::string send(const std::string& command) {
    std::string answer = raw(command);
    if (answer.starts_with("61") && answer.size() == 4) answer = raw("00c00000" + answer.substr(2));
    if (answer.starts_with("9f") && answer.size() == 4) answer = raw("a0c00000" + answer.substr(2));
    return answer;
  }
  void select_usim() { ASSERT_TRUE(send("00a4040407a0000000871002").ends_with("9000")); }

  bool broken = false;
  unsigned writes = 0;
  CardData kept;
  Uicc card;
};

}  // namespace simbiont::usim
