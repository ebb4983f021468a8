// /v1/subscribers
#include <algorithm>

#include "admin/binding_change.h"
#include "admin/fields.h"
#include "admin/route.h"
#include "aka/sqn.h"
#include "diameter/s6a.h"

namespace simbiont::admin {
namespace {

// seq_high as an SQN: the highest that may have been used, with IND 0.
std::uint64_t shown_sqn(const store::Subscriber& s) { return aka::Sqn::make(s.seq_high, 0).value; }

Json show(const store::SubscriberState& state) {
  const store::Subscriber& s = state.subscriber;
  Json out{{"imsi", s.imsi.str()},
           {"amf", to_hex(s.amf)},
           {"alg", aka::name(s.algorithm)},
           {"sqn", shown_sqn(s)},
           {"msisdn", s.msisdn},
           {"apn", s.apns},
           {"mode", binding::name(state.binding.mode)}};
  const auto& at = state.registration;
  out["mme"] = at ? at->host : "";
  out["mme_realm"] = at ? at->realm : "";
  out["plmn"] = at ? at->visited_plmn.str() : "";
  out["registered_since"] = at ? time(at->since) : Json("");
  out["purged_since"] = at && at->purged_at != 0 ? time(at->purged_at) : Json("");
  return out;
}

Result<Json> get(Call& call) {
  const auto state = find_subscriber(call.live.store(), call.arguments[0]);
  if (!state) return state.error();
  return show(*state);
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  std::optional<Imsi> after;
  if (const std::string key = page_after(call); !key.empty()) {
    const auto imsi = Imsi::parse(key);
    if (!imsi) return imsi.error();
    after = *imsi;
  }
  const auto rows = call.live.store().subscribers(after, *limit);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const auto& row : *rows) items.push_back(show(row));
  return page(std::move(items), rows->size() == *limit ? rows->back().subscriber.imsi.str() : "");
}

Result<std::string> joined_apns(const Json& body) {
  const auto apns = texts(body, "apn");
  if (!apns) return apns.error();
  std::string joined;
  for (const auto& apn : *apns) joined += (joined.empty() ? "" : ";") + apn;
  return joined;
}

Result<store::Subscriber> parse_body(const Json& body) {
  static constexpr std::array<std::string_view, 8> names{"imsi", "k",   "op",  "opc",
                                                         "amf",  "alg", "sqn", "msisdn"};
  std::array<std::string, names.size()> given;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto value = text(body, names[i]);
    if (!value) return value.error();
    given[i] = *std::move(value);
  }
  const auto apns = joined_apns(body);
  if (!apns) return apns.error();
  auto parsed = parse_subscriber(
      {given[0], given[1], given[2], given[3], given[4], given[5], given[6], given[7], *apns});
  for (std::size_t key = 1; key < 4; ++key) erase(given[key]);
  return parsed;
}

Result<Json> add(Call& call) {
  if (auto known = only_fields(call.body, {"imsi", "k", "op", "opc", "amf", "alg", "sqn", "msisdn", "apn"});
      !known) {
    return known.error();
  }
  const auto subscriber = parse_body(call.body);
  if (!subscriber) return subscriber.error();
  const Imsi imsi = subscriber->imsi;
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::PutSubscriber{*subscriber}, audit(call.live, "subscriber-added", imsi, "")};
  });
  if (!done) return done.error();
  // As it is now: a removed subscriber of this IMSI may have left it a higher SQN.
  const auto added = find_subscriber(call.live.store(), imsi.str());
  if (!added) return added.error();
  return show(*added);
}

// What of a subscriber a PATCH changes; `changed` names it for the event.
Status amend(const Json& body, store::Subscriber& s, std::string& changed) {
  const auto note = [&](std::string_view name) { (changed += changed.empty() ? "" : ", ") += name; };
  if (body.contains("msisdn")) {
    const auto given = text(body, "msisdn");
    if (!given) return given.error();
    const auto msisdn = parse_msisdn(*given);
    if (!msisdn) return msisdn.error();
    s.msisdn = *msisdn;
    note("msisdn");
  }
  if (body.contains("apn")) {
    const auto given = joined_apns(body);
    if (!given) return given.error();
    const auto apns = parse_apns(*given);
    if (!apns) return apns.error();
    s.apns = *apns;
    note("apn");
  }
  if (body.contains("amf")) {
    const auto given = required_text(body, "amf");
    if (!given) return given.error();
    const auto amf = parse_amf(*given);
    if (!amf) return amf.error();
    s.amf = *amf;
    note("amf");
  }
  return {};
}

Status amend_keys(const Json& body, store::Subscriber& s, std::string& changed) {
  const bool new_k = body.contains("k");
  if (!new_k && !body.contains("op") && !body.contains("opc")) return {};
  auto k = text(body, "k");
  auto op = text(body, "op");
  auto opc = text(body, "opc");
  if (!k || !op || !opc) return error(Errc::invalid_argument, "a key is a string of hexadecimal digits");
  Status status;
  if (new_k) {
    const auto key = parse_k(s.algorithm, *k);
    if (key) s.k = *key;
    if (!key) status = key.error();
  }
  if (status.ok()) {
    // OPc is a function of K: the one does not change without the other.
    const auto key = parse_opc(s.algorithm, s.k, *op, *opc);
    if (key) s.opc = *key;
    if (!key) status = key.error();
  }
  for (auto* given : {&*k, &*op, &*opc}) erase(*given);
  (changed += changed.empty() ? "" : ", ") += "keys";
  return status;
}

