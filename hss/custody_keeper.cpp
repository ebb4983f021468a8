#include "hss/custody_keeper.h"

#include <algorithm>
#include <utility>

#include "hss/log.h"
#include "hss/rotation.h"

namespace simbiont::hss {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds first_pause = 500ms, longest_pause = 60s, probe_period = 2s;
// Between two groups of a rotation commits of requests have their turn.
constexpr std::chrono::milliseconds between_groups = 2ms, idle = 250ms;

}  // namespace

CustodyKeeper::CustodyKeeper(Custody& custody, store::Store& store, Changed changed)
    : custody_(custody), store_(store), changed_(std::move(changed)), pause_(first_pause), thread_([this] {
        work();
      }) {}

CustodyKeeper::~CustodyKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
}

void CustodyKeeper::wake() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  woken_.notify_all();
}

void CustodyKeeper::work() {
  for (;;) {
    if (custody_.token() != nullptr) mind_token(Clock::now());
    if (rotating_) rotating_ = rotate();
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, rotating_ ? between_groups : idle, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    rotating_ = rotating_ || std::exchange(wanted_, false);
  }
}

// A key that is seldom used must not be missed only when it is.
bool CustodyKeeper::probe() {
  for (const auto& key : custody_.keyring().keys()) {
    const Bytes object = crypto::token_kek_object(key.kek);
    if (!object.empty()) return custody_.token()->probe(object).ok();
  }
  return true;
}

void CustodyKeeper::mind_token(Time now) {
  if (!custody_.token_lost() && now >= next_probe_) {
    next_probe_ = now + probe_period;
    (void)probe();
  }
  if (!custody_.token_lost()) return say(false, {});
  if (!said_lost_) {
    pause_ = first_pause;
    next_try_ = now;
  }
  if (now < next_try_) return;
  const Status connected = custody_.connect();
  if (connected && probe()) return say(false, {});
  say(true, connected ? "a key of the store is not in the token" : connected.error().message);
  next_try_ = Clock::now() + pause_;
  pause_ = std::min(2 * pause_, longest_pause);
}

void CustodyKeeper::say(bool lost, const std::string& why) {
  if (std::exchange(said_lost_, lost) == lost) return;
  if (!lost) rotating_ = true;  // it may have waited for the token
  changed_(lost, why);
}

bool CustodyKeeper::rotate() {
  const auto under_way = rotation_under_way(store_, custody_);
  if (!under_way || !*under_way) return false;
  const auto done = rotation_step(store_, custody_);
  if (done && !*done) return true;
  if (done) log(LogLevel::info, "kek-rotated", {});
  if (!done) log(LogLevel::error, "kek-rotation-waits", {{"reason", done.error().message}});
  return false;
}

}  // namespace simbiont::hss
