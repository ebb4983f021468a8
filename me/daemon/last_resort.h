// PC/SC calls know no time limit: a card or a pcscd that hangs would hold SIGTERM up for ever.
#pragma once

#include <thread>

namespace simbiont::me {

// Lives as long as the loop. Ends the process when it has not come to its end some seconds after the signal.
class LastResort {
 public:
  explicit LastResort(int signals);  // a signalfd, which is only looked at
  ~LastResort();
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;

 private:
  int done_;  // an eventfd
  std::thread thread_;
};

}  // namespace simbiont::me
