// Cancel-Location, TS 29.272 5.2.1.2, as the HSS owes it.
#pragma once

#include "hss/owed.h"

namespace simbiont::hss {

class ClrProcedure final : public OwedRequests {
 public:
  explicit ClrProcedure(Services& services) : OwedRequests(services, "clr", false) {}

 private:
  Result<std::vector<Debt>> read(std::int64_t after_id, std::size_t limit) override;
  bool encode(const Debt& debt, const diameter::Routing& routing, diameter::Ids ids, Bytes& out) override;
  std::optional<diameter::ResultCode> result_of(ByteView answer) override;
  store::Change settled(std::int64_t id) override { return store::SettleClr{id}; }

  bool is_obsolete(const store::OwedClr& row);
};

}  // namespace simbiont::hss
