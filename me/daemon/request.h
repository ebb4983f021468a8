// What a command asks of the running decryptor: a name and values, on the socket as lines "NAME VALUE", ended
// by an empty one. The answer is one line of JSON: {"result": ...} or {"error": {"code", "message"}}.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace simbiont::me {

constexpr std::size_t max_request = 4096;  // octets on the socket

class Request {
 public:
  Request() = default;
  explicit Request(std::string command) : command_(std::move(command)) {}
  Request(Request&&) = default;
  Request& operator=(Request&&) = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request();  // zeroises the values: keys are among them

  // Values have no line end.
  void set(const std::string& name, std::string value);
  const std::string& command() const { return command_; }
  // "" when it is not there.
  const std::string& get(const std::string& name) const;

  // With its empty line; the caller zeroises it.
  std::string encode() const;
  // invalid_argument: no request. text: with its empty line.
  static Result<Request> decode(std::string_view text);

 private:
  std::string command_;
  std::map<std::string, std::string> values_;
};

}  // namespace simbiont::me
