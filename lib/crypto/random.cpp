#include "crypto/random.h"

#include <pthread.h>
#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/secret.h"

namespace simbiont::crypto {
namespace {

// Rises in the child of every fork(): what a parent had buffered is not the child's to give out.
std::atomic<unsigned> forks{0};

void watch_forks() {
  static const int failed =
      pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  if (failed != 0) std::abort();
}

void draw(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got > 0) {
      out = out.subspan(static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      std::abort();
    }
  }
}

}  // namespace

SystemRandom::SystemRandom() : forks_seen_(forks.load(std::memory_order_relaxed)) { watch_forks(); }

SystemRandom::~SystemRandom() { zeroise(buffer_); }

void SystemRandom::fill(std::span<std::uint8_t> out) {
  if (const unsigned now = forks.load(std::memory_order_relaxed); now != forks_seen_) {
    forks_seen_ = now;
    used_ = buffer_.size();
  }
  while (!out.empty()) {
    if (used_ == buffer_.size()) {
      draw(buffer_);
      used_ = 0;
    }
    const auto taken = std::span(buffer_).subspan(used_).first(std::min(out.size(), buffer_.size() - used_));
    std::copy(taken.begin(), taken.end(), out.begin());
    zeroise(taken);
    used_ += taken.size();
    out = out.subspan(taken.size());
  }
}

}  // namespace simbiont::crypto
