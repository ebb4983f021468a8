#include "admin/json.h"

#include <algorithm>

#include "base/clock.h"
#include "base/secret.h"

namespace simbiont::admin {
namespace {

Error wrong_type(std::string_view name, std::string_view wanted) {
  return error(Errc::invalid_argument, "'" + std::string(name) + "' is not " + std::string(wanted));
}

const Json* find(const Json& body, std::string_view name) {
  const auto it = body.find(std::string(name));
  return it == body.end() || it->is_null() ? nullptr : &*it;
}

}  // namespace

Status only_fields(const Json& body, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : body.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      // A long name may be a key that slipped.
      return error(Errc::invalid_argument,
                   name.size() <= 16 ? "unknown field '" + name + "'" : "unknown field");
    }
  }
  return {};
}

Result<std::string> text(const Json& body, std::string_view name) {
  const Json* value = find(body, name);
  if (value == nullptr) return std::string();
  if (value->is_string()) return value->get_ref<const std::string&>();
  if (value->is_number_unsigned()) return std::to_string(value->get<std::uint64_t>());
  return wrong_type(name, "a string");
}

Result<std::string> required_text(const Json& body, std::string_view name) {
  auto value = text(body, name);
  if (value && value->empty()) return error(Errc::invalid_argument, "'" + std::string(name) + "' is missing");
  return value;
}

Result<std::vector<std::string>> texts(const Json& body, std::string_view name) {
  const Json* value = find(body, name);
  std::vector<std::string> out;
  if (value == nullptr) return out;
  if (value->is_string()) {
    out.push_back(value->get<std::string>());
    return out;
  }
  if (!value->is_array()) return wrong_type(name, "an array of strings");
  for (const Json& item : *value) {
    if (!item.is_string()) return wrong_type(name, "an array of strings");
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<bool> flag(const Json& body, std::string_view name) {
  const Json* value = find(body, name);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  return wrong_type(name, "true or false");
}

void erase(std::string& text) {
  zeroise({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  text.clear();
}

void erase(Json& body) {
  if (body.is_string()) {
    erase(body.get_ref<std::string&>());
  } else if (body.is_structured()) {
    for (auto& item : body) erase(item);
  }
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json time(std::int64_t unix_ms) { return unix_ms == 0 ? Json("") : Json(format_utc(unix_ms)); }

}  // namespace simbiont::admin
