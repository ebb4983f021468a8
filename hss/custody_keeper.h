// The thread of a running HSS that keeps its custody: logs in to a token again that was lost, with growing
// pauses, and goes on with a rotation that is under way.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "hss/custody.h"

namespace simbiont::hss {

class CustodyKeeper {
 public:
  // changed: called on the keeper's thread when the token was lost or is back.
  using Changed = std::function<void(bool lost, const std::string& why)>;
  CustodyKeeper(Custody& custody, store::Store& store, Changed changed);
  CustodyKeeper(const CustodyKeeper&) = delete;
  CustodyKeeper& operator=(const CustodyKeeper&) = delete;
  ~CustodyKeeper();

  void wake();  // a rotation was begun

 private:
  using Time = std::chrono::steady_clock::time_point;

  void work();
  void mind_token(Time now);
  bool probe();
  // One group of a rotation; whether there is more to do.
  bool rotate();
  void say(bool lost, const std::string& why);

  Custody& custody_;
  store::Store& store_;
  Changed changed_;
  bool said_lost_ = false;
  bool rotating_ = true;  // until looked
  Time next_try_{}, next_probe_{};
  std::chrono::milliseconds pause_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false, wanted_ = false;
  std::thread thread_;
};

}  // namespace simbiont::hss