Result<Json> patch(Call& call) {
  if (auto known = only_fields(call.body, {"k", "op", "opc", "amf", "msisdn", "apn"}); !known)
    return known.error();
  if (call.body.empty()) return error(Errc::invalid_argument, "nothing to change was given");
  std::optional<store::SubscriberState> after;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    auto state = find_subscriber(store, call.arguments[0]);
    if (!state) return state.error();
    std::string changed;
    if (auto amended = amend(call.body, state->subscriber, changed); !amended) return amended.error();
    if (auto amended = amend_keys(call.body, state->subscriber, changed); !amended) return amended.error();
    after = *state;
    return store::Changes{store::PutSubscriber{state->subscriber, true},
                          audit(call.live, "subscriber-changed", state->subscriber.imsi, changed)};
  });
  if (!done) return done.error();
  return show(*after);
}

std::string told(const std::vector<std::string>& hosts) {
  std::string text;
  for (const auto& host : hosts) text += (text.empty() ? "CLR to " : ", ") + host;
  return text;
}

Result<Json> remove(Call& call) {
  std::vector<std::string> hosts;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    hosts.clear();
    const auto state = find_subscriber(store, call.arguments[0]);
    if (!state) return state.error();
    const Imsi imsi = state->subscriber.imsi;
    store::Changes changes{store::RemoveSubscriber{imsi}};
    const Moment moment{call.live.now(), call.options.vector_life_ms};
    const Status owed =
        owe_clrs(store, *state, Held::any, diameter::clr_flag::s6a_indicator, moment, changes, hosts);
    if (!owed) return owed.error();
    changes.push_back(audit(call.live, "subscriber-removed", imsi, told(hosts)));
    return changes;
  });
  if (!done) return done.error();
  return Json{{"imsi", call.arguments[0]}, {"clr_to", hosts}};
}

// CLR on an operator's word: whoever serves it or holds vectors of it forgets it, and the UE registers anew
// if told to.
Result<Json> cancel(Call& call) {
  if (auto known = only_fields(call.body, {"reattach"}); !known) return known.error();
  const auto reattach = flag(call.body, "reattach");
  if (!reattach) return reattach.error();
  std::vector<std::string> hosts;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    hosts.clear();
    const auto state = find_subscriber(store, call.arguments[0]);
    if (!state) return state.error();
    const Imsi imsi = state->subscriber.imsi;
    const std::uint32_t flags =
        diameter::clr_flag::s6a_indicator | (*reattach ? diameter::clr_flag::reattach_required : 0);
    store::Changes changes;
    const Moment moment{call.live.now(), call.options.vector_life_ms};
    if (auto owed = owe_clrs(store, *state, Held::any, flags, moment, changes, hosts); !owed)
      return owed.error();
    if (hosts.empty())
      return error(Errc::refused, "no node serves " + imsi.str() + " or may hold vectors of it");
    if (const auto& at = state->registration) changes.push_back(store::RemoveRegistration{imsi, at->host});
    changes.push_back(audit(call.live, "subscriber-cancelled", imsi, told(hosts)));
    return changes;
  });
  if (!done) return done.error();
  return Json{{"imsi", call.arguments[0]}, {"clr_to", hosts}};
}

Result<Json> set_sqn(Call& call) {
  if (auto known = only_fields(call.body, {"sqn"}); !known) return known.error();
  const auto given = required_text(call.body, "sqn");
  if (!given) return given.error();
  const auto seq = parse_sqn(*given);
  if (!seq) return seq.error();
  std::optional<store::SubscriberState> after;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    auto state = find_subscriber(store, call.arguments[0]);
    if (!state) return state.error();
    const std::string from = std::to_string(shown_sqn(state->subscriber));
    const Imsi imsi = state->subscriber.imsi;
    state->subscriber.seq_high = *seq;
    after = *std::move(state);
    return store::Changes{store::SetSeq{imsi, *seq},
                          audit(call.live, "sqn-set", imsi, "from " + from + " to " + *given)};
  });
  if (!done) return done.error();
  return show(*after);
}

constexpr std::array<Route, 7> routes{{{"GET", "/v1/subscribers", Access::read, list},
                                       {"POST", "/v1/subscribers", Access::change, add},
                                       {"GET", "/v1/subscribers/{}", Access::read, get},
                                       {"PATCH", "/v1/subscribers/{}", Access::change, patch},
                                       {"DELETE", "/v1/subscribers/{}", Access::change, remove},
                                       {"POST", "/v1/subscribers/{}/cancel", Access::change, cancel},
                                       {"PUT", "/v1/subscribers/{}/sqn", Access::change, set_sqn}}};

}  // namespace

std::span<const Route> subscriber_routes() { return routes; }

}  // namespace simbiont::admin
