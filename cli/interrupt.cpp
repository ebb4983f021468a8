#include "cli/interrupt.h"

#include <csignal>

namespace simbiont::cli {
namespace {

volatile std::sig_atomic_t seen = 0;

void note(int) { seen = 1; }

}  // namespace

void watch_interrupt() {
  struct sigaction action {};
  action.sa_handler = note;
  (void)sigaction(SIGINT, &action, nullptr);
  (void)sigaction(SIGTERM, &action, nullptr);
  (void)sigaction(SIGHUP, &action, nullptr);
}

bool interrupted() { return seen != 0; }

}  // namespace simbiont::cli
