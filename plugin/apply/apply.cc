// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply/apply.h"

#include <fmt/format.h>

#include <cerrno>

#include "apply/reserve.h"
#include "apply/settings.h"

namespace airtap {

namespace {

struct Applier {
  Kernel& kernel;

  Result<> operator()(const SetFourAddr& a) const {
    AIRTAP_TRY(const LinkFacts link, kernel.links.find(a.uplink));
    return kernel.wireless.set_four_addr(link.ifindex, true);
  }
  Result<> operator()(const ProveGateway& a) const {
    AIRTAP_TRY(const LinkFacts link, kernel.links.find(a.uplink));
    auto answered =
        kernel.reach.answers(link.ifindex, a.gateway, std::chrono::milliseconds(a.timeout_ms));
    if (!answered && answered.error().code() == ETIMEDOUT)
      return fail(fmt::format("the access point does not carry 4-address frames, gateway {} does "
                              "not answer on {}",
                              a.gateway.text(), a.uplink.text()),
                  "turn on WDS there, or try mode macnat", ETIMEDOUT);
    return answered;
  }
  Result<> operator()(const SetPromiscuous& a) const {
    return kernel.links.set_promiscuous(a.uplink, true);
  }
  Result<> operator()(const LoadDatapath& a) const {
    auto loaded = kernel.datapath.load(a.uplink);
    if (loaded || loaded.error().code() != EEXIST) return loaded;
    // Pins that no record knows: of a crash before the record was readable. Ours by their place.
    AIRTAP_CHECK(kernel.datapath.unload(a.uplink));
    return kernel.datapath.load(a.uplink);
  }
  Result<> operator()(const AttachPrograms& a) const {
    if (a.attachment == Attachment::air || a.attachment == Attachment::bridge_port)
      AIRTAP_CHECK(refresh_settings(kernel, a.uplink));
    return kernel.datapath.attach(a.uplink, a.device, a.attachment);
  }
  Result<> operator()(const CreateBridge& a) const {
    return kernel.links.create_bridge(a.name, a.mtu);
  }
  Result<> operator()(const CreateBatman& a) const { return kernel.links.create_batman(a.name); }
  Result<> operator()(const CreateVeth& a) const {
    return kernel.links.create_veth(a.outer, a.inner, a.mtu);
  }
  Result<> operator()(const CreateTap& a) const {
    return kernel.taps.create(a.name, a.queues, a.mtu, a.owner_uid);
  }
  Result<> operator()(const CreateIpvtap& a) const {
    return kernel.links.create_ipvtap(a.name, a.lower, a.mtu);
  }
  Result<> operator()(const CreateIpvlan& a) const {
    return kernel.links.create_ipvlan(a.name, a.uplink, a.mtu);
  }
  Result<> operator()(const CreateStation& a) const {
    AIRTAP_TRY(const LinkFacts uplink, kernel.links.find(a.uplink));
    AIRTAP_CHECK(kernel.wireless.create_station(uplink.ifindex, a.name, a.mac));
    return kernel.links.adopt(a.name);
  }
  Result<> operator()(const CreateMacvtap& a) const {
    return kernel.links.create_macvtap(a.name, a.lower, a.mtu);
  }
  Result<> operator()(const JoinNetwork& a) const {
    AIRTAP_TRY(const LinkFacts uplink, kernel.links.find(a.uplink));
    AIRTAP_TRY(const auto network, kernel.wireless.association(uplink.ifindex));
    if (!network)
      return fail(a.uplink.text() + " is in no network that its guest could join",
                  "join the Wi-Fi network first");
    return kernel.supplicants.start({.station = a.station,
                                     .uplink = a.uplink,
                                     .ssid = network->ssid,
                                     .frequency = network->frequency,
                                     .credentials = a.credentials});
  }
  Result<> operator()(const JoinBridge& a) const {
    return kernel.links.join_bridge(a.port, a.bridge);
  }
  Result<> operator()(const SetUp& a) const { return kernel.links.set_up(a.device, true); }
  Result<> operator()(const RegisterGuest& a) const {
    DatapathGuest guest{.id = a.id,
                        .mac = a.mac,
                        .port_is_ipvtap = a.port_is_ipvtap,
                        .translate = a.translate,
                        .isolate = a.isolate,
                        .allow_server = a.allow_server,
                        .address_quota = a.address_quota};
    if (!a.port.empty()) {
      AIRTAP_TRY(const LinkFacts port, kernel.links.find(a.port));
      guest.port_ifindex = port.ifindex;
    }
    if (a.mac.is_zero()) AIRTAP_CHECK(reserve_macs(kernel, a.uplink));
    return kernel.datapath.add_guest(a.uplink, guest);
  }
};

}  // namespace

Result<> apply(Kernel& kernel, const Action& action) { return std::visit(Applier{kernel}, action); }

Result<> apply_all(Kernel& kernel, const Actions& actions) {
  for (std::size_t done = 0; done < actions.size(); ++done) {
    auto result = apply(kernel, actions[done]);
    if (result) continue;
    // The failed one too: half of it may have been done, or all and the answer was lost. But not
    // what was there before it.
    const auto begun =
        static_cast<std::ptrdiff_t>(result.error().code() == EEXIST ? done : done + 1);
    std::string also;
    for (const Error& error : undo_all(kernel, Actions(actions.begin(), actions.begin() + begun)))
      also += "; while undoing: " + error.what();
    const Error& first = result.error();
    return fail(Error(first.what() + also, first.hint(), first.code()));
  }
  return {};
}

std::vector<Error> undo_all(Kernel& kernel, const Actions& actions,
                            std::chrono::milliseconds patience) {
  std::vector<Error> errors;
  // Not views::reverse: clang 14 cannot compile the one of libstdc++ 12.
  for (auto action = actions.rbegin(); action != actions.rend(); ++action)
    if (auto undone = undo(kernel, *action, patience); !undone) errors.push_back(undone.error());
  return errors;
}

}  // namespace airtap
