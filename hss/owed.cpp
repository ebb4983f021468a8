#include "hss/owed.h"

#include <algorithm>
#include <unordered_set>

#include "hss/log.h"

namespace simbiont::hss {
namespace {

bool is_answer_of_node(const diameter::Header& header, const diameter::ResultCode& code) {
  if ((header.flags & diameter::Header::error_bit) != 0) return false;
  return code.experimental || code.value / 1000 != 3;
}

std::string debtor(const Debt& debt) { return debt.host() + '|' + std::to_string(debt.imsi().key()); }

}  // namespace

const std::string& OwedRequests::realm_of(const Debt& debt) {
  return std::visit([](const auto& each) -> const std::string& { return each.realm; }, debt.row);
}

// A scan under way goes to its end first, then starts again from the first row.
void OwedRequests::rescan() {
  if (scan_)
    again_ = true;
  else
    cursor_ = 0;
  scan_ = true;
}

void OwedRequests::reset() {
  owed_.clear();
  sent_.clear();
  cursor_ = 0;
  again_ = false;
  scan_ = true;
}

void OwedRequests::on_time() {
  if (scan_) read_rows();
  send_due();
}

void OwedRequests::read_rows() {
  auto rows = read(cursor_, page);
  if (!rows) {
    log(LogLevel::error, "owed-" + name_ + "-unreadable", {{"reason", rows.error().message}});
    return;
  }
  for (Debt& debt : *rows) {
    if (owed_.size() >= max_owed) return;  // goes on when some are settled
    cursor_ = debt.id();
    if (services_.routes.find(debt.host())) owed_.try_emplace(cursor_, std::move(debt));
  }
  if (rows->size() == page) return;
  scan_ = again_;
  if (again_) cursor_ = 0;
  again_ = false;
}

void OwedRequests::send_due() {
  const MonotonicMs now = services_.clock.monotonic_ms();
  std::size_t sent = 0;
  std::unordered_set<std::string> waiting;  // who has one before
  for (auto next = owed_.begin(); next != owed_.end() && sent < page;) {
    Debt& debt = next->second;
    const auto link = services_.routes.find(debt.host());
    if (!link && !debt.settling) {
      next = owed_.erase(next);  // it waits in the store
      continue;
    }
    ++next;
    const bool its_turn = !in_order_ || waiting.insert(debtor(debt)).second;
    if (!its_turn || debt.settling || debt.due > now) continue;
    send(debt, *link);
    ++sent;
  }
}

void OwedRequests::send(Debt& debt, LinkId link) {
  const diameter::Identity& self = services_.config.self;
  const std::string session = self.host + ";" + std::to_string(services_.clock.unix_ms() / 1000) + ";" +
                              std::to_string(++sessions_) + ";" + name_ + std::to_string(debt.id());
  const diameter::Ids ids = services_.outlet.next_ids(link);
  Bytes message;
  if (!encode(debt, {session, self.host, self.realm, debt.host(), realm_of(debt)}, ids, message))
    return settle(debt, "overtaken");
  const std::int64_t pause = std::min(first_retry_ms << std::min(debt.attempts, 6U), last_retry_ms);
  debt.due = services_.clock.monotonic_ms() + pause;
  ++debt.attempts;
  std::erase_if(sent_, [&](const auto& earlier) { return earlier.second == debt.id(); });
  sent_[{link, ids.hop_by_hop}] = debt.id();
  services_.outlet.send(link, message);
  log_about(debt, "-sent", "attempt", std::to_string(debt.attempts));
}

bool OwedRequests::on_answer(LinkId link, ByteView frame) {
  const diameter::Header header = diameter::read_header(frame);
  const auto sent = sent_.find({link, header.hop_by_hop});
  if (sent == sent_.end()) return false;
  const auto owed = owed_.find(sent->second);
  sent_.erase(sent);
  if (owed == owed_.end() || owed->second.settling) return true;
  const auto code = result_of(frame);
  if (code && is_answer_of_node(header, *code)) {
    settle(owed->second, *code == diameter::result::success ? "answered" : "refused by the node");
  } else {
    log(LogLevel::warn, name_ + "-undelivered",
        {{"host", owed->second.host()}, {"result", code ? std::to_string(code->value) : "malformed"}});
  }
  return true;
}

void OwedRequests::settle(Debt& debt, const char* why) {
  debt.settling = true;
  log_about(debt, "-settled", "why", why);
  services_.committer.submit({settled(debt.id())}, [this, id = debt.id()](const Status& status) {
    if (status.ok() || status.error().code == Errc::not_found) {
      owed_.erase(id);
      return;
    }
    if (const auto kept = owed_.find(id); kept != owed_.end()) kept->second.settling = false;
  });
}

// What was sent there is unanswered; it goes out again as soon as its host is back.
void OwedRequests::link_down(LinkId link) {
  for (auto next = sent_.lower_bound({link, 0}); next != sent_.end() && next->first.first == link;) {
    if (const auto owed = owed_.find(next->second); owed != owed_.end()) owed->second.due = 0;
    next = sent_.erase(next);
  }
}

void OwedRequests::log_about(const Debt& debt, const char* what, const char* key,
                             const std::string& value) const {
  const bool of_all = debt.imsi() == Imsi::from_key(0);
  log(LogLevel::info, name_ + what,
      {{"imsi", of_all ? std::string("-") : debt.imsi().str()}, {"host", debt.host()}, {key, value}});
}

}  // namespace simbiont::hss
