#include "hss/peer_policy.h"

#include <algorithm>
#include <functional>
#include <random>

#include "diameter/message.h"
#include "hss/log.h"
#include "hss/node_table.h"

namespace simbiont::hss {
namespace {

namespace avp = diameter::avp;
namespace result = diameter::result;

using diameter::Avp;

constexpr std::int64_t second_ms = 1000, minute_ms = 60'000;

std::uint64_t random_u64() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

bool is_air(ByteView frame) {
  return diameter::read_header(frame).command == static_cast<std::uint32_t>(diameter::Command::air);
}
bool is(const Avp& found, const diameter::AvpDef& def) {
  return found.code == def.code && found.vendor == def.vendor;
}

// The first AVP of a request of which `wanted` is true.
template <class Wanted>
std::optional<Avp> find_avp_if(ByteView octets, Wanted&& wanted) {
  diameter::AvpReader reader(octets);
  while (auto found = reader.next())
    if (wanted(*found)) return found;
  return std::nullopt;
}
ByteView avps_of(ByteView frame) { return frame.subspan(diameter::header_size); }

bool has_resync(ByteView frame) {
  const auto is_resync = [](const Avp& inner) { return is(inner, avp::re_synchronization_info); };
  return find_avp_if(avps_of(frame),
                     [&](const Avp& outer) {
                       return (is(outer, avp::requested_eutran_authentication_info) ||
                               is(outer, avp::requested_utran_geran_authentication_info)) &&
                              find_avp_if(outer.data, is_resync).has_value();
                     })
      .has_value();
}

// 0, which is no IMSI's: there is none. Nobody's vectors are made for it.
std::uint64_t imsi_key(ByteView frame) {
  const auto name = find_avp_if(avps_of(frame), [](const Avp& each) { return is(each, avp::user_name); });
  const auto imsi = name ? Imsi::parse(as_text(name->data)) : Result<Imsi>(error(Errc::not_found, ""));
  return imsi ? imsi->key() : 0;
}

}  // namespace

PeerPolicy::PeerPolicy(const RateLimits& limits, const Clock& clock)
    : limits_(limits),
      clock_(clock),
      air_peers_(peer_places, random_u64()),
      air_imsis_(imsi_places, random_u64()),
      auts_peers_(peer_places, random_u64()),
      auts_imsis_(imsi_places, random_u64()),
      watches_(limits.air_per_peer_s != 0 || limits.air_per_imsi_min != 0) {}

void PeerPolicy::open(LinkId link, std::string_view host, const PeerRule* rule) {
  last_ = nullptr;
  const std::string name = folded(host);
  links_[link] = {name, std::hash<std::string>()(name), rule};
  watches_ = watches_ || rule != nullptr;
}

void PeerPolicy::close(LinkId link) {
  last_ = nullptr;
  links_.erase(link);
}

PeerPolicy::Link& PeerPolicy::find(LinkId link) {
  if (last_ == nullptr || last_link_ != link) {
    last_ = &links_[link];
    last_link_ = link;
  }
  return *last_;
}

std::optional<PeerPolicy::Verdict> PeerPolicy::judge(LinkId id, ByteView frame) {
  Link& link = find(id);
  auto verdict = judge_rule(link, frame);
  if (!verdict && is_air(frame)) verdict = judge_air_rate(link, frame);
  if (verdict) warn(link, *verdict);
  return verdict;
}

// An AVP that comes twice is judged twice: whichever a procedure would believe, it was allowed.
std::optional<PeerPolicy::Verdict> PeerPolicy::judge_rule(const Link& link, ByteView frame) const {
  if (link.rule == nullptr) return std::nullopt;
  const PeerRule& rule = *link.rule;
  diameter::AvpReader reader(avps_of(frame));
  while (const auto each = reader.next()) {
    if (is(*each, avp::origin_host)) {
      if (!rule.may_bring_others() && !same_host(as_text(each->data), link.host))
        return Verdict{result::unknown_peer, "another's Origin-Host"};
    } else if (is(*each, avp::user_name)) {
      if (!rule.may_ask_for(as_text(each->data)))
        return Verdict{result::user_unknown, "not an IMSI of this peer"};
    } else if (is(*each, avp::visited_plmn_id) && each->data.size() == Plmn{}.octets.size()) {
      Plmn plmn;
      std::copy(each->data.begin(), each->data.end(), plmn.octets.begin());
      if (!rule.may_serve(plmn)) return Verdict{result::roaming_not_allowed, "not a network of this peer"};
    }
  }
  return std::nullopt;
}

std::optional<PeerPolicy::Verdict> PeerPolicy::judge_air_rate(const Link& link, ByteView frame) {
  const auto listed = link.rule != nullptr ? link.rule->air_per_s : std::nullopt;
  const MonotonicMs now = clock_.monotonic_ms();
  if (!air_peers_.take(link.key, {listed.value_or(limits_.air_per_peer_s), second_ms}, now))
    return Verdict{result::too_busy, "too many AIRs of this peer"};
  if (limits_.air_per_imsi_min == 0) return std::nullopt;
  if (!air_imsis_.take(imsi_key(frame), {limits_.air_per_imsi_min, minute_ms}, now))
    return Verdict{result::authentication_data_unavailable, "too many AIRs for this IMSI"};
  return std::nullopt;
}

std::optional<PeerPolicy::Verdict> PeerPolicy::judge_resync(LinkId id, ByteView frame) {
  Link& link = find(id);
  const auto listed = link.rule != nullptr ? link.rule->auts_per_s : std::nullopt;
  const Rate of_peer{listed.value_or(limits_.auts_per_peer_s), second_ms};
  const Rate of_imsi{limits_.auts_per_imsi_min, minute_ms};
  if ((of_peer.count == 0 && of_imsi.count == 0) || !has_resync(frame)) return std::nullopt;
  const MonotonicMs now = clock_.monotonic_ms();
  std::optional<Verdict> verdict;
  if (!auts_peers_.take(link.key, of_peer, now))
    verdict = Verdict{result::too_busy, "too many resynchronisations of this peer"};
  else if (!auts_imsis_.take(imsi_key(frame), of_imsi, now))
    verdict = Verdict{result::authentication_data_unavailable, "too many resynchronisations of this IMSI"};
  if (verdict) warn(link, *verdict);
  return verdict;
}

bool PeerPolicy::may_serve(LinkId link, const Plmn& plmn) const {
  const auto found = links_.find(link);
  return found == links_.end() || found->second.rule == nullptr || found->second.rule->may_serve(plmn);
}

// One line a minute and connection: a peer that is refused may ask very often.
void PeerPolicy::warn(Link& link, const Verdict& verdict) {
  const MonotonicMs now = clock_.monotonic_ms();
  if (link.warned_at && now - *link.warned_at < quiet_ms) return;
  link.warned_at = now;
  log(LogLevel::warn, "request-refused",
      {{"host", link.host},
       {"result", std::to_string(verdict.code.value)},
       {"why", std::string(verdict.why)}});
}

}  // namespace simbiont::hss
