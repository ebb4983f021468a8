// The identities of TS 23.003: IMSI (2.2), IMEI and IMEISV (6.2), PLMN (2.2, coded as TS 24.301 9.9.3.32).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace simbiont {

// 6 to 15 decimal digits; leading zeros count, so the length is part of the value.
class Imsi {
 public:
  static Result<Imsi> parse(std::string_view digits);
  // From key(); the caller vouches that key() made it.
  static Imsi from_key(std::uint64_t key) { return Imsi(key); }

  std::string str() const;
  // Length in the top 4 bits, digits as an integer below: unique per IMSI, never 0.
  std::uint64_t key() const { return key_; }

  friend auto operator<=>(const Imsi&, const Imsi&) = default;

 private:
  explicit Imsi(std::uint64_t key) : key_(key) {}
  std::uint64_t key_;
};

// An IMEI as identity: the 14 digits TAC and SNR. The 15th digit is a check digit or, as signalling sends it,
// 0; an IMEISV's last two are a software version. Neither takes part in a comparison.
class Imei {
 public:
  // What a person or a file writes: 14 digits, 15 with the check digit right or 0, or 16 (IMEISV).
  static Result<Imei> parse(std::string_view digits);
  // What ULR and NOR carry: 14 to 16 digits, of which the first 14 count, whatever the check digit; nullopt
  // for anything else.
  static std::optional<Imei> from_signalling(std::string_view text);
  static Imei from_key(std::uint64_t key) { return Imei(key); }

  std::string digits14() const;
  std::string str() const;  // 15 digits, with the check digit
  std::uint32_t tac() const { return static_cast<std::uint32_t>(key_ / 1'000'000); }
  std::uint64_t key() const { return key_; }  // the 14 digits as an integer

  friend auto operator<=>(const Imei&, const Imei&) = default;

 private:
  explicit Imei(std::uint64_t key) : key_(key) {}
  std::uint64_t key_;
};

// Three octets as received; KASME is derived from exactly these (TS 33.401 A.2).
struct Plmn {
  ByteArray<3> octets{};

  // "262-01", "26201" or "310410"; a two-digit MNC is coded with filler F.
  static Result<Plmn> parse(std::string_view text);
  std::string str() const;  // "262-01"; for octets that are not digits, their hexadecimal form

  friend bool operator==(const Plmn&, const Plmn&) = default;
};

bool all_digits(std::string_view text);

}  // namespace simbiont

template <>
struct std::hash<simbiont::Imsi> {
  std::size_t operator()(const simbiont::Imsi& imsi) const noexcept {
    return static_cast<std::size_t>(imsi.key() * 0x9E3779B97F4A7C15U);
  }
};
template <>
struct std::hash<simbiont::Imei> {
  std::size_t operator()(const simbiont::Imei& imei) const noexcept {
    return static_cast<std::size_t>(imei.key() * 0x9E3779B97F4A7C15U);
  }
};
