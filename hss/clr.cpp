#include "hss/clr.h"

#include <algorithm>

#include "hss/log.h"

namespace simbiont::hss {
namespace {

// The MME that was left behind has come back: an update's CLR would cancel what is wanted now. Every other
// CLR is owed for the sake of the vectors it destroys, and a registration in between does not destroy them.
bool overtaken(const store::OwedClr& row, const store::Registration& registration) {
  return row.cancellation_type == diameter::cancellation::mme_update &&
         (row.clr_flags & diameter::clr_flag::reattach_required) == 0 && registration.since >= row.since;
}

bool is_answer_of_node(const diameter::Header& header, const diameter::ResultCode& code) {
  if ((header.flags & diameter::Header::error_bit) != 0) return false;
  return code.experimental || code.value / 1000 != 3;
}

}  // namespace

ClrProcedure::ClrProcedure(Services& services) : services_(services) {
  services_.routes.watch([this] { rescan(); });
}

// A scan under way goes to its end first, then starts again from the first row.
void ClrProcedure::rescan() {
  if (scan_)
    again_ = true;
  else
    cursor_ = 0;
  scan_ = true;
}

void ClrProcedure::reset() {
  owed_.clear();
  sent_.clear();
  cursor_ = 0;
  again_ = false;
  scan_ = true;
}

void ClrProcedure::on_time() {
  if (scan_) read_rows();
  send_due();
}

void ClrProcedure::read_rows() {
  const auto rows = services_.store.owed_clrs(cursor_, page);
  if (!rows) {
    log(LogLevel::error, "owed-clrs-unreadable", {{"reason", rows.error().message}});
    return;
  }
  for (const store::OwedClr& row : *rows) {
    if (owed_.size() >= max_owed) return;  // goes on when some are settled
    cursor_ = row.id;
    if (services_.routes.find(row.host)) owed_.try_emplace(row.id, Owed{row, 0, 0, false});
  }
  if (rows->size() == page) return;
  scan_ = again_;
  if (again_) cursor_ = 0;
  again_ = false;
}

void ClrProcedure::send_due() {
  const MonotonicMs now = services_.clock.monotonic_ms();
  std::size_t sent = 0;
  for (auto next = owed_.begin(); next != owed_.end() && sent < page;) {
    Owed& owed = next->second;
    const auto link = services_.routes.find(owed.row.host);
    if (!link && !owed.settling) {
      next = owed_.erase(next);  // it waits in the store
      continue;
    }
    ++next;
    if (owed.settling || owed.due > now) continue;
    if (is_obsolete(owed.row)) {
      settle(owed, "registered again");
    } else {
      send(owed, *link);
    }
    ++sent;
  }
}

void ClrProcedure::send(Owed& owed, LinkId link) {
  const std::int64_t pause = std::min(first_retry_ms << std::min(owed.attempts, 6U), last_retry_ms);
  owed.due = services_.clock.monotonic_ms() + pause;
  ++owed.attempts;
  const diameter::Identity& self = services_.config.self;
  const std::string session = self.host + ";" + std::to_string(services_.clock.unix_ms() / 1000) + ";" +
                              std::to_string(++sessions_) + ";clr" + std::to_string(owed.row.id);
  const std::string imsi = owed.row.imsi.str();
  diameter::Clr clr;
  clr.routing = {session, self.host, self.realm, owed.row.host, owed.row.realm};
  clr.user_name = imsi;
  clr.cancellation_type = owed.row.cancellation_type;
  clr.flags = owed.row.clr_flags;

  const diameter::Ids ids = services_.outlet.next_ids(link);
  std::erase_if(sent_, [&](const auto& earlier) { return earlier.second == owed.row.id; });
  sent_[{link, ids.hop_by_hop}] = owed.row.id;
  Bytes message;
  diameter::encode_clr(clr, ids, message);
  services_.outlet.send(link, message);
  log(LogLevel::info, "clr-sent",
      {{"imsi", imsi},
       {"host", owed.row.host},
       {"type", std::to_string(owed.row.cancellation_type)},
       {"attempt", std::to_string(owed.attempts)}});
}

void ClrProcedure::on_answer(LinkId link, ByteView frame) {
  const diameter::Header header = diameter::read_header(frame);
  const auto sent = sent_.find({link, header.hop_by_hop});
  if (sent == sent_.end()) return;  // an answer to nothing we wait for: ignored (RFC 6733 6.2.1)
  const auto owed = owed_.find(sent->second);
  sent_.erase(sent);
  if (owed == owed_.end() || owed->second.settling) return;
  const auto decoded = diameter::decode_cla(frame);
  if (decoded.message && is_answer_of_node(header, decoded.message->code))
    return settle(owed->second, "answered");
  log(LogLevel::warn, "clr-undelivered",
      {{"imsi", owed->second.row.imsi.str()},
       {"host", owed->second.row.host},
       {"result", decoded.message ? std::to_string(decoded.message->code.value) : "malformed"}});
}

bool ClrProcedure::is_obsolete(const store::OwedClr& row) {
  const auto state = services_.store.subscriber(row.imsi);
  if (!state || !state->has_value()) return false;
  const auto& registration = (*state)->registration;
  return registration && same_host(registration->host, row.host) && overtaken(row, *registration);
}

void ClrProcedure::settle(Owed& owed, const char* why) {
  owed.settling = true;
  log(LogLevel::info, "clr-settled", {{"imsi", owed.row.imsi.str()}, {"host", owed.row.host}, {"why", why}});
  services_.committer.submit({store::SettleClr{owed.row.id}}, [this, id = owed.row.id](const Status& status) {
    if (status.ok() || status.error().code == Errc::not_found) {
      owed_.erase(id);
      return;
    }
    if (const auto kept = owed_.find(id); kept != owed_.end()) kept->second.settling = false;
  });
}

// What was sent there is unanswered; it goes out again as soon as its host is back.
void ClrProcedure::link_down(LinkId link) {
  for (auto next = sent_.lower_bound({link, 0}); next != sent_.end() && next->first.first == link;) {
    if (const auto owed = owed_.find(next->second); owed != owed_.end()) owed->second.due = 0;
    next = sent_.erase(next);
  }
}

}  // namespace simbiont::hss
