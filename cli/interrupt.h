// Ctrl-C as a question that long commands ask between two steps, so that they end in order.
#pragma once

namespace simbiont::cli {

void watch_interrupt();
bool interrupted();

}  // namespace simbiont::cli
