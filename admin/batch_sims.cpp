// K and OPc of SIMs, from their vendor.
#include <optional>
#include <set>

#include "admin/fields.h"
#include "admin/key_map.h"
#include "admin/supplier_batch.h"
#include "admin/supplier_scope.h"
#include "admin/wrapped_key.h"
#include "crypto/hmac.h"

namespace simbiont::admin {
namespace {

enum Column : std::uint8_t { imsi, alg, amf, wrap, wrapped_k, k_kcv, wrapped_opc, opc_kcv, sqn, msisdn, apn };

class SimBatch final : public Importer {
 public:
  SimBatch(const store::Supplier& supplier, bool resume)
      : supplier_(supplier), scope_(Scope::imsis(supplier.scope)), resume_(resume) {}

  std::span<const csv::Column> columns() const override { return sim_batch_columns; }

  Status check(const Row& row, store::Store& store) override {
    Reasons reasons;
    const auto sim = take(row, reasons);
    if (sim && !digests_.insert(crypto::sha256(sim->k.reveal())).second)
      reasons.add(Errc::already_exists, "its K is that of an earlier row");
    const auto id = Imsi::parse(row[imsi]);
    if (!id) return reasons.status();
    if (!seen_.insert(id->key()))
      reasons.add(Errc::already_exists, "IMSI " + id->str() + " stands in an earlier row");
    const auto old = store.subscriber(*id);
    if (!old) return old.error();
    if (*old && !(sim && is_there(**old, *sim)))
      reasons.add(Errc::already_exists, "subscriber " + id->str() + " exists");
    return reasons.status();
  }

  Status write(const Row& row, store::Store& store, Moment, store::Changes& changes,
               std::vector<std::string>&) override {
    Reasons reasons;
    auto sim = take(row, reasons);
    if (!reasons.none()) return reasons.status();
    if (resume_) {
      const auto old = store.has_subscriber(sim->imsi);
      if (!old) return old.error();
      if (*old) return {};
    }
    changes.push_back(store::PutSubscriber{*std::move(sim)});
    ++written_;
    return {};
  }

  std::string written() const override { return std::to_string(written_) + " SIMs"; }

 private:
  std::optional<store::Subscriber> take(const Row& row, Reasons& reasons) const {
    const auto id = Imsi::parse(row[imsi]);
    if (!id) reasons.add(id.error());
    if (id && (!scope_ || !scope_->covers(*id)))
      reasons.add(Errc::refused, "IMSI " + id->str() + " begins as none that the supplier may name");
    const auto algorithm = parse_alg(row[alg]);
    if (!algorithm) reasons.add(algorithm.error());
    auto k = open_wrapped(supplier_.transport_key, {"wrapped_k", row[wrap], row[wrapped_k], row[k_kcv]});
    if (!k) reasons.add(k.error());
    auto opc = take_opc(row, algorithm ? *algorithm : aka::Algorithm::milenage);
    if (!opc) reasons.add(opc.error());
    if (algorithm && k && !aka::fits_k(*algorithm, k->size()))
      reasons.add(Errc::refused, aka::key_rule(*algorithm));
    const auto amf_value = reasons.take(parse_amf(row[amf]));
    const auto seq = reasons.take(parse_sqn(row[sqn]));
    auto number = reasons.take(parse_msisdn(row[msisdn]));
    auto apns = reasons.take(parse_apns(row[apn]));
    if (!reasons.none()) return std::nullopt;
    return store::Subscriber{*id,       *algorithm, *std::move(k),     *std::move(opc),
                             amf_value, seq,        std::move(number), std::move(apns)};
  }

  Result<Secret> take_opc(const Row& row, aka::Algorithm algorithm) const {
    const std::size_t size = aka::opc_size(algorithm);
    if (size == 0) {
      if (row[wrapped_opc].empty() && row[opc_kcv].empty()) return Secret();
      return error(Errc::invalid_argument, "wrapped_opc is not for alg " + std::string(aka::name(algorithm)));
    }
    auto opc =
        open_wrapped(supplier_.transport_key, {"wrapped_opc", row[wrap], row[wrapped_opc], row[opc_kcv]});
    if (opc && opc->size() != size) return error(Errc::refused, std::string(aka::key_rule(algorithm)));
    return opc;
  }

  bool is_there(const store::SubscriberState& old, const store::Subscriber& sim) const {
    const store::Subscriber& s = old.subscriber;
    return resume_ && s.algorithm == sim.algorithm && s.k == sim.k && s.opc == sim.opc;
  }

  const store::Supplier supplier_;
  const Result<Scope> scope_;
  const bool resume_;
  KeySet seen_;
  std::set<ByteArray<32>> digests_;
  std::uint64_t written_ = 0;
};

}  // namespace

std::unique_ptr<Importer> import_sim_batch(const store::Supplier& supplier, bool resume) {
  return std::make_unique<SimBatch>(supplier, resume);
}

}  // namespace simbiont::admin
