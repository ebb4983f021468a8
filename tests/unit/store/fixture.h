// What the store's tests share: sample records, their text for comparison, and the suite over both
// implementations.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/support/temp_dir.h"

namespace simbiont::store {

inline Imsi imsi(const std::string& digits) { return *Imsi::parse(digits); }
inline Imsi imsi(unsigned number) {
  return imsi("001010" + std::to_string(1'000'000'000U + number).substr(1));
}
inline Imei imei(unsigned number) {
  return *Imei::parse("35" + std::to_string(1'000'000'000'000ULL + number).substr(1));
}
inline Secret key(unsigned number, std::size_t size = 16) {
  Bytes octets(size, static_cast<std::uint8_t>(0xA0 + number % 90));
  octets[1] = static_cast<std::uint8_t>(number);
  octets[2] = static_cast<std::uint8_t>(number >> 8);
  octets[size - 1] = 0x5C;
  return Secret(octets);
}

inline Subscriber sample_subscriber(unsigned number) {
  Subscriber out{
      imsi(number), aka::Algorithm::milenage, key(number), key(number + 1), {0x80, 0x01}, 0, "", {}};
  out.seq_high = 1000;
  out.msisdn = "491700000001";
  out.apns = {"internet", "ims"};
  return out;
}
inline binding::Kme sample_kme(const std::string& id, unsigned number = 40) {
  return {id, binding::TransformAlgorithm::aes128, {{1, binding::EpochState::active, key(number)}}};
}
inline binding::Binding bound_to(const std::vector<Imei>& imeis,
                                 binding::Mode mode = binding::Mode::enforce) {
  binding::Binding out;
  out.mode = mode;
  for (const Imei& one : imeis) out.associations.push_back({one, "", 1});
  return out;
}
inline Registration sample_registration(unsigned number, const std::string& host) {
  return {imsi(number), host, "epc.example", *Plmn::parse("26201"), 1004, 77};
}

inline std::string text(const std::optional<binding::Hint>& hint) {
  return hint ? hint->imei.str() + "@" + std::to_string(hint->at) : "none";
}
inline std::string text(const binding::Binding& b) {
  std::string out = std::string(binding::name(b.mode)) + " reported " + text(b.reported) + " evidence " +
                    text(b.evidence) + " left " + std::to_string(b.left_plain_at) + " devices";
  for (const auto& a : b.associations)
    out += " " + a.imei.str() + ":" + a.kme + ":" + std::to_string(a.epoch);
  out += " former";
  for (const auto& pair : b.former) out += " " + pair.kme + ":" + std::to_string(pair.epoch);
  return out;
}
inline std::string text(const Registration& r) {
  return r.imsi.str() + " " + r.host + " " + r.realm + " " + r.visited_plmn.str() + " " +
         std::to_string(r.rat_type) + " " + std::to_string(r.since) + " " + std::to_string(r.purged_at) +
         " " + std::to_string(r.features_1) + " " + std::to_string(r.features_2) + " " + r.sgsn_number +
         (r.gprs_data ? " gprs" : "");
}
inline std::string text(const OwedUpdate& u) {
  std::string out = std::to_string(static_cast<int>(u.kind)) + " " +
                    (u.imsi == Imsi::from_key(0) ? "all" : u.imsi.str()) + " " + u.host + " " + u.realm +
                    " " + (u.node == ServingNode::mme ? "mme" : "sgsn") + " parts " + std::to_string(u.parts);
  for (const auto number : u.contexts) out += " " + std::to_string(number);
  return out + " since " + std::to_string(u.since);
}
inline std::string text(const Subscriber& s) {
  std::string out = s.imsi.str() + " " + to_hex(s.k.reveal()) + " " + to_hex(s.opc.reveal()) + " " +
                    to_hex(s.amf) + " " + std::to_string(s.seq_high) + " " + s.msisdn;
  for (const auto& apn : s.apns) out += " " + apn;
  return out;
}
inline std::string text(const binding::Kme& kme) {
  std::string out = kme.id + " " + std::string(binding::name(kme.algorithm));
  for (const auto& e : kme.epochs) {
    out += " " + std::to_string(e.number) + ":" + std::string(binding::name(e.state)) + ":" +
           to_hex(e.key.reveal());
  }
  return out;
}
inline std::string text(const HistoryEntry& e) {
  return e.imei + " " + e.software_version + " " + e.host + " " + e.plmn + " " +
         std::to_string(e.authorised) + " " + std::to_string(e.first_at) + ".." + std::to_string(e.last_at) +
         " x" + std::to_string(e.count);
}

// The sealer's key in these tests.
inline std::shared_ptr<crypto::Sealer> test_sealer(unsigned number = 1) {
  return crypto::make_key_sealer(key(number, 32));
}

// A new SQLite store in a directory of its own.
class SqliteFiles {
 public:
  std::string db(const std::string& name = "store.db") const { return directory_.file(name); }
  std::unique_ptr<Store> open(const std::string& name = "store.db") const {
    auto store = open_sqlite_store(db(name), test_sealer());
    EXPECT_TRUE(store) << store.error().message;
    return std::move(*store);
  }
  std::unique_ptr<Store> make(const std::string& name = "store.db") const {
    const auto created = create_sqlite_store(db(name));
    EXPECT_TRUE(created) << created.error().message;
    return open(name);
  }

 private:
  test::TempDir directory_;
};

// Fails the test with the error's message; true when ok.
inline testing::AssertionResult ok(const Status& status) {
  if (status) return testing::AssertionSuccess();
  return testing::AssertionFailure() << status.error().message;
}
inline Errc code(const Status& status) { return status ? static_cast<Errc>(-1) : status.error().code; }

enum class Kind : std::uint8_t { memory, sqlite };

class StoreTest : public testing::TestWithParam<Kind> {
 protected:
  StoreTest() : store_(GetParam() == Kind::memory ? make_memory_store() : files_.make()) {}

  Status put(const Changes& changes) { return store_->commit(changes); }
  // Subscribers 1 to 3, KMEs "one" and "two", devices 1 and 2 of "one", 3 of "two".
  void fill() {
    Changes all;
    for (const unsigned i : {1U, 2U, 3U}) all.push_back(PutSubscriber{sample_subscriber(i)});
    all.push_back(PutKme{sample_kme("one")});
    all.push_back(PutKme{sample_kme("two", 50)});
    for (const unsigned i : {1U, 2U}) all.push_back(PutDevice{{imei(i), "one", 1}});
    all.push_back(PutDevice{{imei(3), "two", 1}});
    ASSERT_TRUE(ok(put(all)));
  }
  SubscriberState state(unsigned number) {
    auto read = store_->subscriber(imsi(number));
    EXPECT_TRUE(read && *read);
    return **read;
  }
  std::uint64_t seq(unsigned number) { return state(number).subscriber.seq_high; }

  SqliteFiles files_;
  std::unique_ptr<Store> store_;
};

}  // namespace simbiont::store
