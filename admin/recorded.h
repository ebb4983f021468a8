// A Live for one call of a handler inside a transaction that is under way: what the handler would change is
// kept instead of committed, so that many calls become one transaction.
#pragma once

#include <iterator>
#include <utility>

#include "hss/live.h"

namespace simbiont::admin {

class Recorded final : public hss::Live {
 public:
  // Within a Decide of `live`.
  Recorded(store::Store& store, hss::Live& live) : store_(store), live_(live) {}

  store::Store& store() override { return store_; }
  UnixMs now() const override { return live_.now(); }
  Status transact(const Decide& decide) override {
    auto changes = decide(store_);
    if (!changes) return changes.error();
    changes_.insert(changes_.end(), std::make_move_iterator(changes->begin()),
                    std::make_move_iterator(changes->end()));
    return {};
  }
  Result<std::vector<std::string>> restore(const std::string&, const std::string&, std::int64_t,
                                           std::optional<store::AuditEntry>) override {
    return error(Errc::refused, "not within a job");
  }
  Status backup(const std::string&) override { return error(Errc::refused, "not within a job"); }
  hss::Custody& custody() override { return live_.custody(); }
  Status rotate(const hss::RotationTarget&) override { return error(Errc::refused, "not within a job"); }
  std::vector<std::string> reachable_hosts() override { return {}; }
  bool running() const override { return live_.running(); }

  store::Changes take() { return std::move(changes_); }

 private:
  store::Store& store_;
  hss::Live& live_;
  store::Changes changes_;
};

}  // namespace simbiont::admin
