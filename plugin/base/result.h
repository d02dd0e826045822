// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The one way airtap reports what went wrong: a value, never an exception.
//
// Three usage patterns:
//   return fail("what happened", "what to do");          // make one
//   AIRTAP_TRY(links, kernel.links().list());            // take the value or return the error
//   return std::move(result).error().within("ua-lan");   // add where it happened, outermost last
//
// The printed form is one line, which libvirt shows to the user:
//   vm1: ua-lan: 4addr: access point does not answer (try mode macnat)
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace airtap {

class [[nodiscard]] Error {
 public:
  /// `code` is the errno behind the failure, 0 when there is none.
  explicit Error(std::string what, std::string hint = {}, int code = 0)
      : what_(std::move(what)), hint_(std::move(hint)), code_(code) {}

  /// Says where: puts `place` and ": " before the text.
  Error within(std::string_view place) const {
    return Error(std::string(place) + ": " + what_, hint_, code_);
  }
  /// The same error with advice, unless it already carries some.
  Error with_hint(std::string hint) const {
    return hint_.empty() ? Error(what_, std::move(hint), code_) : *this;
  }

  const std::string& what() const { return what_; }
  const std::string& hint() const { return hint_; }
  int code() const { return code_; }

  /// One line: the chain, then the hint in parentheses.
  std::string line() const { return hint_.empty() ? what_ : what_ + " (" + hint_ + ")"; }

 private:
  std::string what_;
  std::string hint_;
  int code_ = 0;
};

template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(std::string what, std::string hint = {}, int code = 0) {
  return fail(Error(std::move(what), std::move(hint), code));
}
/// For a failed system call: `what` followed by the text of `errno_value` (positive).
inline tl::unexpected<Error> fail_errno(std::string what, int errno_value, std::string hint = {}) {
  return fail(std::move(what) + ": " + std::strerror(errno_value), std::move(hint), errno_value);
}

}  // namespace airtap

#define AIRTAP_CONCAT_(a, b) a##b
#define AIRTAP_CONCAT(a, b) AIRTAP_CONCAT_(a, b)
#define AIRTAP_TRY_(tmp, declaration, expression)          \
  auto tmp = (expression);                                 \
  if (!tmp) return ::airtap::fail(std::move(tmp).error()); \
  declaration = std::move(*tmp)
/// AIRTAP_TRY(auto x, f()): declares x from the value of f(), or returns its error.
#define AIRTAP_TRY(declaration, expression) \
  AIRTAP_TRY_(AIRTAP_CONCAT(airtap_try_, __LINE__), declaration, expression)
/// AIRTAP_CHECK(f()): for a Result<void>; returns its error.
#define AIRTAP_CHECK(expression)                       \
  if (auto airtap_check = (expression); !airtap_check) \
  return ::airtap::fail(std::move(airtap_check).error())
