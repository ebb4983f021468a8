#include "me/daemon/request.h"

#include "base/secret.h"

namespace simbiont::me {

Request::~Request() {
  for (auto& [name, value] : values_) zeroise_text(value);
}

void Request::set(const std::string& name, std::string value) {
  values_[name] = value;
  zeroise_text(value);
}

const std::string& Request::get(const std::string& name) const {
  static const std::string none;
  const auto at = values_.find(name);
  return at == values_.end() ? none : at->second;
}

std::string Request::encode() const {
  std::string out;
  out.reserve(max_request);
  out += command_ + '\n';
  for (const auto& [name, value] : values_) {
    out += name;
    out += ' ';
    out += value;
    out += '\n';
  }
  return out += '\n';
}

Result<Request> Request::decode(std::string_view text) {
  Request out;
  for (bool first = true; !text.empty(); first = false) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty())
      return first || !text.empty() ? Result<Request>(error(Errc::invalid_argument, "no request"))
                                    : Result<Request>(std::move(out));
    const std::size_t space = line.find(' ');
    if (first) {
      out.command_ = std::string(line);
    } else {
      if (space == std::string_view::npos || space == 0) break;
      out.set(std::string(line.substr(0, space)), std::string(line.substr(space + 1)));
    }
  }
  return error(Errc::invalid_argument, "no request");
}

}  // namespace simbiont::me
