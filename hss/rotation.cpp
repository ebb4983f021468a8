#include "hss/rotation.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>

#include "crypto/secret_file.h"

namespace simbiont::hss {
namespace {

using crypto::Purpose;
using crypto::WrappedKey;

// A group is small enough for commits of requests to come between, and large enough for millions.
constexpr std::size_t group = 512;

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::set<std::string> keks_in_use(const std::vector<WrappedKey>& keys) {
  std::set<std::string> keks;
  for (const WrappedKey& key : keys) keks.insert(key.kek);
  return keks;
}

// KEY.new, made unless a crash left it: until a data key is under it, it was used for nothing.
Result<std::shared_ptr<crypto::KekProvider>> next_file_kek(const Custody& custody) {
  const std::string path = custody.next_key_path();
  if (!exists(path))
    if (Status made = crypto::create_key_file(path); !made)
      return error(made.error().code,
                   made.error().message + " (a rotation needs to write beside the key file)");
  const auto key = crypto::read_key_file(path);
  if (!key) return key.error();
  return std::shared_ptr<crypto::KekProvider>(crypto::make_file_kek(*key));
}

// Nothing is under the KEK of KEY any more: KEY.new takes its place, or KEY goes.
Status settle_key_files(const Custody& custody, const std::set<std::string>& used) {
  const std::string& path = custody.key_path();
  const std::string next = custody.next_key_path();
  const auto id_of = [](const std::string& file) -> std::string {
    const auto key = exists(file) ? crypto::read_key_file(file) : Result<Secret>(error(Errc::not_found, ""));
    return key ? crypto::file_kek_id(*key) : std::string();
  };
  const std::string old_id = id_of(path), new_id = id_of(next);
  const auto failed = [&] { return error(Errc::io, path + ": " + std::generic_category().message(errno)); };
  if (!new_id.empty() && used.contains(new_id)) {
    if (!old_id.empty() && used.contains(old_id)) return {};  // both are needed
    if (std::rename(next.c_str(), path.c_str()) != 0) return failed();
    return crypto::sync_directory_of(path);
  }
  if (old_id.empty() || used.contains(old_id)) return {};
  if (unlink(path.c_str()) != 0) return failed();
  return crypto::sync_directory_of(path);
}

Status drop_keks(Custody& custody, const std::vector<WrappedKey>& dropped,
                 const std::set<std::string>& used) {
  for (const WrappedKey& key : dropped) {
    const Bytes object = crypto::token_kek_object(key.kek);
    if (object.empty() || used.contains(key.kek) || custody.token() == nullptr) continue;
    const Status gone = custody.token()->destroy(object);
    if (!gone && gone.error().code != Errc::not_found) return gone;
  }
  return settle_key_files(custody, used);
}

}  // namespace

Result<bool> rotation_under_way(store::Store& store, const Custody& custody) {
  const auto keys = store.data_keys();
  if (!keys) return keys.error();
  if (std::any_of(keys->begin(), keys->end(), [](const WrappedKey& key) { return !key.active; })) return true;
  const auto used = keks_in_use(*keys);
  const auto next = exists(custody.next_key_path()) ? crypto::read_key_file(custody.next_key_path())
                                                    : Result<Secret>(error(Errc::not_found, ""));
  return next && used.contains(crypto::file_kek_id(*next));
}

Status begin_rotation(store::Store& store, Custody& custody, const RotationTarget& target) {
  const auto busy = rotation_under_way(store, custody);
  if (!busy) return busy.error();
  if (*busy) return error(Errc::refused, "a rotation is under way: `simbiont kek status` shows it");
  const auto keys = store.data_keys();
  if (!keys) return keys.error();
  std::uint32_t last = 0;
  for (const WrappedKey& key : *keys) {
    last = std::max(last, key.id);
    if (!custody.keyring().is_open(key.id))
      return error(Errc::unavailable, "data key " + std::to_string(key.id) + " is closed: its KEK " +
                                          key.kek + " must be there for a rotation");
  }
  std::map<KekPlace, std::shared_ptr<crypto::KekProvider>> keks;
  std::vector<WrappedKey> fresh;
  for (const auto& [purpose, place] :
       {std::pair(Purpose::subscriber, target.subscriber_kek), std::pair(Purpose::device, target.kek)}) {
    auto& kek = keks[place];
    if (kek == nullptr) {
      auto made = place == KekPlace::file ? next_file_kek(custody) : custody.kek_in(place);
      if (!made) return made.error();
      kek = *std::move(made);
      custody.keyring().add(kek);
    }
    auto key = Custody::make_data_key(++last, purpose, *kek);
    if (!key) return key.error();
    fresh.push_back(*std::move(key));
  }
  return store.add_data_keys(fresh);
}

Result<bool> rotation_step(store::Store& store, Custody& custody) {
  const auto done = store.reseal(group);
  if (!done) return done.error();
  if (*done > 0) return false;
  const auto dropped = store.drop_data_keys();
  if (!dropped) return dropped.error();
  const auto keys = store.data_keys();
  if (!keys) return keys.error();
  // Records that came in between are found by the next round.
  if (std::any_of(keys->begin(), keys->end(), [](const WrappedKey& key) { return !key.active; }))
    return false;
  const auto sealed = store.sealed_under();
  if (!sealed) return sealed.error();
  if (sealed->contains(0)) return false;  // directly under a KEK
  if (Status gone = drop_keks(custody, *dropped, keks_in_use(*keys)); !gone) return gone.error();
  return true;
}

Status finish_rotation(store::Store& store, Custody& custody) {
  for (;;) {
    const auto done = rotation_step(store, custody);
    if (!done) return done.error();
    if (*done) return {};
  }
}

}  // namespace simbiont::hss
