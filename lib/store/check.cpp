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
  const bool in_token = kme.use == binding::KeyUse::token;
  binding::EpochNumber last = 0;
  if (kme.epochs.size() > epoch_limit) {
    return malformed("a KME has at most " + std::to_string(epoch_limit) + " epochs");
  }
  for (const auto& epoch : kme.epochs) {
    if (epoch.number <= last || !fits(epoch.number)) return malformed("epochs rise, from 1");
    last = epoch.number;
    if (epoch.token ? !in_token || !epoch.key.empty() : in_token && !epoch.key.empty())
      return malformed("the keys of a KME lie in a token, or none does");
    if (epoch.token && (epoch.token->id.empty() || epoch.token->id.size() > token_id_limit))
      return malformed("a token's key has an id of 1 to 64 octets");
    if (epoch.token || epoch.key.size() == size || (epoch.key.empty() && !binding::usable(epoch.state)))
      continue;
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

Status check_pool_name(std::string_view name) {
  const bool known = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (known && !name.empty() && name.size() <= 64) return {};
  return malformed("a pool's name is 1 to 64 of A-Z a-z 0-9 . _ -");
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
    if (fits(c.device.first_epoch)) return {};
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
    if (c.binding.learning.tacs.size() > tac_limit) {
      return malformed("more than " + std::to_string(tac_limit) + " TAC ranges");
    }
    return check_associations(c.binding.associations);
  }
  Status operator()(const PutPool& c) const {
    if (auto status = check_pool_name(c.pool.name); !status) return status;
    if (c.pool.imeis.size() > pool_limit) {
      return malformed("a pool has at most " + std::to_string(pool_limit) + " devices");
    }
    const auto& imeis = c.pool.imeis;
    const auto descends = [](const Imei& a, const Imei& b) { return b <= a; };
    if (std::adjacent_find(imeis.begin(), imeis.end(), descends) == imeis.end()) return {};
    return malformed("a pool's devices rise, none twice");
  }
  Status operator()(const PutRegistration& c) const {
    const std::string& number = c.registration.sgsn_number;
    if (number.size() > 15 || !all_digits(number)) return malformed("an SGSN number is at most 15 digits");
    return check_names(c.registration.host, c.registration.realm);
  }
  Status operator()(const PutVectorNode& c) const { return check_names(c.node.host, c.node.realm); }
  Status operator()(const OweClr& c) const { return check_names(c.clr.host, c.clr.realm); }
  Status operator()(const PutSupplier& c) const {
    const Supplier& s = c.supplier;
    if (auto status = check_supplier_name(s.name); !status) return status;
    const std::size_t size = s.transport_key.size();
    if (size != 0 && size != 32) return malformed("a transport key is 32 octets");
    const bool fits = s.verifying_key.size() <= public_key_limit &&
                      s.encryption_key.size() <= public_key_limit && s.kme_prefix.size() <= text_limit &&
                      s.scope.size() <= scope_limit;
    return fits ? Status() : malformed("a supplier's public key, prefix or ranges are too long");
  }

  Status operator()(const OweUpdate& c) const {
    if (c.update.contexts.size() > context_limit) return malformed("too many Context-Identifiers");
    return check_names(c.update.host, c.update.realm);
  }
  Status operator()(const PutHistory& c) const {
    if (!fits(c.entry.count)) return malformed("a count has 63 bits");
    return check_names(c.entry.host, c.entry.plmn);
  }
  Status operator()(const AddEvent& c) const { return check_names(c.event.kind, c.event.imsi); }
  Status operator()(const PutJob& c) const {
    if (auto status = check_name("name", c.job.name); !status) return status;
    if (auto status = check_name("digest", c.job.digest); !status) return status;
    if (auto status = check_name("started_by", c.job.started_by); !status) return status;
    return c.job.id > 0 && c.job.rows <= job_row_limit
               ? Status()
               : malformed("a job has an id and at most " + std::to_string(job_row_limit) + " rows");
  }
  Status operator()(const AddJobRows& c) const {
    for (const JobRow& row : c.rows) {
      if (row.number == 0 || row.number > job_row_limit || !fits(row.line) ||
          row.fields.size() > job_fields_limit)
        return malformed("a row of a job has a number from 1 and at most " +
                         std::to_string(job_fields_limit) + " octets");
    }
    return {};
  }
  Status operator()(const PutSyncReport& c) const { return check_names(c.report.source, c.report.input); }
  Status operator()(const AddSyncItem& c) const {
    if (c.item.number == 0 || c.item.number > sync_item_limit)
      return malformed("a report has at most " + std::to_string(sync_item_limit) + " items");
    return check_names(c.item.imsi, c.item.imei);
  }
  Status operator()(const PutSyncNamed& c) const { return check_name("source", c.named.source); }
  Status operator()(const PutEpoch& c) const {
    if (c.epoch.number == 0 || !fits(c.epoch.number)) return malformed("an epoch is a number from 1");
    const bool erasable = !binding::usable(c.epoch.state) && c.epoch.state != binding::EpochState::staged;
    const std::size_t size = c.epoch.key.size();
    if (size == 16 || size == 32 || (size == 0 && erasable)) return {};
    return malformed("K_ME is 16 or 32 octets");
  }
  Status operator()(const SetChallenge& c) const { return check_epoch(c.epoch); }
  Status operator()(const ConfirmEpoch& c) const { return check_epoch(c.epoch); }
  Status operator()(const RefuseProof& c) const { return check_epoch(c.epoch); }
  Status operator()(const AddReceipt& c) const {
    if (c.receipt.imsis.size() > receipt_imsi_limit || c.receipt.epochs.size() > epoch_limit)
      return malformed("a receipt is too long");
    return check_name("KME", c.receipt.kme);
  }
  static Status check_epoch(binding::EpochNumber epoch) {
    return epoch != 0 && fits(epoch) ? Status() : Status(malformed("an epoch is a number from 1"));
  }
  Status operator()(const AppendAudit& c) const {
    for (const std::string* text : {&c.entry.user, &c.entry.role, &c.entry.via, &c.entry.outcome})
      if (auto status = check_name("a name in an audit entry", *text); !status) return status;
    return c.entry.action.size() <= text_limit ? Status() : Status(malformed("an action is too long"));
  }
  Status operator()(const PutApproval& c) const {
    if (auto status = check_names(c.approval.user, c.approval.method); !status) return status;
    if (c.approval.body.size() <= approval_text_limit && c.approval.path.size() <= text_limit) return {};
    return malformed("what is to be approved is too long");
  }
  Status operator()(const DecideApproval& c) const {
    if (c.state == Approval::State::pending) return malformed("a decision is no pending one");
    if (c.answer.size() > approval_text_limit) return malformed("the answer is too long to be kept");
    return check_name("a custodian's name", c.by);
  }
  Status operator()(const PutSetting& c) const { return check_names(c.name, c.value); }
  template <class Other>
  Status operator()(const Other&) const {
    return {};
  }
};

}  // namespace

