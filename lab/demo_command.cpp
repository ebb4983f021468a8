#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "lab/arguments.h"
#include "lab/scenarios.h"
#include "lab/table.h"

namespace simbiont::lab {
namespace {

// Counts what goes to the home network.
class Counted final : public HomeNetwork {
 public:
  explicit Counted(HomeNetwork& home) : home_(home) {}
  Result<AuthenticationAnswer> authentication(std::string_view imsi, std::uint32_t vectors,
                                              ByteView resync) override {
    ++airs;
    return home_.authentication(imsi, vectors, resync);
  }
  Result<LocationAnswer> update_location(std::string_view imsi, std::string_view imei) override {
    ++ulrs;
    return home_.update_location(imsi, imei);
  }
  std::size_t airs = 0, ulrs = 0;

 private:
  HomeNetwork& home_;
};

bool wants_colour() {
  return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;  // NOLINT(concurrency-mt-unsafe)
}

auto count(const std::vector<Row>& rows, std::string_view outcome) {
  return std::count_if(rows.begin(), rows.end(),
                       [outcome](const Row& row) { return row.seen.outcome == outcome; });
}

}  // namespace

Exit run_demo(const DemoArguments& arguments) {
  auto world = World::read(arguments.data);
  if (!world) return complain(world.error());
  auto connection = open_connection(arguments.connection);
  if (!connection) return complain(connection.error());
  const SystemClock clock;
  const MonotonicMs begun = clock.monotonic_ms();
  const std::string peer = connection->mme->peer_host();
  Counted home(*connection->mme);
  const auto rows = run_scenarios(home, *world, connection->mme->config().visited_plmn.octets);
  if (!rows) return complain(rows.error());
  const MonotonicMs took = clock.monotonic_ms() - begun;
  const Status closed = close_connection(*connection);

  std::cout << render_table(*rows, wants_colour());
  const auto right = std::count_if(rows->begin(), rows->end(), [](const Row& row) { return row.ok(); });
  std::cout << right << " of " << rows->size() << " steps ended as they must: " << count(*rows, "attached")
            << " attached, " << count(*rows, "refused") << " refused, " << count(*rows, "reported")
            << " IMEI reported.\n";
  std::cout << home.airs << " AIRs and " << home.ulrs << " ULRs over S6a/TCP, answered by " << peer << " in "
            << took << " ms.\n";
  if (!closed) return complain(closed.error());
  return right == static_cast<std::ptrdiff_t>(rows->size()) ? Exit::done : Exit::refused;
}

}  // namespace simbiont::lab
