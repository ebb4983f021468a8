#include "aka/types.h"

namespace simbiont::aka {

std::string_view name(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::milenage:
      return "milenage";
    case Algorithm::gsm_milenage:
      return "gsm-milenage";
    case Algorithm::tuak:
      return "tuak";
    case Algorithm::xor_test:
      return "xor";
  }
  return {};
}

std::optional<Algorithm> algorithm(std::string_view text) {
  for (const Algorithm each :
       {Algorithm::milenage, Algorithm::gsm_milenage, Algorithm::tuak, Algorithm::xor_test})
    if (name(each) == text) return each;
  return std::nullopt;
}

bool fits_k(Algorithm algorithm, std::size_t octets) {
  return octets == 16 || (octets == 32 && algorithm == Algorithm::tuak);
}

std::size_t opc_size(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::milenage:
    case Algorithm::gsm_milenage:
      return 16;
    case Algorithm::tuak:
      return 32;
    case Algorithm::xor_test:
      return 0;
  }
  return 0;
}

std::string_view key_rule(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::tuak:
      return "K is 16 or 32 octets and TOPc is 32 (TS 35.231)";
    case Algorithm::xor_test:
      return "K is 16 octets, and there is no OPc (TS 34.108)";
    default:
      return "K and OPc are 16 octets (TS 35.206)";
  }
}

}  // namespace simbiont::aka
