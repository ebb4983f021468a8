// What time does to bindings: associations end, with an event before and one at their end; trials of mode
// learn end without evidence.
#pragma once

#include <optional>

#include "hss/modes.h"
#include "hss/services.h"

namespace simbiont::hss {

class Deadlines {
 public:
  Deadlines(Services& services, Modes& modes) : services_(services), modes_(modes) {}

  // Whatever is due already, committed before it returns: at the start, before any request. An Error: the
  // store's.
  Status catch_up();
  // Looks once a second, and at once again while there is more than it takes at a time.
  void on_time();

 private:
  Result<std::vector<Imsi>> due();
  std::optional<BindingStep> step_of(const store::SubscriberState& state);

  static constexpr std::size_t at_a_time = 256;
  static constexpr std::int64_t period_ms = 1000;

  Services& services_;
  Modes& modes_;
  MonotonicMs next_ = 0;
};

}  // namespace simbiont::hss
