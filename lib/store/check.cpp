#include "store/check.h"

#include <algorithm>
#include <limits>

namespace simbiont::store {
namespace {

Error malformed(std::string message) { return error(Errc::invalid_argument, std::move(message)); }

bool fits(std::uint64_t value) { return value <= std::numeric_limits<std::int64_t>::max(); }

Status check_name(std::string_view what, std::string_view text) {
  if (text.size() <= name_limit) return {};
  return malformed(std::string(what) + " is longer than " + std::to_string(name_limit) + " octets");
}

Status check_names(std::string_view host, std::string_view realm) {
  if (auto status = check_name("host", host); !status) return status;
  return check_name("realm", realm);
}

Status check_seq(std::uint64_t seq) {
  if (seq <= seq_limit) return {};
  return malformed("SEQ has 43 bits (TS 33.102 C.1.1.1)");
}

Status check_apns(const std::vector<std::string>& apns) {
  if (apns.size() > apn_limit) return malformed("more than " + std::to_string(apn_limit) + " APNs");
  for (const auto& apn : apns) {
    if (apn.empty() || apn.find(';') != std::string::npos) return malformed("an APN is empty or holds a ';'");
    if (auto status = check_name("APN", apn); !status) return status;
  }
  return {};
}

Status check_epochs(const binding::Kme& kme) {
  const std::size_t size = binding::key_size(kme.algorithm);
  binding::EpochNumber last = 0;
  for (const auto& epoch : kme.epochs) {
    if (epoch.number <= last || !fits(epoch.number)) return malformed("epochs rise, from 1");
    last = epoch.number;
    if (epoch.key.size() == size || (epoch.key.empty() && !binding::usable(epoch.state))) continue;
    return malformed("K_ME is " + std::to_string(size) + " octets for " + std::string(name(kme.algorithm)));
  }
  return {};
}

Status check_associations(const std::vector<binding::Association>& associations) {
  if (associations.size() > association_limit) {
    return malformed("more than " + std::to_string(association_limit) + " associations");
  }
  std::vector<Imei> imeis;
  for (const auto& association : associations) {
    imeis.push_back(association.imei);
    if (association.epoch == 0 || !fits(association.epoch)) return malformed("an epoch is a number from 1");
  }
  std::sort(imeis.begin(), imeis.end());
  const auto twice = std::adjacent_find(imeis.begin(), imeis.end());
  if (twice != imeis.end()) return malformed("IMEI " + twice->str() + " is associated twice");
  return {};
}

struct Checker {
  Status operator()(const PutSubscriber& c) const {
    const Subscriber& s = c.subscriber;
    if (!aka::fits_k(s.algorithm, s.k.size()) || s.opc.size() != aka::opc_size(s.algorithm))
      return malformed(std::string(aka::key_rule(s.algorithm)));
    if (s.msisdn.size() > 15 || !all_digits(s.msisdn)) return malformed("an MSISDN is at most 15 digits");
    if (auto status = check_seq(s.seq_high); !status) return status;
    return check_apns(s.apns);
  }
  Status operator()(const RaiseSeq& c) const { return check_seq(c.value); }
  Status operator()(const SetSeq& c) const { return check_seq(c.value); }
  Status operator()(const PutKme& c) const {
    if (auto status = binding::check_kme_id(c.kme.id); !status) return status;
    return check_epochs(c.kme);
  }
  Status operator()(const PutDevice& c) const {
    if (fits(c.device.confirmed_epoch)) return {};
    return malformed("an epoch is a number of 63 bits");
  }
  Status operator()(const PutBinding& c) const {
    if (c.binding.former.size() > former_limit) {
      return malformed("more than " + std::to_string(former_limit) + " former pairs");
    }
    for (const auto& pair : c.binding.former) {
      if (!fits(pair.epoch)) return malformed("an epoch is a number of 63 bits");
      if (auto status = binding::check_kme_id(pair.kme); !status) return status;
    }
    return check_associations(c.binding.associations);
  }
  Status operator()(const PutRegistration& c) const {
    return check_names(c.registration.host, c.registration.realm);
  }
  Status operator()(const PutVectorNode& c) const { return check_names(c.node.host, c.node.realm); }
  Status operator()(const OweClr& c) const { return check_names(c.clr.host, c.clr.realm); }
  Status operator()(const PutHistory& c) const {
    if (!fits(c.entry.count)) return malformed("a count has 63 bits");
    return check_names(c.entry.host, c.entry.plmn);
  }
  Status operator()(const AddEvent& c) const { return check_names(c.event.kind, c.event.imsi); }
  template <class Other>
  Status operator()(const Other&) const {
    return {};
  }
};

}  // namespace

Status check(const Change& change) { return std::visit(Checker{}, change); }

Error no_subscriber(const Imsi& imsi) { return error(Errc::not_found, "no subscriber " + imsi.str()); }
Error no_device(const Imei& imei) { return error(Errc::not_found, "no device " + imei.str()); }
Error no_kme(std::string_view id) { return error(Errc::not_found, "no KME " + std::string(id)); }
Error too_many_nodes(const Imsi& imsi) {
  return error(Errc::refused, "IMSI " + imsi.str() + ": " + std::to_string(vector_node_limit) +
                                  " nodes may hold plain vectors of it already");
}
Error exists_already(std::string_view what) {
  return error(Errc::already_exists, std::string(what) + " exists already");
}

}  // namespace simbiont::store
