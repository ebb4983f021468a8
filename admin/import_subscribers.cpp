#include "admin/fields.h"
#include "admin/importer.h"
#include "admin/key_map.h"
#include "admin/subscription_change.h"

namespace simbiont::admin {
namespace {

class Subscribers final : public Importer {
 public:
  Subscribers(bool replace, bool store_is_empty) : replace_(replace), store_is_empty_(store_is_empty) {}

  std::span<const csv::Column> columns() const override { return subscriber_columns; }

  Status check(const Row& row, store::Store& store) override {
    const auto subscriber = parse(row);
    if (!subscriber) return subscriber.error();
    const Imsi imsi = subscriber->imsi;
    if (!seen_.insert(imsi.key())) {
      return error(Errc::already_exists, "IMSI " + imsi.str() + " stands in an earlier row");
    }
    if (replace_ || store_is_empty_) return {};
    const auto exists = store.has_subscriber(imsi);
    if (!exists) return exists.error();
    if (*exists)
      return error(Errc::already_exists, "subscriber " + imsi.str() + " exists (--replace replaces it)");
    return {};
  }

  Status write(const Row& row, store::Store& store, Moment moment, store::Changes& changes,
               std::vector<std::string>&) override {
    auto subscriber = parse(row);
    if (!subscriber) return subscriber.error();
    if (auto told = tell(*subscriber, store, moment, changes); !told) return told;
    changes.push_back(store::PutSubscriber{*std::move(subscriber), replace_});
    return {};
  }

 private:
  static Result<store::Subscriber> parse(const Row& row) {
    return parse_subscriber({row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8]});
  }

  // The nodes that serve a subscriber which is replaced.
  Status tell(const store::Subscriber& after, store::Store& store, Moment moment,
              store::Changes& changes) const {
    if (!replace_ || store_is_empty_) return {};
    const auto before = store.subscriber(after.imsi);
    if (!before) return before.error();
    Told told;
    if (*before) owe_updates(**before, after, moment.now, changes, told);
    return {};
  }

  const bool replace_;
  const bool store_is_empty_;
  KeySet seen_;
};

}  // namespace

Result<std::unique_ptr<Importer>> import_subscribers(store::Store& store, bool replace) {
  const auto some = store.subscribers(std::nullopt, 1);
  if (!some) return some.error();
  return std::unique_ptr<Importer>(std::make_unique<Subscribers>(replace, some->empty()));
}

}  // namespace simbiont::admin
