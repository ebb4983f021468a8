#include "hss/subscriber_cache.h"

#include <algorithm>

#include "hss/log.h"

namespace simbiont::hss {

std::vector<const binding::Kme*> Entry::kme_views() const {
  std::vector<const binding::Kme*> views;
  views.reserve(kmes.size());
  for (const auto& kme : kmes) views.push_back(kme.get());
  return views;
}

Result<std::shared_ptr<Entry>> SubscriberCache::find(const Imsi& imsi) {
  if (const auto found = entries_.find(imsi); found != entries_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    const std::shared_ptr<Entry>& entry = order_.front();
    if (!entry->kmes_complete) load_kmes(*entry);
    return entry;
  }
  auto loaded = load(imsi);
  if (!loaded || *loaded == nullptr) return loaded;
  evict();
  order_.push_front(*loaded);
  entries_.emplace(imsi, order_.begin());
  return loaded;
}

Result<std::shared_ptr<Entry>> SubscriberCache::load(const Imsi& imsi) {
  auto state = store_.subscriber(imsi);
  if (!state) return state.error();
  if (!state->has_value()) return std::shared_ptr<Entry>();
  auto entry = std::make_shared<Entry>(Entry{std::move(**state), {}, true, 0, 0, 0, 0, {}, {}, {}, {}});
  entry->reserved_to = entry->state.subscriber.seq_high;
  entry->next = entry->reserved_to + 1;
  load_kmes(*entry);
  return entry;
}

// A KME that cannot be read leaves the entry incomplete: a bound IMSI is refused, and the next request tries
// again.
void SubscriberCache::load_kmes(Entry& entry) {
  entry.kmes.clear();
  entry.kmes_complete = true;
  std::vector<std::string> ids;
  for (const auto& association : entry.state.binding.associations) ids.push_back(association.kme);
  for (const auto& pair : entry.state.binding.former) ids.push_back(pair.kme);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const std::string& id : ids) {
    auto found = kme(id);
    if (!found) {
      entry.kmes_complete = false;
      log(LogLevel::error, "kme-unreadable", {{"kme", id}, {"reason", found.error().message}});
    } else if (*found != nullptr) {
      entry.kmes.push_back(*found);
    }
  }
}

Result<std::shared_ptr<const binding::Kme>> SubscriberCache::kme(const std::string& id) {
  if (const auto found = kmes_.find(id); found != kmes_.end()) return found->second;
  auto read = store_.kme(id);
  if (!read) return read.error();
  if (!read->has_value()) return std::shared_ptr<const binding::Kme>();
  if (kmes_.size() >= max_kmes) kmes_.clear();
  auto kept = std::make_shared<const binding::Kme>(std::move(**read));
  kmes_.emplace(id, kept);
  return kept;
}

void SubscriberCache::forget(const Imsi& imsi) {
  const auto found = entries_.find(imsi);
  if (found == entries_.end()) return;
  order_.erase(found->second);
  entries_.erase(found);
}

void SubscriberCache::forget_all() {
  entries_.clear();
  order_.clear();
  kmes_.clear();
}

// Pinned entries are passed over; there are never more of them than parked requests.
void SubscriberCache::evict() {
  auto candidate = order_.end();
  while (entries_.size() >= bound_ && candidate != order_.begin()) {
    --candidate;
    if ((*candidate)->pending != nullptr) continue;
    entries_.erase((*candidate)->imsi());
    candidate = order_.erase(candidate);
  }
}

}  // namespace simbiont::hss
