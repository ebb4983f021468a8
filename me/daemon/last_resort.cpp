#include "me/daemon/last_resort.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace simbiont::me {
namespace {

constexpr int patience_ms = 3000;

// Whether it became readable within that time; -1: without limit.
bool wait_readable(int descriptor, int timeout_ms) {
  pollfd wait{descriptor, POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&wait, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

void watch(int signals, int done) {
  std::array<pollfd, 2> wait{{{signals, POLLIN, 0}, {done, POLLIN, 0}}};
  while (poll(wait.data(), wait.size(), -1) < 0 && errno == EINTR) {
  }
  if (wait[1].revents != 0 || wait_readable(done, patience_ms)) return;
  std::clog << "simbiont-me: the card or pcscd holds the end up; ending without it" << std::endl;
  std::_Exit(EXIT_SUCCESS);  // the control socket stays: the next process takes a dead one away
}

}  // namespace

LastResort::LastResort(int signals)
    : done_(eventfd(0, EFD_CLOEXEC)), thread_([signals, done = done_] { watch(signals, done); }) {}

LastResort::~LastResort() {
  const std::uint64_t one = 1;
  (void)!write(done_, &one, sizeof one);
  thread_.join();
  (void)close(done_);
}

}  // namespace simbiont::me
