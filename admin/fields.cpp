#include "admin/fields.h"

#include <charconv>

#include "aka/functions.h"

namespace simbiont::admin {
namespace {

Error malformed(std::string message) { return error(Errc::invalid_argument, std::move(message)); }

bool apn_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

}  // namespace

Result<Secret> parse_key(std::string_view column, std::string_view hex, std::size_t octets) {
  auto key = Secret::from_hex(hex);
  if (key && key->size() == octets) return key;
  return malformed(std::string(column) + " is not " + std::to_string(2 * octets) + " hexadecimal digits");
}

Result<Secret> parse_k(aka::Algorithm algorithm, std::string_view hex) {
  auto key = Secret::from_hex(hex);
  if (key && aka::fits_k(algorithm, key->size())) return key;
  return malformed(algorithm == aka::Algorithm::tuak ? "k is not 32 or 64 hexadecimal digits"
                                                     : "k is not 32 hexadecimal digits");
}

Result<Secret> parse_opc(aka::Algorithm algorithm, const Secret& k, std::string_view op,
                         std::string_view opc) {
  const std::size_t size = aka::opc_size(algorithm);
  if (size == 0) {
    if (op.empty() && opc.empty()) return Secret();
    return malformed("op and opc are not for alg " + std::string(aka::name(algorithm)));
  }
  if (op.empty() == opc.empty())
    return malformed(op.empty() ? "op or opc is missing" : "op and opc are both given");
  auto key = op.empty() ? parse_key("opc", opc, size) : parse_key("op", op, size);
  if (!key || op.empty()) return key;
  return aka::opc_from_op(algorithm, k, *key);
}

Result<aka::Algorithm> parse_alg(std::string_view name) {
  if (name.empty()) return aka::Algorithm::milenage;
  if (const auto algorithm = aka::algorithm(name)) return *algorithm;
  return malformed("alg is not milenage, gsm-milenage, tuak or xor");
}

Result<aka::Amf> parse_amf(std::string_view hex) {
  aka::Amf amf{0x80, 0x00};
  if (!hex.empty() && !from_hex(hex, amf)) return malformed("amf is not 4 hexadecimal digits");
  return amf;
}

Result<std::uint64_t> parse_sqn(std::string_view decimal) {
  std::uint64_t value = 0;
  if (decimal.empty()) return value;
  const auto [end, failed] = std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
  if (failed != std::errc() || end != decimal.data() + decimal.size() || value >> 48 != 0) {
    return malformed("sqn is not a decimal number of 48 bits");
  }
  return aka::Sqn{value}.seq();
}

Result<std::string> parse_msisdn(std::string_view digits) {
  if (digits.size() > 15 || !all_digits(digits)) return malformed("msisdn is not 1 to 15 digits");
  return std::string(digits);
}

Status check_apn(std::string_view name) {
  // TS 23.003 9.1: labels of 63 octets, 100 octets in all.
  if (name.empty() || name.size() > 100) return malformed("an APN is 1 to 100 characters");
  for (const char c : name) {
    if (!apn_character(c)) return malformed("an APN holds letters, digits, '-', '.' and '_' only");
  }
  return {};
}

Result<std::vector<std::string>> parse_apns(std::string_view names) {
  std::vector<std::string> apns;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(';'), names.size());
    const std::string_view name = names.substr(0, end);
    if (auto status = check_apn(name); !status) return status.error();
    if (apns.size() == store::apn_limit)
      return malformed("more than " + std::to_string(apns.size()) + " APNs");
    apns.emplace_back(name);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  if (apns.empty()) apns.emplace_back(default_apn);
  return apns;
}

Result<store::Subscriber> parse_subscriber(const SubscriberText& text) {
  const auto imsi = Imsi::parse(text.imsi);
  if (!imsi) return imsi.error();
  const auto alg = parse_alg(text.alg);
  if (!alg) return alg.error();
  auto k = parse_k(*alg, text.k);
  if (!k) return k.error();
  auto opc = parse_opc(*alg, *k, text.op, text.opc);
  if (!opc) return opc.error();
  const auto amf = parse_amf(text.amf);
  if (!amf) return amf.error();
  const auto seq = parse_sqn(text.sqn);
  if (!seq) return seq.error();
  auto msisdn = parse_msisdn(text.msisdn);
  if (!msisdn) return msisdn.error();
  auto apns = parse_apns(text.apn);
  if (!apns) return apns.error();
  return store::Subscriber{*imsi, *alg, *std::move(k),      *std::move(opc),
                           *amf,  *seq, *std::move(msisdn), *std::move(apns)};
}

Result<binding::TransformAlgorithm> parse_algorithm(std::string_view name) {
  if (name.empty()) return binding::TransformAlgorithm::aes128;
  if (const auto algorithm = binding::transform_algorithm(name)) return *algorithm;
  return malformed("algorithm is not aes128, aes256 or aes128-imsi");
}

Result<binding::Kme> parse_kme(std::string_view id, std::string_view algorithm, std::string_view key) {
  if (auto status = binding::check_kme_id(id); !status) return status.error();
  const auto transform = parse_algorithm(algorithm);
  if (!transform) return transform.error();
  auto secret = parse_key("key", key, binding::key_size(*transform));
  if (!secret) return secret.error();
  return binding::Kme{std::string(id), *transform, {{1, binding::EpochState::active, *std::move(secret)}}};
}

Result<binding::Mode> parse_mode(std::string_view name) {
  if (name.empty()) return binding::Mode::enforce;
  if (const auto mode = binding::mode(name)) return *mode;
  return malformed("mode is not off, observe, learn or enforce");
}

}  // namespace simbiont::admin
