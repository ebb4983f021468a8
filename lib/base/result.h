// Errors as values: no exception crosses a library's boundary.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace simbiont {

enum class Errc {
  invalid_argument,  // the input is malformed or out of range
  not_found,
  already_exists,
  refused,      // well-formed, but a rule forbids it
  unavailable,  // cannot be done now: a lock, a key, a peer
  io,           // the operating system or the database said no
  corrupt,      // stored data fails its own check
};

struct Error {
  Errc code = Errc::io;
  std::string message;  // one line, for a person; never holds key material
};

inline Error error(Errc code, std::string message) { return Error{code, std::move(message)}; }

// A value or an Error. Reading the wrong side is a programming error (assert).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error e) : state_(std::in_place_index<1>, std::move(e)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return *access(*this); }
  const T& value() const& { return *access(*this); }
  T&& value() && { return std::move(*access(*this)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return access(*this); }
  const T* operator->() const { return access(*this); }

  const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  template <class Self>
  static auto* access(Self& self) {
    assert(self.ok());
    return std::get_if<0>(&self.state_);
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error e) : error_(std::move(e)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const {
    assert(!ok_);
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

using Status = Result<void>;

}  // namespace simbiont
