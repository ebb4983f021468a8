// IDR, DSR and RSR (TS 29.272 5.2.2.1, 5.2.2.2, 5.2.4.1), as the HSS owes them to the nodes that serve a
// subscriber whose subscription changed, and to all nodes after a loss of data. What an IDR says is read when
// it is sent.
#pragma once

#include "hss/owed.h"

namespace simbiont::hss {

class UpdateProcedure final : public OwedRequests {
 public:
  explicit UpdateProcedure(Services& services) : OwedRequests(services, "update", true) {}

 private:
  Result<std::vector<Debt>> read(std::int64_t after_id, std::size_t limit) override;
  bool encode(const Debt& debt, const diameter::Routing& routing, diameter::Ids ids, Bytes& out) override;
  std::optional<diameter::ResultCode> result_of(ByteView answer) override;
  store::Change settled(std::int64_t id) override { return store::SettleUpdate{id}; }
};

}  // namespace simbiont::hss
