// /v1/subscribers
#include <algorithm>

#include "admin/binding_change.h"
#include "admin/fields.h"
#include "admin/route.h"
#include "admin/subscription_change.h"
#include "aka/sqn.h"
#include "binding/life_cycle.h"
#include "diameter/s6a.h"

namespace simbiont::admin {
namespace {

// seq_high as an SQN: the highest that may have been used, with IND 0.
std::uint64_t shown_sqn(const store::Subscriber& s) { return aka::Sqn::make(s.seq_high, 0).value; }

// before: of the fields' names but the host's.
void show_registration(const std::optional<store::Registration>& at, const char* node,
                       const std::string& before, Json& out) {
  out[node] = at ? at->host : "";
  out[std::string(node) + "_realm"] = at ? at->realm : "";
  out[before + "plmn"] = at ? at->visited_plmn.str() : "";
  out[before + "registered_since"] = at ? time(at->since) : Json("");
  out[before + "purged_since"] = at && at->purged_at != 0 ? time(at->purged_at) : Json("");
}

Json show(const store::SubscriberState& state) {
  const store::Subscriber& s = state.subscriber;
  Json out{{"imsi", s.imsi.str()},
           {"amf", to_hex(s.amf)},
           {"alg", aka::name(s.algorithm)},
           {"sqn", shown_sqn(s)},
           {"msisdn", s.msisdn},
           {"apn", s.apns},
           {"mode", binding::name(state.binding.mode)},
           {"state", binding::name(binding::state_of(state.binding))},
           {"policy", binding::name(state.binding.policy)}};
  show_registration(state.registration, "mme", "", out);
  show_registration(state.sgsn, "sgsn", "sgsn_", out);
  out["sgsn_number"] = state.sgsn ? state.sgsn->sgsn_number : "";
  return out;
}

Result<Json> get(Call& call) {
  const auto state = find_subscriber(call.live.store(), call.arguments[0]);
  if (!state) return state.error();
  return show(*state);
}

// All that `read` gives after one another, a bounded number a call: an empty page is not the end.
template <class Row, class Read, class StateOf, class ImsiOf, class Take>
Result<Json> scan(const Read& read, const StateOf& state, const ImsiOf& imsi, const Take& take,
                  std::optional<Imsi> after, std::size_t limit, binding::State wanted) {
  constexpr std::size_t at_a_time = 1000, most = 20'000;
  Json items = Json::array();
  for (std::size_t seen = 0; seen < most; seen += at_a_time) {
    const Result<std::vector<Row>> rows = read(after, at_a_time);
    if (!rows) return rows.error();
    for (const Row& row : *rows) {
      after = imsi(row);
      if (state(row) != wanted) continue;
      const auto item = take(row);
      if (!item) return item.error();
      items.push_back(*item);
      if (items.size() == limit) return page(std::move(items), after->str());
    }
    if (rows->size() < at_a_time) return page(std::move(items), "");
  }
  return page(std::move(items), after->str());
}

// Whoever is not OFF is among the bindings, whose keys need not be opened.
Result<Json> list_by_state(store::Store& store, binding::State wanted, std::optional<Imsi> after,
                           std::size_t limit) {
  using Bound = std::pair<Imsi, binding::Binding>;
  if (wanted == binding::State::off)
    return scan<store::SubscriberState>(
        [&](const auto& from, std::size_t count) { return store.subscribers(from, count); },
        [](const auto& row) { return binding::state_of(row.binding); },
        [](const auto& row) { return row.subscriber.imsi; },
        [](const auto& row) -> Result<Json> { return show(row); }, after, limit, wanted);
  return scan<Bound>([&](const auto& from, std::size_t count) { return store.bindings(from, count); },
                     [](const Bound& row) { return binding::state_of(row.second); },
                     [](const Bound& row) { return row.first; },
                     [&](const Bound& row) -> Result<Json> {
                       const auto state = find_subscriber(store, row.first.str());
                       return state ? Result<Json>(show(*state)) : Result<Json>(state.error());
                     },
                     after, limit, wanted);
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
  if (const auto wanted = call.query.find("state"); wanted != call.query.end()) {
    const auto state = binding::state(wanted->second);
    if (state) return list_by_state(call.live.store(), *state, after, *limit);
    return error(Errc::invalid_argument, "state is not OFF, OBSERVING, ARMED, LOCKED, VIOLATED or SUSPENDED");
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

// New keys of a card are the custodian's.
Role role_to_patch(const Call& call) {
  for (const char* key : {"k", "op", "opc"})
    if (call.body.contains(key)) return Role::custodian;
  return Role::operator_;
}

Result<Json> patch(Call& call) {
  if (auto known = only_fields(call.body, {"k", "op", "opc", "amf", "msisdn", "apn"}); !known)
    return known.error();
  if (call.body.empty()) return error(Errc::invalid_argument, "nothing to change was given");
  std::optional<store::SubscriberState> after;
  Told told;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    told = {};
    auto state = find_subscriber(store, call.arguments[0]);
    if (!state) return state.error();
    const store::SubscriberState before = *state;
    std::string changed;
    if (auto amended = amend(call.body, state->subscriber, changed); !amended) return amended.error();
    if (auto amended = amend_keys(call.body, state->subscriber, changed); !amended) return amended.error();
    after = *state;
    store::Changes changes{store::PutSubscriber{state->subscriber, true},
                           audit(call.live, "subscriber-changed", state->subscriber.imsi, changed)};
    owe_updates(before, state->subscriber, call.live.now(), changes, told);
    return changes;
  });
  if (!done) return done.error();
  Json shown = show(*after);
  shown["idr_to"] = told.idr;
  shown["dsr_to"] = told.dsr;
  shown["later"] = told.later;
  return shown;
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
    end_registrations(*state, changes);
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

constexpr std::array<Route, 7> routes{
    {{"GET", "/v1/subscribers", Access::read, Role::viewer, list},
     {"POST", "/v1/subscribers", Access::change, Role::operator_, add},
     {"GET", "/v1/subscribers/{}", Access::read, Role::viewer, get},
     {"PATCH", "/v1/subscribers/{}", Access::change, Role::operator_, patch, role_to_patch},
     {"DELETE", "/v1/subscribers/{}", Access::change, Role::operator_, remove},
     {"POST", "/v1/subscribers/{}/cancel", Access::change, Role::operator_, cancel},
     {"PUT", "/v1/subscribers/{}/sqn", Access::change, Role::custodian, set_sqn}}};

}  // namespace

std::span<const Route> subscriber_routes() { return routes; }

}  // namespace simbiont::admin
