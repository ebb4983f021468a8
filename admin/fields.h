// The texts that people and files write for a subscriber, a KME, a device, and the values they mean: one
// place for CSV and JSON.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "base/csv.h"
#include "base/result.h"
#include "store/changes.h"
#include "store/records.h"

namespace simbiont::admin {

inline constexpr std::array<csv::Column, 9> subscriber_columns{
    {{"imsi", true}, {"k", true}, {"op"}, {"opc"}, {"amf"}, {"alg"}, {"sqn"}, {"msisdn"}, {"apn"}}};
inline constexpr std::array<csv::Column, 3> kme_columns{{{"id", true}, {"algorithm"}, {"key", true}}};
inline constexpr std::array<csv::Column, 2> device_columns{{{"imei", true}, {"kme", true}}};
inline constexpr std::array<csv::Column, 3> binding_columns{{{"imsi", true}, {"imei", true}, {"mode"}}};

inline constexpr std::string_view default_apn = "internet";

// As the columns; empty where absent. Defaults: amf 8000, alg milenage, sqn 0, apn internet.
struct SubscriberText {
  std::string_view imsi, k, op, opc, amf, alg, sqn, msisdn, apn;
};
Result<store::Subscriber> parse_subscriber(const SubscriberText& text);

Result<Secret> parse_key(std::string_view column, std::string_view hex, std::size_t octets);
// 16 octets, for tuak 16 or 32.
Result<Secret> parse_k(aka::Algorithm algorithm, std::string_view hex);
// OPc (TOPc) from either of op and opc; OP itself is kept nowhere (TS 35.206 4.1). For xor neither is given.
Result<Secret> parse_opc(aka::Algorithm algorithm, const Secret& k, std::string_view op,
                         std::string_view opc);
Result<aka::Algorithm> parse_alg(std::string_view name);  // empty for milenage
Result<aka::Amf> parse_amf(std::string_view hex);
// The last SQN used, decimal, 48 bits; gives the SEQ it lies in.
Result<std::uint64_t> parse_sqn(std::string_view decimal);
Result<std::string> parse_msisdn(std::string_view digits);
Result<std::vector<std::string>> parse_apns(std::string_view names);  // several with ';'
Status check_apn(std::string_view name);

// Epoch 1, ACTIVE. algorithm: empty for aes128.
Result<binding::Kme> parse_kme(std::string_view id, std::string_view algorithm, std::string_view key);
Result<binding::TransformAlgorithm> parse_algorithm(std::string_view name);
Result<binding::Mode> parse_mode(std::string_view name);  // empty for enforce

}  // namespace simbiont::admin
