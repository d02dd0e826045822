// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/fake_kernel.h"

#include <algorithm>
#include <cerrno>

namespace airtap::test {

FakeKernel FakeKernel::laptop() {
  FakeKernel kernel;
  LinkFacts& lo = kernel.add_link("lo");
  lo.loopback = true;
  lo.ethernet = false;
  LinkFacts& wlan = kernel.add_link("wlan0");
  wlan.mac = MacAddress::parse("02:00:00:00:01:00").value();
  wlan.up = wlan.carrier = true;
  kernel.state.wireless["wlan0"] = {.type = WirelessType::station};
  kernel.state.addresses = {{.ifindex = wlan.ifindex,
                             .address = IpAddress::parse("10.77.0.20").value(),
                             .prefix_length = 24,
                             .broadcast = IpAddress::parse("10.77.0.255").value()}};
  kernel.state.gateways = {{wlan.ifindex, IpAddress::parse("10.77.0.1").value(), 600}};
  return kernel;
}

LinkFacts& FakeKernel::add_link(const std::string& name, const std::string& kind) {
  LinkFacts link{
      .ifindex = next_ifindex_++, .name = IfName::parse(name).value(), .kind = kind, .mtu = 1500};
  return state.links[name] = link;
}

Result<> FakeKernel::changing(const char* what) {
  const unsigned number = calls++;
  if (crash_at == number) throw CrashNow{};
  if (fail_at == number) return fail(std::string(what) + ": made to fail", {}, fail_with);
  return {};
}

Result<> FakeKernel::done() {
  if (lose_answer_at == calls - 1) return fail("answer: made to fail", {}, ECOMM);
  return {};
}

Result<> FakeKernel::asking() {
  if (fail_question_at == questions++) return fail("question: made to fail", {}, fail_with);
  return {};
}

Result<LinkFacts*> FakeKernel::link(const IfName& name) {
  const auto found = state.links.find(name.text());
  if (found == state.links.end()) return fail_errno(name.text(), ENODEV);
  return &found->second;
}

Result<> FakeKernel::free_name(const IfName& name) {
  if (state.links.contains(name.text())) return fail_errno(name.text(), EEXIST);
  return {};
}

Result<std::vector<LinkFacts>> FakeKernel::list() {
  AIRTAP_CHECK(asking());
  std::vector<LinkFacts> all;
  for (const auto& [name, facts] : state.links) all.push_back(facts);
  return all;
}

Result<LinkFacts> FakeKernel::find(const IfName& name) {
  AIRTAP_CHECK(asking());
  AIRTAP_TRY(const LinkFacts* found, link(name));
  return *found;
}

Result<LinkCounters> FakeKernel::counters(const IfName& name) {
  AIRTAP_TRY(const LinkFacts* found, link(name));
  return link_counters[found->name.text()];
}

Result<> FakeKernel::solicit(int ifindex, const IpAddress& neighbour) {
  solicited.push_back(neighbour);
  if (neighbours_answer)
    state.neighbours.push_back(
        {ifindex, neighbour, MacAddress::parse("02:00:00:00:00:fe").value()});
  return {};
}

Result<> FakeKernel::create_bridge(const IfName& name, unsigned mtu) {
  AIRTAP_CHECK(changing("bridge"));
  AIRTAP_CHECK(free_name(name));
  LinkFacts& made = add_link(name.text(), "bridge");
  made.mtu = mtu;
  made.alias = "airtap";
  return done();
}

Result<> FakeKernel::create_batman(const IfName& name) {
  AIRTAP_CHECK(changing("batman"));
  AIRTAP_CHECK(free_name(name));
  LinkFacts& made = add_link(name.text(), "batadv");
  made.alias = "airtap";
  made.carrier = true;
  return done();
}

Result<> FakeKernel::create_veth(const IfName& outer, const IfName& inner, unsigned mtu) {
  AIRTAP_CHECK(changing("veth"));
  AIRTAP_CHECK(free_name(outer));
  AIRTAP_CHECK(free_name(inner));
  const int first = add_link(outer.text(), "veth").ifindex;
  const int second = add_link(inner.text(), "veth").ifindex;
  for (auto [name, peer] : {std::pair(outer, second), std::pair(inner, first)}) {
    LinkFacts& made = state.links[name.text()];
    made.lower = peer;
    made.mtu = mtu;
    made.alias = "airtap";
  }
  return done();
}

Result<> FakeKernel::create_ipvtap(const IfName& name, const IfName& lower, unsigned mtu) {
  return create_slave("ipvtap", name, lower, mtu);
}

Result<> FakeKernel::create_ipvlan(const IfName& name, const IfName& lower, unsigned mtu) {
  return create_slave("ipvlan", name, lower, mtu);
}

Result<> FakeKernel::create_slave(const char* kind, const IfName& name, const IfName& lower,
                                  unsigned mtu) {
  AIRTAP_CHECK(changing(kind));
  if (!has_ipvlan && kind != std::string("macvtap"))
    return fail_errno(kind, EOPNOTSUPP, "choose mode macnat");
  AIRTAP_CHECK(free_name(name));
  AIRTAP_TRY(const LinkFacts* below, link(lower));
  const int below_ifindex = below->ifindex;
  LinkFacts& made = add_link(name.text(), kind);
  made.lower = below_ifindex;
  made.mtu = mtu;
  made.being_made = true;
  AIRTAP_CHECK(done());
  return adopt(name);
}

Result<> FakeKernel::remove(const IfName& name) {
  AIRTAP_CHECK(changing("remove"));
  AIRTAP_TRY(const LinkFacts* found, link(name));
  const LinkFacts facts = *found;
  // cfg80211 has no rtnl_link_ops.dellink.
  if (state.wireless.contains(name.text())) return fail_errno("remove", EOPNOTSUPP);
  drop(facts);
  return done();
}

void FakeKernel::drop(const LinkFacts& facts) {
  if (facts.kind == "veth")
    std::erase_if(state.links, [&](const auto& l) { return l.second.ifindex == facts.lower; });
  std::erase_if(state.links, [&](const auto& l) {
    return l.second.kind == "macvtap" && l.second.lower == facts.ifindex;
  });
  state.links.erase(facts.name.text());
  state.tap_queues.erase(facts.name.text());
  for (auto& [other, port] : state.links)
    if (port.master == facts.ifindex) port.master = 0;
  std::erase_if(state.filters, [&](const auto& f) { return !state.links.contains(f.first); });
}

Result<> FakeKernel::create_macvtap(const IfName& name, const IfName& lower, unsigned mtu) {
  return create_slave("macvtap", name, lower, mtu);
}

Result<> FakeKernel::adopt(const IfName& name) {
  AIRTAP_CHECK(changing("mark"));
  AIRTAP_TRY(LinkFacts * found, link(name));
  found->alias = "airtap";
  found->being_made = false;
  return done();
}

Result<> FakeKernel::create_station(int, const IfName& name, const MacAddress& mac) {
  AIRTAP_CHECK(changing("station"));
  AIRTAP_CHECK(free_name(name));
  add_link(name.text()).mac = mac;
  state.wireless[name.text()] = {.type = WirelessType::station};
  return done();
}

Result<> FakeKernel::remove_station(int ifindex) {
  AIRTAP_CHECK(changing("remove station"));
  for (const auto& [name, facts] : state.links)
    if (facts.ifindex == ifindex) {
      const LinkFacts gone = facts;
      state.wireless.erase(gone.name.text());
      drop(gone);
      return done();
    }
  return fail_errno("remove station", ENODEV);
}

Result<> FakeKernel::start(const StationNetwork& network) {
  AIRTAP_CHECK(changing("supplicant"));
  state.supplicants[network.station.text()] = network.frequency;
  if (station_refused) return fail(*station_refused);
  if (state.links.contains(network.station.text()))
    for (auto& [name, facts] : state.links)
      if (facts.lower == state.links[network.station.text()].ifindex) facts.carrier = true;
  return done();
}

Result<> FakeKernel::stop(const IfName& station) {
  AIRTAP_CHECK(changing("stop supplicant"));
  state.supplicants.erase(station.text());
  return done();
}

Result<bool> FakeKernel::follow(const IfName& station, unsigned frequency) {
  AIRTAP_CHECK(changing("follow"));
  const auto found = state.supplicants.find(station.text());
  if (found == state.supplicants.end()) return fail_errno("wpa_supplicant", ENOENT);
  const bool told = found->second != frequency;
  found->second = frequency;
  return told;
}

Result<std::vector<IfName>> FakeKernel::stations() {
  AIRTAP_CHECK(asking());
  std::vector<IfName> result;
  for (const auto& [name, frequency] : state.supplicants)
    result.push_back(IfName::parse(name).value());
  return result;
}

Result<> FakeKernel::set_up(const IfName& name, bool up) {
  AIRTAP_CHECK(changing("up"));
  AIRTAP_TRY(LinkFacts * found, link(name));
  found->up = up;
  return done();
}

Result<> FakeKernel::set_promiscuous(const IfName& name, bool on) {
  AIRTAP_CHECK(changing("promiscuous"));
  AIRTAP_TRY(LinkFacts * found, link(name));
  found->promiscuous = on;
  return done();
}

Result<> FakeKernel::join_bridge(const IfName& port, const IfName& bridge) {
  AIRTAP_CHECK(changing("join"));
  AIRTAP_TRY(LinkFacts * found, link(port));
  AIRTAP_TRY(const LinkFacts* master, link(bridge));
  if (found->master != 0 && found->master != master->ifindex) return fail_errno("join", EBUSY);
  found->master = master->ifindex;
  return done();
}

Result<> FakeKernel::leave_bridge(const IfName& port) {
  AIRTAP_CHECK(changing("leave"));
  AIRTAP_TRY(LinkFacts * found, link(port));
  found->master = 0;
  return done();
}

Result<> FakeKernel::create(const IfName& name, unsigned queues, unsigned mtu, std::uint32_t) {
  AIRTAP_CHECK(changing("tap"));
  AIRTAP_CHECK(free_name(name));
  LinkFacts& made = add_link(name.text(), "tun");
  made.mtu = mtu;
  made.alias = "airtap";
  state.tap_queues[name.text()] = queues;
  return done();
}

Result<std::optional<WirelessFacts>> FakeKernel::info(int ifindex) {
  AIRTAP_CHECK(asking());
  return radio(ifindex);
}

std::optional<WirelessFacts> FakeKernel::radio(int ifindex) {
  for (const auto& [name, facts] : state.wireless)
    if (state.links.contains(name) && state.links[name].ifindex == ifindex) return facts;
  return std::nullopt;
}

Result<> FakeKernel::set_four_addr(int ifindex, bool on) {
  AIRTAP_CHECK(changing("4addr"));
  for (auto& [name, facts] : state.wireless)
    if (state.links.contains(name) && state.links[name].ifindex == ifindex) {
      facts.four_addr = on;
      return done();
    }
  return fail_errno("4addr", EOPNOTSUPP);
}

Result<> FakeKernel::reassociate(const IfName&) {
  AIRTAP_CHECK(changing("reassociate"));
  if (!has_supplicant) return fail_errno("wpa_supplicant", ENOENT);
  ++rejoined;
  stuck = rejoins_late;
  return done();
}

Result<> FakeKernel::answers(int ifindex, const IpAddress&, std::chrono::milliseconds) {
  AIRTAP_CHECK(changing("arp"));
  const auto wireless = radio(ifindex);
  const bool four = wireless && wireless->four_addr;
  if (four && access_point_sticks_to_four_address) stuck = true;
  if (!four && stuck) return fail_errno("no answer", ETIMEDOUT);
  if (four ? gateway_answers_four_address : gateway_answers_three_address) return {};
  return fail_errno("no answer", ETIMEDOUT);
}

Result<> FakeKernel::announce(int, const std::vector<Announcement>& announcements) {
  AIRTAP_CHECK(changing("announce"));
  std::ranges::copy(announcements, std::back_inserter(announced));
  return done();
}

Result<> FakeKernel::load(const IfName& uplink) {
  AIRTAP_CHECK(changing("load"));
  if (state.pins.contains(uplink.text())) return fail_errno("load", EEXIST);
  state.pins[uplink.text()];
  return done();
}

Result<> FakeKernel::unload(const IfName& uplink) {
  AIRTAP_CHECK(changing("unload"));
  for (const auto attachment : {Attachment::air, Attachment::ipvlan})
    state.filters.erase({uplink.text(), attachment});
  state.pins.erase(uplink.text());
  return done();
}

Result<> FakeKernel::configure(const IfName& uplink, const DatapathSettings& now) {
  AIRTAP_CHECK(changing("configure"));
  if (!state.pins.contains(uplink.text())) return fail_errno("configure", ENOENT);
  configured = now;
  return done();
}

Result<DatapathSettings> FakeKernel::settings(const IfName& uplink) {
  AIRTAP_CHECK(asking());
  if (!state.pins.contains(uplink.text())) return fail_errno("settings", ENOENT);
  return configured;
}

Result<> FakeKernel::attach(const IfName& uplink, const IfName& device, Attachment attachment) {
  AIRTAP_CHECK(changing("attach"));
  if (!state.pins.contains(uplink.text())) return fail_errno("attach", ENOENT);
  AIRTAP_TRY(const LinkFacts* found, link(device));
  state.filters.insert({found->name.text(), attachment});
  return done();
}

Result<> FakeKernel::detach(const IfName& device, Attachment attachment) {
  AIRTAP_CHECK(changing("detach"));
  state.filters.erase({device.text(), attachment});
  return done();
}

Result<> FakeKernel::reserve(const IfName& uplink, const std::vector<MacAddress>& macs) {
  AIRTAP_CHECK(changing("reserve"));
  if (!state.pins.contains(uplink.text())) return fail_errno("reserve", ENOENT);
  reserved = macs;
  return done();
}

Result<> FakeKernel::add_guest(const IfName& uplink, const DatapathGuest& guest) {
  AIRTAP_CHECK(changing("guest"));
  if (!state.pins.contains(uplink.text())) return fail_errno("guest", ENOENT);
  state.pins[uplink.text()][guest.id] = guest.mac;
  return done();
}

Result<> FakeKernel::remove_guest(const IfName& uplink, unsigned id) {
  AIRTAP_CHECK(changing("forget"));
  if (state.pins.contains(uplink.text())) state.pins[uplink.text()].erase(id);
  return done();
}

Result<std::vector<GuestState>> FakeKernel::guests(const IfName& uplink) {
  AIRTAP_CHECK(asking());
  std::vector<GuestState> result;
  if (!state.pins.contains(uplink.text())) return fail_errno("guests", ENOENT);
  for (const auto& [id, mac] : state.pins[uplink.text()])
    result.push_back({.id = id, .mac = mac, .addresses = learned[id], .counters = counted[id]});
  return result;
}

Result<GuestCounters> FakeKernel::strangers(const IfName& uplink) {
  if (!state.pins.contains(uplink.text())) return fail_errno("strangers", ENOENT);
  return of_strangers;
}

Result<std::vector<IfName>> FakeKernel::loaded() {
  AIRTAP_CHECK(asking());
  std::vector<IfName> result;
  for (const auto& [name, guests] : state.pins) result.push_back(IfName::parse(name).value());
  return result;
}

}  // namespace airtap::test
