#include "admin/import_undo.h"

#include <algorithm>
#include <variant>

#include "diameter/s6a.h"

namespace simbiont::admin {
namespace {

// It may have attached since it was imported: its nodes hold vectors of a subscriber that goes.
Status remove_subscriber(store::Store& store, const Imsi& imsi, Moment moment, store::Changes& changes) {
  const auto nodes = store.vector_nodes(imsi);
  if (!nodes) return nodes.error();
  for (const auto& node : *nodes) {
    changes.push_back(
        store::OweClr{{0, imsi, node.host, node.realm, diameter::cancellation::subscription_withdrawal,
                       diameter::clr_flag::s6a_indicator, moment.now}});
  }
  changes.push_back(store::RemoveSubscriber{imsi});
  return {};
}

// Not the old record itself: what the network reported meanwhile stays, a key that vectors were made under
// becomes a former one, and leaving plain vectors owes its CLRs.
Status put_binding_back(store::Store& store, const store::PutBinding& old, Moment moment,
                        store::Changes& changes) {
  const auto state = store.subscriber(old.imsi);
  if (!state) return state.error();
  if (!*state) return {};
  binding::Binding after = old.binding;
  after.reported = (*state)->binding.reported;
  after.evidence = (*state)->binding.evidence;
  std::vector<std::string> hosts;
  return change_binding(store, **state, std::move(after), moment, changes, hosts);
}

}  // namespace

Status ImportUndo::note(store::Store& store, const store::Changes& changes) {
  for (const store::Change& change : changes) {
    if (const auto* subscriber = std::get_if<store::PutSubscriber>(&change)) {
      const Imsi imsi = subscriber->subscriber.imsi;
      const auto old = subscriber->replace ? store.subscriber(imsi) : std::optional<store::SubscriberState>();
      if (!old) return old.error();
      if (*old) former_.emplace_back(store::PutSubscriber{(*old)->subscriber, true});
      if (!*old) subscribers_.push_back(imsi.key());
    } else if (const auto* kme = std::get_if<store::PutKme>(&change)) {
      const auto old = kme->replace ? store.kme(kme->kme.id) : std::optional<binding::Kme>();
      if (!old) return old.error();
      if (*old) former_.emplace_back(store::PutKme{**old, true});
      if (!*old) kmes_.push_back(kme->kme.id);
    } else if (const auto* device = std::get_if<store::PutDevice>(&change)) {
      const auto old = device->replace ? store.device(device->device.imei) : std::optional<store::Device>();
      if (!old) return old.error();
      if (*old) former_.emplace_back(store::PutDevice{**old, true});
      if (!*old) devices_.push_back(device->device.imei.key());
    } else if (const auto* bound = std::get_if<store::PutBinding>(&change)) {
      const auto old = store.subscriber(bound->imsi);
      if (!old) return old.error();
      if (*old) former_.emplace_back(store::PutBinding{bound->imsi, (*old)->binding});
    }
  }
  return {};
}

void ImportUndo::back_to(const Mark& mark) {
  const auto shorten = [](auto& noted, std::size_t size) {
    noted.erase(noted.begin() + static_cast<std::ptrdiff_t>(size), noted.end());
  };
  subscribers_.shorten(mark.subscribers);
  devices_.shorten(mark.devices);
  shorten(kmes_, mark.kmes);
  shorten(former_, mark.former);
}

Result<ImportUndo::Mark> ImportUndo::take_back(store::Store& store, Moment moment, std::size_t limit,
                                               store::Changes& changes) const {
  Mark left = mark();
  const auto subscribers = subscribers_.last(limit), devices = devices_.last(limit);
  for (; limit > 0 && left.rows() > 0; --limit) {
    if (left.former > 0) {
      const store::Change& old = former_[--left.former];
      const auto* bound = std::get_if<store::PutBinding>(&old);
      if (bound == nullptr) changes.push_back(old);
      if (bound == nullptr) continue;
      if (auto status = put_binding_back(store, *bound, moment, changes); !status) return status.error();
    } else if (left.subscribers > 0) {
      const Status removed = remove_subscriber(
          store, Imsi::from_key(subscribers[subscribers_.size() - left.subscribers--]), moment, changes);
      if (!removed) return removed.error();
    } else if (left.devices > 0) {
      changes.push_back(store::RemoveDevice{Imei::from_key(devices[devices_.size() - left.devices--]), true});
    } else {
      changes.push_back(store::RemoveKme{kmes_[--left.kmes]});
    }
  }
  return left;
}

}  // namespace simbiont::admin
