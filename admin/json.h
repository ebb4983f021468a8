// JSON as the handlers use it: fields keep their order, a wrong type is an Error, key material is erased.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace simbiont::admin {

using Json = nlohmann::ordered_json;

// An object with no fields but these.
Status only_fields(const Json& body, std::initializer_list<std::string_view> names);
// A string, or a number as its digits; empty when absent. The view is into body.
Result<std::string> text(const Json& body, std::string_view name);
Result<std::string> required_text(const Json& body, std::string_view name);
// An array of strings, or one string; empty when absent.
Result<std::vector<std::string>> texts(const Json& body, std::string_view name);
Result<bool> flag(const Json& body, std::string_view name);

// Overwrites every string.
void erase(Json& body);
void erase(std::string& text);

// One line; octets that are not UTF-8 (a device's software version) are replaced.
std::string dump(const Json& value);
// 0: no time.
Json time(std::int64_t unix_ms);

}  // namespace simbiont::admin
