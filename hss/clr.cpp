#include "hss/clr.h"

namespace simbiont::hss {
namespace {

// The node that was left behind has come back: an update's CLR would cancel what is wanted now. Every other
// CLR is owed for the sake of the vectors it destroys, and a registration in between does not destroy them.
bool overtaken(const store::OwedClr& row, const store::Registration& registration) {
  return row.cancellation_type != diameter::cancellation::subscription_withdrawal &&
         (row.clr_flags & diameter::clr_flag::reattach_required) == 0 && registration.since >= row.since;
}

}  // namespace

Result<std::vector<Debt>> ClrProcedure::read(std::int64_t after_id, std::size_t limit) {
  auto rows = services_.store.owed_clrs(after_id, limit);
  if (!rows) return rows.error();
  std::vector<Debt> debts;
  for (store::OwedClr& row : *rows) debts.push_back({std::move(row)});
  return debts;
}

bool ClrProcedure::encode(const Debt& debt, const diameter::Routing& routing, diameter::Ids ids, Bytes& out) {
  const auto& row = std::get<store::OwedClr>(debt.row);
  if (is_obsolete(row)) return false;
  const std::string imsi = row.imsi.str();
  diameter::encode_clr({routing, imsi, row.cancellation_type, row.clr_flags}, ids, out);
  return true;
}

std::optional<diameter::ResultCode> ClrProcedure::result_of(ByteView answer) {
  const auto decoded = diameter::decode_cla(answer);
  return decoded.message ? std::optional(decoded.message->code) : std::nullopt;
}

bool ClrProcedure::is_obsolete(const store::OwedClr& row) {
  const auto state = services_.store.subscriber(row.imsi);
  if (!state || !state->has_value()) return false;
  const bool s6a = (row.clr_flags & diameter::clr_flag::s6a_indicator) != 0;
  const auto& registration = (*state)->at(s6a ? store::ServingNode::mme : store::ServingNode::sgsn);
  return registration && same_host(registration->host, row.host) && overtaken(row, *registration);
}

}  // namespace simbiont::hss
