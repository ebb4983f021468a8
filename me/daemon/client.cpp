#include "me/daemon/client.h"

#include <algorithm>
#include <map>
#include <ostream>

#include "me/daemon/commands.h"
#include "me/daemon/control.h"

namespace simbiont::me {
namespace {

std::string cell(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void pad(std::ostream& out, const std::string& text, std::size_t width) {
  out << text << std::string(width > text.size() ? width - text.size() : 0, ' ');
}

void show_object(const Json& object, std::ostream& out) {
  std::size_t width = 0;
  for (const auto& [name, value] : object.items()) width = std::max(width, name.size());
  for (const auto& [name, value] : object.items()) {
    pad(out, name, width + 2);
    out << cell(value) << '\n';
  }
}

void show_rows(const Json& rows, std::ostream& out) {
  if (rows.empty()) return;
  std::map<std::string, std::size_t> widths;
  for (const Json& row : rows) {
    for (const auto& [name, value] : row.items())
      widths[name] = std::max({widths[name], name.size(), cell(value).size()});
  }
  const auto line = [&](const auto& text_of) {
    std::size_t column = 0;
    for (const auto& [name, value] : rows.front().items())
      pad(out, text_of(name), ++column == rows.front().size() ? 0 : widths[name] + 2);
    out << '\n';
  };
  line([](const std::string& name) { return name; });
  for (const Json& row : rows) line([&](const std::string& name) { return cell(row.at(name)); });
}

Errc code_of(const std::string& name) {
  for (int code = 0; code <= static_cast<int>(Errc::corrupt); ++code) {
    if (name == code_name(static_cast<Errc>(code))) return static_cast<Errc>(code);
  }
  return Errc::io;
}

}  // namespace

Status ask_and_show(const std::string& socket, const Request& request, bool json, std::ostream& out) {
  const Result<std::string> line = ask(socket, request);
  if (!line) return line.error();
  const Json answer = Json::parse(*line, nullptr, false);
  if (answer.is_object() && answer.contains("error")) {
    const Json& refusal = answer.at("error");
    return error(code_of(refusal.value("code", "")), refusal.value("message", "refused"));
  }
  if (!answer.is_object() || !answer.contains("result"))
    return error(Errc::corrupt, "the decryptor's answer is not understood");
  const Json& result = answer.at("result");
  if (json)
    out << result.dump() << '\n';
  else if (result.is_array())
    show_rows(result, out);
  else
    show_object(result, out);
  return {};
}

}  // namespace simbiont::me
