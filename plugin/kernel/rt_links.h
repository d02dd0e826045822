// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Links over rtnetlink. Messages are built by hand: libnl-route knows neither ipvtap nor "change
// this one flag by name", and its caches read the whole table for one link.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "kernel/links.h"
#include "kernel/netlink_socket.h"

namespace airtap {

class RtLinks final : public Links {
 public:
  /// One socket in the caller's network namespace, for the object's life. Not for use by two
  /// threads.
  static Result<std::unique_ptr<RtLinks>> open();

  Result<std::vector<LinkFacts>> list() override;
  Result<LinkFacts> find(const IfName& name) override;
  Result<LinkCounters> counters(const IfName& name) override;
  Result<std::vector<HostAddress>> addresses() override;
  Result<std::vector<Gateway>> gateways() override;
  Result<std::vector<Neighbour>> neighbours() override;
  Result<> solicit(int ifindex, const IpAddress& neighbour) override;

  Result<> create_bridge(const IfName& name, unsigned mtu) override;
  Result<> create_batman(const IfName& name) override;
  Result<> create_veth(const IfName& outer, const IfName& inner, unsigned mtu) override;
  Result<> create_ipvtap(const IfName& name, const IfName& lower, unsigned mtu) override;
  Result<> create_ipvlan(const IfName& name, const IfName& lower, unsigned mtu) override;
  Result<> create_macvtap(const IfName& name, const IfName& lower, unsigned mtu) override;
  Result<> adopt(const IfName& name) override;
  Result<> remove(const IfName& name) override;

  Result<> set_up(const IfName& name, bool up) override;
  Result<> set_promiscuous(const IfName& name, bool on) override;
  /// EBUSY when the port has another master: the kernel would move it silently.
  Result<> join_bridge(const IfName& port, const IfName& bridge) override;
  Result<> leave_bridge(const IfName& port) override;

 private:
  explicit RtLinks(NetlinkSocket socket) : socket_(std::move(socket)) {}
  Result<> filter_vlans(const IfName& bridge);
  Result<> mark(const IfName& name);
  Result<> finish_tap(const IfName& name);
  /// A device of `kind` above `lower`; `data` adds what is its kind's own.
  Result<> create_above(const char* kind, const IfName& name, const IfName& lower, unsigned mtu,
                        const std::function<void(NetlinkMessage&)>& data);
  Result<> create_ipvlan_kind(const char* kind, const IfName& name, const IfName& lower,
                              unsigned mtu);
  Result<> or_remove(Result<> result, const IfName& name);
  Result<> set_flag(const IfName& name, unsigned flag, bool on, std::string_view what);
  Result<> set_master(const IfName& port, int ifindex, std::string_view what);

  NetlinkSocket socket_;
};

}  // namespace airtap
