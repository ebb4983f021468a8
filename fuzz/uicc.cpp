// Commands to the software UICC, one after the other: an octet of length, then the command. Whatever comes,
// it answers with a status word and no more before it than an APDU holds, and its keys are not in what it
// says.
#include "usim/uicc.h"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace simbiont;

void must(bool holds) {
  if (!holds) std::abort();
}

usim::CardData personalised() {
  usim::CardData card;
  card.profile = {"001010000000001", *Secret::from_hex("465b5ce8b199b49faa5f0a2ee238a6bc"),
                  *Secret::from_hex("cd63cb71954a9f4e48a5994e37a02baf")};
  card.iccid = "8900001010000000017";
  card.pin1.value = *usim::Pin::padded("1234");
  card.pin1.puk = *usim::Pin::padded("12345678");
  return card;
}

bool holds(const Bytes& answer, ByteView secret) {
  return std::search(answer.begin(), answer.end(), secret.begin(), secret.end()) != answer.end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  usim::Uicc card(personalised(), [](const usim::CardData&) -> Status { return {}; });
  const ByteView k = card.data().profile.k.reveal(), opc = card.data().profile.opc.reveal();
  for (ByteView left(data, size); !left.empty();) {
    const std::size_t length = std::min<std::size_t>(left[0], left.size() - 1);
    const Bytes answer = card.transmit(left.subspan(1, length));
    must(answer.size() >= 2 && answer.size() <= 258);
    must(!holds(answer, k) && !holds(answer, opc));
    left = left.subspan(1 + length);
  }
  return 0;
}
