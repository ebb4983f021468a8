// Context-Identifiers (TS 29.272 7.3.27): each APN of a subscriber has one, and keeps it while the APN stays.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simbiont::store {

struct NamedContexts {
  std::vector<std::string> apns;
  std::vector<std::uint32_t> contexts;  // of each
};

// Those of `apns`: an APN that was there keeps its own, a new one gets the lowest number from 1 that none has
// or had just before.
std::vector<std::uint32_t> contexts_after(const NamedContexts& before, const std::vector<std::string>& apns);

// As a column: numbers with ';' between; empty for 1, 2, ... in order.
std::string contexts_column(const std::vector<std::uint32_t>& contexts);
// count: of the APNs. What is no such column, or of another count, gives 1, 2, ...
std::vector<std::uint32_t> contexts_from_column(std::string_view column, std::size_t count);

// Names with ';' between.
std::vector<std::string> split_names(std::string_view text);
// Numbers with ';' between, and back; what is no number is left out.
std::string join_numbers(const std::vector<std::uint32_t>& numbers);
std::vector<std::uint32_t> split_numbers(std::string_view text);

}  // namespace simbiont::store
