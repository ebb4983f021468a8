#include "hss/ulr_fast.h"

#include <utility>

#include "hss/add.h"

namespace simbiont::hss {
namespace {

// What else a ULR may ask for is UlrProcedure's.
constexpr std::uint32_t ordinary_flags =
    diameter::ulr_flag::s6a | diameter::ulr_flag::skip_subscriber_data | diameter::ulr_flag::initial_attach;

bool has_ordinary_flags(std::uint32_t flags) {
  return (flags & diameter::ulr_flag::s6a) != 0 && (flags & ~ordinary_flags) == 0;
}

store::Registration registration_of(const diameter::OrdinaryUlr& ulr, const Imsi& imsi, UnixMs now) {
  return {
      imsi, std::string(ulr.origin_host), std::string(ulr.origin_realm), Plmn{ulr.visited_plmn}, ulr.rat_type,
      now};
}

}  // namespace

UlrFast::UlrFast(Services& services, UlrProcedure& slow)
    : services_(services), slow_(slow), sender_(services) {}

bool UlrFast::offer(LinkId link, ByteView frame) {
  if (link != link_) finish();
  Item& item = items_[count_];
  if (!diameter::read_ordinary_ulr(frame, item.ulr) || !has_ordinary_flags(item.ulr.flags)) return false;
  if (!sender_.is_for_us(item.ulr.destination_host)) return false;
  const auto imsi = Imsi::parse(item.ulr.user_name);
  if (!imsi) return false;
  item.imsi = imsi->key();
  services_.cache.hot().prefetch_index(item.imsi);
  sender_.learn(link, item.ulr.origin_host);
  item.frame = frame;
  item.node = sender_.node();
  item.registrant = registrant_of(item.ulr);
  link_ = link;
  if (++count_ == batch_size) finish();
  return true;
}

std::uint32_t UlrFast::registrant_of(const diameter::OrdinaryUlr& ulr) {
  if (registrant_ == 0 || host_ != ulr.origin_host || realm_ != ulr.origin_realm) {
    host_ = ulr.origin_host;
    realm_ = ulr.origin_realm;
    registrant_ = services_.ulr_notes.registrant(host_, realm_);
  }
  return registrant_;
}

void UlrFast::finish() {
  const std::span<const Item> items(items_.data(), std::exchange(count_, 0));
  if (items.empty()) return;
  for (const Item& item : items) {
    services_.cache.hot().prefetch_record(item.imsi);
    services_.cache.hot().prefetch_note(item.imsi);
  }
  const UnixMs now = services_.clock.unix_ms();
  for (const Item& item : items)
    if (!handle(item, now)) slow_.run({link_, item.frame});
}

// False: not done, and nothing has changed.
bool UlrFast::handle(const Item& item, UnixMs now) {
  HotRecord* record = services_.cache.find_hot(item.imsi);
  if (record == nullptr || (record->flags & (HotRecord::pending | HotRecord::has_entry)) != 0) return false;
  UlrNote& note = services_.cache.hot().note_of(*record);
  if (note.subscription == 0 || item.registrant == 0) return false;
  const bool stored = note.registrant == item.registrant && note.rat_type == item.ulr.rat_type &&
                      note.visited_plmn == item.ulr.visited_plmn;
  if (note.registrant != 0 && !stored) return false;

  std::optional<store::PutHistory> history;
  const Imsi imsi = Imsi::from_key(item.imsi);
  if (item.ulr.terminal) {
    const auto imei = Imei::from_signalling(item.ulr.terminal->imei);
    if (!imei || note.device == 0 || imei->key() != note.device || (stored && !note.device_reported))
      return false;
    history = history_of(*item.ulr.terminal, imei->str(), registration_of(item.ulr, imsi, now), true, now);
  }
  record->airs = 0;
  note_evidence(item, *record, note, now);
  if (!stored) {
    commit(item, *record, history ? &*history : nullptr, now);
    return true;
  }
  if (history)
    services_.committer.submit_later(
        imsi, {*history, store::SetReported{imsi, {Imei::from_key(note.device), now}, true}});
  answer(link_, item.frame, item.ulr, note);
  return true;
}

// As evidence_of() in ulr.cpp, where the last answer was made under the key that the one association selects.
// It decides nothing, so it is written later.
void UlrFast::note_evidence(const Item& item, const HotRecord& record, UlrNote& note, UnixMs now) {
  if (note.device == 0 || item.node == no_node || record.last_node != item.node) return;
  if (!(record.last_key == record.key) || record.key == KeyRef() || record.key.plain()) return;
  if (note.evidence_s != 0 && now - std::int64_t{note.evidence_s} * 1000 < hint_life_ms) return;
  const Imsi imsi = Imsi::from_key(item.imsi);
  if (note.evidence_s == 0)
    services_.raise(EventKind::key_evidence, imsi, "IMEI " + Imei::from_key(note.device).str());
  note.evidence_s = static_cast<std::uint32_t>(now / 1000);
  services_.committer.submit_later(imsi,
                                   {store::SetEvidence{imsi, {Imei::from_key(note.device), now}, true}});
}

void UlrFast::commit(const Item& item, HotRecord& record, const store::PutHistory* history, UnixMs now) {
  const Imsi imsi = Imsi::from_key(item.imsi);
  store::Changes changes;
  changes.reserve(history != nullptr ? 3 : 1);
  changes.emplace_back(store::PutRegistration{registration_of(item.ulr, imsi, now)});
  if (history != nullptr) {
    changes.emplace_back(*history);
    changes.emplace_back(store::SetReported{imsi, {*Imei::from_signalling(item.ulr.terminal->imei), now}});
  }
  services_.cache.begin_commit(record);
  services_.committer.submit(
      std::move(changes),
      [this, what = std::make_shared<Registering>(Registering{
                 link_, Bytes(item.frame.begin(), item.frame.end()), imsi, record.serial, item.registrant,
                 history != nullptr})](const Status& status) { registered(*what, status); });
}

void UlrFast::registered(const Registering& what, const Status& status) {
  const auto waiting = services_.cache.end_commit(what.imsi, what.serial);
  HotRecord* record = services_.cache.hot().find(what.imsi.key());
  if (record != nullptr && record->serial != what.serial) record = nullptr;
  if (status.ok() && record != nullptr) {
    diameter::OrdinaryUlr ulr;
    diameter::read_ordinary_ulr(what.frame, ulr);
    UlrNote& note = services_.cache.hot().note_of(*record);
    note.registrant = what.registrant;
    note.rat_type = ulr.rat_type;
    note.visited_plmn = ulr.visited_plmn;
    note.device_reported = note.device_reported || what.device_reported;
    answer(what.link, what.frame, ulr, note);
  } else {
    // An administrator came between, or the store failed: the slow path says which.
    if (!status.ok()) services_.cache.forget(what.imsi);
    const bool failed = !status.ok() && status.error().code != Errc::not_found;
    services_.run({what.link, what.frame, 1, failed});
  }
  services_.finish(waiting, status);
}

void UlrFast::answer(LinkId link, ByteView frame, const diameter::OrdinaryUlr& ulr, const UlrNote& note) {
  services_.duplicates.remember(note.registrant, diameter::read_header(frame).end_to_end);
  const bool data = (ulr.flags & diameter::ulr_flag::skip_subscriber_data) == 0;
  const diameter::UlaTemplate& ula = services_.ulr_notes.answer(note, data);
  if (Bytes* buffer = services_.outlet.buffer(link); buffer != nullptr)
    return ula.write(frame, ulr, note.msisdn, *buffer);
  spare_.clear();
  ula.write(frame, ulr, note.msisdn, spare_);
  services_.outlet.send(link, spare_);
}

}  // namespace simbiont::hss
