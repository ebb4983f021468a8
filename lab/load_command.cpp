#include "lab/load_command.h"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <iostream>

#include "lab/load_report.h"

namespace simbiont::lab {
namespace {

std::atomic<bool> stop_load{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// The first ^C ends the run with its report, the second the program.
void on_interrupt(int) {
  stop_load = true;
  (void)std::signal(SIGINT, SIG_DFL);
}

bool parse_ratio(const std::string& text, unsigned& airs, unsigned& ulrs) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return false;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto first = std::from_chars(begin, begin + colon, airs);
  const auto second = std::from_chars(begin + colon + 1, end, ulrs);
  return first.ec == std::errc{} && first.ptr == begin + colon && second.ec == std::errc{} &&
         second.ptr == end && airs > 0 && ulrs > 0 && airs <= 1'000'000 && ulrs <= 1'000'000;
}

void show_progress(double seconds, std::uint64_t succeeded, std::uint64_t failed) {
  static std::uint64_t before = 0;
  static double then = 0;
  const double rate = static_cast<double>(succeeded - before) / (seconds - then);
  std::cerr << '\r' << static_cast<int>(seconds) << " s   " << static_cast<std::uint64_t>(rate) << "/s   "
            << succeeded << " succeeded   " << failed << " failed   " << std::flush;
  before = succeeded;
  then = seconds;
}

bool ended_well(const LoadResult& result, const std::optional<LoadVerdict>& verdict) {
  const bool verified = !verdict || (verdict->wrong == 0 && verdict->vectors > 0);
  return verified && result.tally.succeeded > 0 && result.tally.lost.empty();
}

}  // namespace

Status complete_plan(LoadArguments& arguments) {
  LoadPlan& plan = arguments.plan;
  const auto plmn = Plmn::parse(arguments.plmn);
  if (!plmn) return plmn.error();
  plan.visited_plmn = *plmn;
  plan.airs = arguments.procedure == "ulr" ? 0 : 1;
  plan.ulrs = arguments.procedure == "ulr" ? 1 : 0;
  if (arguments.procedure == "mix" && !parse_ratio(arguments.ratio, plan.airs, plan.ulrs))
    return error(Errc::invalid_argument, "a ratio is AIRS:ULRS, each 1 to 1000000");
  plan.spin = arguments.wait.empty() ? plan.open_loop() : arguments.wait == "spin";
  plan.warmup_ms = static_cast<std::int64_t>(arguments.warmup_s * 1000);
  plan.duration_ms = static_cast<std::int64_t>(arguments.duration_s * 1000);
  plan.sampled = arguments.keys.subscribers.empty() ? 0 : arguments.sample;
  const bool more_files =
      !arguments.keys.kmes.empty() || !arguments.keys.devices.empty() || !arguments.keys.bindings.empty();
  if (plan.sampled == 0 && more_files)
    return error(Errc::invalid_argument, "K_MEs, devices and bindings serve to verify: they want --keys");
  return check_plan(plan);
}

Exit run_load_command(LoadArguments& arguments) {
  if (Status right = complete_plan(arguments); !right) return complain(right.error());
  const LoadPlan& plan = arguments.plan;
  LoadCards cards;
  if (plan.sampled != 0) {
    auto read =
        read_load_keys(arguments.keys, {plan.first_imsi, plan.count, sample_mask(plan.count, plan.sampled)});
    if (!read) return complain(read.error());
    cards = std::move(*read);
  }
  (void)std::signal(SIGINT, on_interrupt);
  const bool shows = isatty(STDERR_FILENO) == 1;
  const auto result = run_load(plan, shows ? LoadProgress(show_progress) : LoadProgress{}, stop_load);
  if (shows) std::cerr << '\n';
  if (!result) return complain(result.error());
  std::optional<LoadVerdict> verdict;
  if (plan.sampled != 0) verdict = verify_samples(result->samples, cards, plan.first_imsi, plan.visited_plmn);
  std::cout << (arguments.json ? load_json(plan, *result, verdict) : load_text(plan, *result, verdict));
  return ended_well(*result, verdict) ? Exit::done : Exit::refused;
}

}  // namespace simbiont::lab
