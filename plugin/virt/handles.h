// SPDX-License-Identifier: LGPL-2.1-or-later
//
// libvirt's objects, freed when they go out of scope, and its errors as ours.
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>

#include "base/result.h"

namespace airtap::virt {

template <auto release>
struct With {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using Connection = std::unique_ptr<std::remove_pointer_t<virConnectPtr>, With<virConnectClose>>;
using Domain = std::unique_ptr<std::remove_pointer_t<virDomainPtr>, With<virDomainFree>>;
using Network = std::unique_ptr<std::remove_pointer_t<virNetworkPtr>, With<virNetworkFree>>;
using Port = std::unique_ptr<std::remove_pointer_t<virNetworkPortPtr>, With<virNetworkPortFree>>;
using Text = std::unique_ptr<char, With<std::free>>;

/// libvirt's own words for the call that has just failed.
inline tl::unexpected<Error> failure(const std::string& what) {
  const virError* error = virGetLastError();
  const char* message = error != nullptr && error->message != nullptr ? error->message : "failed";
  return fail(what + ": " + message, {}, error != nullptr ? error->code : 0);
}

inline bool last_error_is(virErrorNumber code) {
  const virError* error = virGetLastError();
  return error != nullptr && error->code == code;
}

}  // namespace airtap::virt
