#include "store/contexts.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace simbiont::store {
namespace {

std::vector<std::uint32_t> in_order(std::size_t count) {
  std::vector<std::uint32_t> contexts(count);
  std::iota(contexts.begin(), contexts.end(), 1U);
  return contexts;
}

bool contains(const std::vector<std::uint32_t>& list, std::uint32_t number) {
  return std::find(list.begin(), list.end(), number) != list.end();
}

}  // namespace

std::vector<std::uint32_t> contexts_after(const NamedContexts& before, const std::vector<std::string>& apns) {
  std::vector<std::uint32_t> after(apns.size(), 0);
  for (std::size_t i = 0; i < apns.size(); ++i) {
    for (std::size_t j = 0; j < before.apns.size() && after[i] == 0; ++j) {
      const std::uint32_t number = before.contexts[j];
      if (before.apns[j] == apns[i] && !contains(after, number)) after[i] = number;
    }
  }
  std::uint32_t next = 1;
  for (std::uint32_t& number : after) {
    if (number != 0) continue;
    while (contains(after, next) || contains(before.contexts, next)) ++next;
    number = next;
  }
  return after;
}

std::string contexts_column(const std::vector<std::uint32_t>& contexts) {
  return contexts == in_order(contexts.size()) ? std::string() : join_numbers(contexts);
}

std::vector<std::uint32_t> contexts_from_column(std::string_view column, std::size_t count) {
  std::vector<std::uint32_t> contexts = split_numbers(column);
  return contexts.size() == count ? contexts : in_order(count);
}

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(';'));
    names.emplace_back(name);
    text.remove_prefix(std::min(text.size(), name.size() + 1));
  }
  return names;
}

std::string join_numbers(const std::vector<std::uint32_t>& numbers) {
  std::string text;
  for (const std::uint32_t number : numbers) {
    if (!text.empty()) text.push_back(';');
    text += std::to_string(number);
  }
  return text;
}

std::vector<std::uint32_t> split_numbers(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(';'));
    std::uint32_t number = 0;
    if (std::from_chars(part.data(), part.data() + part.size(), number).ec == std::errc())
      numbers.push_back(number);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return numbers;
}

}  // namespace simbiont::store
