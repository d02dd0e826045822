// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/print.h"

#include <fmt/format.h>

namespace airtap {

namespace {

using Lines = std::vector<std::string>;

std::string pin_dir(const IfName& uplink) { return "/sys/fs/bpf/airtap/" + uplink.text(); }

std::string filter(const AttachPrograms& a, std::string_view direction, std::string_view program) {
  return fmt::format("tc filter add dev {} {} bpf direct-action object-pinned {}/{}",
                     a.device.text(), direction, pin_dir(a.uplink), program);
}

std::string text_of(const MacAddress& mac) {
  return mac.is_zero() ? "the one of its first frame" : mac.text();
}

struct Printer {
  Lines operator()(const SetFourAddr& a) const {
    return {fmt::format("iw dev {} set 4addr on", a.uplink.text())};
  }
  Lines operator()(const ProveGateway& a) const {
    return {fmt::format("arping -f -w {} -I {} {}", (a.timeout_ms + 999) / 1000, a.uplink.text(),
                        a.gateway.text())};
  }
  Lines operator()(const SetPromiscuous& a) const {
    return {fmt::format("ip link set {} promisc on", a.uplink.text())};
  }
  Lines operator()(const LoadDatapath& a) const {
    return {fmt::format("bpftool prog loadall airtap.bpf.o {0} type classifier pinmaps {0}",
                        pin_dir(a.uplink))};
  }
  Lines operator()(const AttachPrograms& a) const {
    Lines lines{fmt::format("tc qdisc add dev {} clsact", a.device.text())};
    switch (a.attachment) {
      case Attachment::air:
        lines.push_back(filter(a, "ingress", "from_air"));
        lines.push_back(filter(a, "egress", "from_host"));
        break;
      case Attachment::bridge_port:
        lines.push_back(filter(a, "ingress", "from_bridge"));
        break;
      case Attachment::bridge_self:
        lines.push_back(filter(a, "ingress", "to_bridge_self"));
        break;
      case Attachment::tap:
        lines.push_back(filter(a, "ingress", "from_tap"));
        break;
      case Attachment::ipvtap:
        lines.push_back(filter(a, "egress", "from_ipvtap"));
        lines.push_back(filter(a, "ingress", "to_ipvtap"));
        break;
      case Attachment::ipvlan:
        lines.push_back(filter(a, "ingress", "restore_group"));
        lines.push_back(filter(a, "egress", "ask_for_broadcast"));
        break;
    }
    return lines;
  }
  Lines operator()(const CreateBridge& a) const {
    return {
        fmt::format(
            "ip link add {} mtu {} type bridge mcast_snooping 0 forward_delay 0 vlan_filtering 1",
            a.name.text(), a.mtu),
        quiet(a.name)};
  }
  Lines operator()(const CreateBatman& a) const {
    return {fmt::format("ip link add {} type batadv", a.name.text()), quiet(a.name)};
  }
  Lines operator()(const CreateVeth& a) const {
    return {fmt::format("ip link add {} mtu {} type veth peer name {} mtu {}", a.outer.text(),
                        a.mtu, a.inner.text(), a.mtu),
            quiet(a.outer), quiet(a.inner)};
  }
  Lines operator()(const CreateTap& a) const {
    return {fmt::format("ip tuntap add dev {} mode tap vnet_hdr{} user {}", a.name.text(),
                        a.queues > 1 ? " multi_queue" : "", a.owner_uid),
            fmt::format("ip link set {} mtu {}", a.name.text(), a.mtu), quiet(a.name)};
  }
  Lines operator()(const CreateIpvtap& a) const {
    return {fmt::format("ip link add {} link {} mtu {} type ipvtap mode l2 bridge", a.name.text(),
                        a.lower.text(), a.mtu),
            fmt::format("ip link set {} allmulticast on", a.name.text()), quiet(a.name)};
  }
  Lines operator()(const CreateIpvlan& a) const {
    return {fmt::format("ip link add {} link {} mtu {} type ipvlan mode l2 bridge", a.name.text(),
                        a.uplink.text(), a.mtu)};
  }
  Lines operator()(const CreateStation& a) const {
    return {fmt::format("iw dev {} interface add {} type managed addr {}", a.uplink.text(),
                        a.name.text(), a.mac.text()),
            fmt::format("ip link set {} arp off", a.name.text()), quiet(a.name)};
  }
  Lines operator()(const CreateMacvtap& a) const {
    return {fmt::format("ip link add {} link {} mtu {} type macvtap mode passthru", a.name.text(),
                        a.lower.text(), a.mtu),
            fmt::format("ip link set {} allmulticast on", a.name.text()), quiet(a.name)};
  }
  Lines operator()(const JoinNetwork& a) const {
    return {
        fmt::format("systemd-run --unit=airtap-{0} --service-type=forking wpa_supplicant -B -i "
                    "{0} -c /run/airtap/{0}/wpa.conf  # the network of {1}, credentials: {2}",
                    a.station.text(), a.uplink.text(), a.credentials)};
  }
  Lines operator()(const JoinBridge& a) const {
    return {fmt::format("ip link set {} master {}", a.port.text(), a.bridge.text())};
  }
  Lines operator()(const SetUp& a) const {
    return {fmt::format("ip link set {} up", a.device.text())};
  }
  Lines operator()(const RegisterGuest& a) const {
    std::string flags;
    if (a.translate) flags += " translate";
    if (a.isolate) flags += " isolate";
    if (a.allow_server) flags += " server";
    return {
        fmt::format("bpftool map update pinned {}/guests  # guest {}: {} behind {},{} up to {} "
                    "addresses",
                    pin_dir(a.uplink), a.id, text_of(a.mac),
                    a.port.empty() ? "the bridge" : a.port.text(), flags, a.address_quota)};
  }

  static std::string quiet(const IfName& device) {
    return fmt::format("sysctl -w net.ipv6.conf.{}.disable_ipv6=1", device.text());
  }
};

void append(std::string& text, const Actions& actions) {
  for (const Action& action : actions)
    for (const std::string& line : commands(action)) text += "  " + line + "\n";
}

}  // namespace

std::string_view to_text(Feature feature) {
  switch (feature) {
    case Feature::four_addr:
      return "4addr";
    case Feature::datapath:
      return "datapath";
    case Feature::ipvlan:
      return "ipvlan";
    case Feature::batman:
      return "batman";
    case Feature::bridge:
      break;
  }
  return "bridge";
}

std::vector<std::string> commands(const Action& action) { return std::visit(Printer{}, action); }

std::string plan_text(const std::string& domain_name, const Plan& plan) {
  std::string text;
  for (const PlannedNic& nic : plan.nics)
    text += fmt::format("{}: {}: {} on {}, mode {} ({}), MAC {}\n", domain_name, nic.label,
                        nic.target.text(), nic.uplink.text(), to_text(nic.mode), nic.reason,
                        nic.mode == Mode::ipvlan ? "the uplink's" : text_of(nic.mac));
  for (const FeatureUse& use : plan.uses) {
    const auto* part = [&]() -> const SharedPart* {
      for (const SharedPart& shared : plan.shared)
        if (shared.use == use) return &shared;
      return nullptr;
    }();
    text += fmt::format("# {} of {}, shared with other guests{}\n", to_text(use.feature),
                        use.uplink.text(), part == nullptr ? ": in place already" : "");
    if (part != nullptr) append(text, part->actions);
  }
  if (!plan.own.empty()) text += fmt::format("# for {} alone\n", domain_name);
  append(text, plan.own);
  return text;
}

}  // namespace airtap
