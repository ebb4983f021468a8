#include "hss/air_fast.h"

#include <algorithm>
#include <utility>

#include "hss/reservation.h"

namespace simbiont::hss {

AirFast::AirFast(Services& services, AirProcedure& slow)
    : services_(services),
      slow_(slow),
      auc_(services.random),
      writer_(services.config.self),
      sender_(services),
      airs_limit_(services.config.signals.airs_without_ulr == 0 ? no_limit
                                                                : services.config.signals.airs_without_ulr) {}

bool AirFast::offer(LinkId link, ByteView frame) {
  if (link != link_) finish();
  Item& item = items_[count_];
  if (!diameter::read_ordinary_air(frame, item.air) || !sender_.is_for_us(item.air.destination_host))
    return false;
  const auto imsi = Imsi::parse(item.air.user_name);
  if (!imsi) return false;
  item.imsi = imsi->key();
  services_.cache.hot().prefetch_index(item.imsi);
  sender_.learn(link, item.air.origin_host);
  item.frame = frame;
  item.node = sender_.node();
  item.ind = sender_.ind();
  link_ = link;
  if (++count_ == batch_size) finish();
  return true;
}

void AirFast::finish() {
  const std::span<Item> items(items_.data(), std::exchange(count_, 0));
  if (items.empty()) return;
  for (const Item& item : items) services_.cache.hot().prefetch_record(item.imsi);
  const UnixMs now = services_.clock.unix_ms();
  for (Item& item : items) claim(item, now);
  answer(items);
  // These may move records: nothing of the batch is used afterwards.
  for (const Item& item : items)
    if (item.record == nullptr) slow_.run({link_, item.frame});
}

// Takes the SEQs of the answer, if nothing stands in its way.
void AirFast::claim(Item& item, UnixMs now) {
  item.record = nullptr;
  HotRecord* record = services_.cache.find_hot(item.imsi);
  if (record == nullptr || !record->key.usable() || record->airs == airs_limit_) return;
  item.count = std::min<std::uint32_t>(item.air.vectors, diameter::AiaWriter::max_vectors);
  item.first_seq = record->next;
  if (item.first_seq + item.count - 1 > aka::seq_max) return;
  if (needs_commit(*record, item.first_seq, item.count, item.node, record->key.plain(), now)) return;
  item.record = record;
  record->skip_to(item.first_seq + item.count);
  services_.cache.answered(*record, record->key, item.node);
}

void AirFast::answer(std::span<Item> items) {
  issue(items);
  Bytes* buffer = services_.outlet.buffer(link_);
  const diameter::EutranVector* vectors = vectors_.data();
  for (const Item& item : items) {
    if (item.record == nullptr) continue;
    if (buffer == nullptr) spare_.clear();
    writer_.write(item.frame, item.air, {vectors, item.count}, buffer != nullptr ? *buffer : spare_);
    if (buffer == nullptr) services_.outlet.send(link_, spare_);
    vectors += item.count;
  }
  for (const Item& item : items)
    if (item.record != nullptr && runs_low(*item.record)) reserve_ahead(*item.record, services_);
}

void AirFast::issue(std::span<Item> items) {
  std::array<QuickOrder, batch_size> orders;
  std::size_t size = 0, vectors = 0;
  for (const Item& item : items) {
    if (item.record == nullptr) continue;
    orders[size++] = {item.record, item.first_seq, item.count, item.ind, Plmn{item.air.visited_plmn}};
    vectors += item.count;
  }
  auc_.issue({orders.data(), size}, services_.cache.keys(), std::span(vectors_).first(vectors));
}

}  // namespace simbiont::hss