Status check(const Change& change) { return std::visit(Checker{}, change); }

void join_debts(const OwedUpdate& old, OwedUpdate& fresh) {
  fresh.parts |= old.parts;
  for (const std::uint32_t number : old.contexts) {
    const auto& all = fresh.contexts;
    if (std::find(all.begin(), all.end(), number) == all.end() && all.size() < context_limit)
      fresh.contexts.push_back(number);
  }
  std::sort(fresh.contexts.begin(), fresh.contexts.end());
}

Error no_subscriber(const Imsi& imsi) { return error(Errc::not_found, "no subscriber " + imsi.str()); }
Error no_device(const Imei& imei) { return error(Errc::not_found, "no device " + imei.str()); }
Error no_supplier(std::string_view name) {
  return error(Errc::not_found, "no supplier " + std::string(name));
}
Status check_supplier_name(std::string_view name) {
  if (binding::check_kme_id(name)) return {};
  return malformed("a supplier's name is 1 to 64 of A-Z a-z 0-9 . _ : -, and no key");
}
Error no_kme(std::string_view id) { return error(Errc::not_found, "no KME " + std::string(id)); }
Error no_job(std::int64_t id) { return error(Errc::not_found, "no job " + std::to_string(id)); }
Error no_sync_report(std::int64_t id) {
  return error(Errc::not_found, "no sync report " + std::to_string(id));
}
Error no_pool(std::string_view name) { return error(Errc::not_found, "no pool " + std::string(name)); }
Error pool_in_use(std::string_view name) {
  return error(Errc::refused, "IMSIs are bound to pool " + std::string(name) + " or learn from it");
}
Error pooled(const Imei& imei, std::string_view pool) {
  return error(Errc::refused, "device " + imei.str() + " is in pool " + std::string(pool));
}
Error too_many_nodes(const Imsi& imsi) {
  return error(Errc::refused, "IMSI " + imsi.str() + ": " + std::to_string(vector_node_limit) +
                                  " nodes may hold plain vectors of it already");
}
Error not_pending(std::int64_t approval) {
  return error(Errc::refused, "approval " + std::to_string(approval) + " is not pending");
}

AuditEntry as_appended(AuditEntry entry, const AuditHead& head) {
  for (std::string* text : {&entry.arguments, &entry.before, &entry.after}) {
    if (text->size() <= audit_text_limit) continue;
    text->resize(audit_text_limit);
    *text += "...";
  }
  entry.id = head.id + 1;
  entry.hash = chained(head.hash, entry);
  return entry;
}

Error exists_already(std::string_view what) {
  return error(Errc::already_exists, std::string(what) + " exists already");
}

}  // namespace simbiont::store
