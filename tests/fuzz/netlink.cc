// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Any bytes as the body of a message of rtnetlink's, of the kind that the first byte chooses. libnl
// has checked before that the message is complete; what is in it is for netlink_parse to check.
#include <linux/rtnetlink.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "kernel/events.h"
#include "kernel/netlink_parse.h"

namespace {

constexpr std::uint16_t kinds[] = {RTM_NEWLINK,  RTM_NEWADDR, RTM_NEWROUTE,
                                   RTM_NEWNEIGH, RTM_DELLINK, NLMSG_ERROR};

void require(bool promise) {
  if (!promise) std::abort();
}

void parse(nlmsghdr* message) {
  if (const auto link = airtap::parse_link(message)) {
    require(message->nlmsg_type == RTM_NEWLINK);
    require(!link->name.text().empty() && link->name.text().size() <= 15);
    require(link->kind.find('\0') == std::string::npos);
    require(link->alias.find('\0') == std::string::npos);
  }
  airtap::parse_link_counters(message);
  if (const auto address = airtap::parse_address(message))
    require(message->nlmsg_type == RTM_NEWADDR);
  if (const auto gateways = airtap::parse_default_route(message))
    require(message->nlmsg_type == RTM_NEWROUTE && !gateways->empty());
  if (const auto neighbour = airtap::parse_neighbour(message))
    require(message->nlmsg_type == RTM_NEWNEIGH);
  airtap::LinkWatch().came_up(message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // Of its exact size, so that a read past its end is one past the end of memory.
  const std::size_t length = NLMSG_HDRLEN + size - 1;
  const std::unique_ptr<char, decltype(&std::free)> memory(static_cast<char*>(std::malloc(length)),
                                                           std::free);
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(length);
  header.nlmsg_type = kinds[data[0] % std::size(kinds)];
  std::memcpy(memory.get(), &header, sizeof header);
  std::memcpy(memory.get() + NLMSG_HDRLEN, data + 1, size - 1);
  parse(reinterpret_cast<nlmsghdr*>(memory.get()));
  return 0;
}
