// f1 to f5* of one RAND, whichever algorithm the card has (TS 33.102 6.3).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::usim {

struct Profile;

enum class Algorithm : std::uint8_t { milenage, tuak, xor_test };
std::string_view name(Algorithm);  // "milenage", "tuak", "xor"
std::optional<Algorithm> algorithm(std::string_view);

// Whether K and OPc (TOPc) have the sizes that the algorithm wants.
bool keys_fit(const Profile& profile);

class Functions {
 public:
  virtual ~Functions() = default;

  struct Answer {
    ByteArray<8> res{};  // f2
    Block ck{}, ik{};    // f3, f4
    ByteArray<6> ak{};   // f5
    Answer() = default;
    Answer(const Answer&) = default;
    Answer& operator=(const Answer&) = default;
    ~Answer();
  };
  virtual ByteArray<8> f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const = 0;       // MAC-A
  virtual ByteArray<8> f1_star(const ByteArray<6>& sqn, const ByteArray<2>& amf) const = 0;  // MAC-S
  virtual Answer f2_f5() const = 0;
  virtual ByteArray<6> f5_star() const = 0;
};

// keys_fit() (assert).
std::unique_ptr<Functions> functions_of(const Profile& profile, const Block& rand);

}  // namespace simbiont::usim
