// SPDX-License-Identifier: LGPL-2.1-or-later
#include "request.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace airtap {

const char* const usage = "Usage: airtap-bridge-helper [--use-vnet] --br=bridge --fd=unixfd\n";

const char* const help =
    "Usage: airtap-bridge-helper [--use-vnet] --br=NAME --fd=UNIXFD\n"
    "\n"
    "Makes a network device for a virtual machine and passes it to the caller, which is\n"
    "QEMU or a libvirt without privileges. Takes the place of qemu-bridge-helper.\n"
    "\n"
    "  --br=NAME    an existing bridge; or the uplink to be a guest of airtap on, or one of\n"
    "               airtap, airtap-macnat, airtap-ipvtap, airtap-4addr, airtap-bridge,\n"
    "               airtap-auto, or a [profile.NAME] of /etc/airtap/airtap.toml\n"
    "  --fd=UNIXFD  number of the socket that the device is sent to\n"
    "  --use-vnet   the device has a virtio header\n"
    "  --help       this text\n"
    "  --version    the version\n"
    "\n"
    "/etc/qemu/bridge.conf says who may use which name: see airtap-bridge-helper(8).\n";

namespace {

/// What follows `option` in `argument`.
std::optional<std::string_view> value_of(std::string_view argument, std::string_view option) {
  if (!argument.starts_with(option)) return std::nullopt;
  return argument.substr(option.size());
}

Result<int> parse_fd(std::string_view text) {
  int fd = -1;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, fd);
  if (error != std::errc() || stopped != end || fd < 0)
    return fail("--fd= is not followed by the number of a file descriptor",
                "QEMU and libvirt add it themselves");
  return fd;
}

}  // namespace

Result<Request> parse_request(int argc, const char* const* argv) {
  Request request;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--use-vnet") {
      request.use_vnet = true;
    } else if (const auto bridge = value_of(argument, "--br=")) {
      auto name = IfName::parse(*bridge);
      if (!name) return fail(name.error().within("--br"));
      request.bridge = std::move(*name);
    } else if (const auto fd = value_of(argument, "--fd=")) {
      AIRTAP_TRY(request.socket, parse_fd(*fd));
    } else if (argument == "--help") {
      request.kind = Request::Kind::help;
      return request;
    } else if (argument == "--version") {
      request.kind = Request::Kind::version;
      return request;
    } else {
      return fail("unknown argument", "see airtap-bridge-helper --help");
    }
  }
  if (request.bridge.empty()) return fail("--br= is missing", "see airtap-bridge-helper --help");
  if (request.socket < 0)
    return fail("--fd= is missing",
                "QEMU and libvirt add it themselves, see airtap-bridge-helper --help");
  return request;
}

}  // namespace airtap
