// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <stdexcept>

#include "bench/sides.h"
#include "kernel/bpf_datapath.h"
#include "kernel/real_kernel.h"
#include "session/session.h"

namespace airtap::bench {
namespace {

/// The very start of a domain, without libvirt. Where there are many, one domain has them all.
class AirtapSide final : public Side {
 public:
  AirtapSide(const std::string& kind, Mode mode, unsigned guests)
      : Side(kind), mode_(mode), guests_(guests) {}

 private:
  std::unique_ptr<Nic> connect_guest() override {
    const auto kernel = RealKernel::open();
    if (!kernel) throw std::runtime_error(kernel.error().line());
    const ProcProcesses processes;
    Session session((*kernel)->seam(), Config{}, RecordStore("/run/airtap"), processes);
    Domain domain{uplink(), "00000000-0000-0000-0000-000000000001", {}};
    for (unsigned guest = 1; guest <= guests_; ++guest) domain.nics.push_back(nic(guest));
    const ProcessId self = processes.identify(::getpid()).value();
    if (const auto made = session.attach(domain, Stage::both, self); !made) {
      throw std::runtime_error(made.error().line());
    }
    allow_many_files();
    auto first = plug(1);
    for (unsigned guest = 2; guest <= guests_; ++guest) {
      crowd_.push_back(plug(guest));
      announce(*crowd_.back(), guest);
    }
    require_known(session);
    return first;
  }

  GuestNic nic(unsigned guest) const {
    GuestNic nic{.label = "ua-bench" + std::to_string(guest),
                 .mac = MacAddress{test::guest_mac(guest)},
                 .target = "airtap" + std::to_string(guest),
                 .device_is_ours = true};
    nic.mode = mode_;
    nic.uplink = uplink();
    return nic;
  }

  std::unique_ptr<Nic> plug(unsigned guest) const {
    const std::string name = "airtap" + std::to_string(guest);
    box_->run("ip link set " + name + " up");
    return open_tap(
        mode_ == Mode::ipvtap ? "/dev/tap" + std::to_string(box_->ifindex(name)) : "/dev/net/tun",
        name);
  }

  /// Four addresses of each guest, or the crowd is none.
  void require_known(const Session& session) const {
    if (crowd_.empty()) return;
    const auto status = session.status();
    if (!status) throw std::runtime_error(status.error().line());
    std::size_t known = 0;
    for (const auto& nic : status->nics) known += nic.datapath.addresses.size();
    if (known != 4 * crowd_.size()) {
      throw std::runtime_error("the datapath knows " + std::to_string(known) + " addresses of " +
                               std::to_string(crowd_.size()) + " guests");
    }
  }

  Mode mode_;
  unsigned guests_;
  std::vector<std::unique_ptr<Nic>> crowd_;
};

/// For a kernel without ipvlan: the same queue (drivers/net/tap.c) and the same hooks. Neither
/// driver's own transmit or receive path is reached while our programs are on it.
class StandInSide final : public Side {
 public:
  explicit StandInSide(const std::string& kind) : Side(kind) {}

 private:
  std::unique_ptr<Nic> connect_guest() override {
    box_->run("ip link add airup-up type veth peer name airin-up");
    box_->run("ip link set airup-up up");
    box_->run("ip link add link airup-up name airtap0 type macvtap mode bridge");
    const IfName up = *IfName::parse(uplink()), device = *IfName::parse("airtap0");
    const DatapathGuest guest{.id = 1,
                              .mac = MacAddress{guest_.mac},
                              .port_ifindex = box_->ifindex("airtap0"),
                              .port_is_ipvtap = true,
                              .translate = true,
                              .address_quota = 8};
    DatapathSettings settings{.uplink_ifindex = box_->ifindex(uplink()),
                              .station_mac = MacAddress{mac_of(uplink())},
                              .host = {*IpAddress::parse(host_ip)}};
    BpfDatapath datapath;
    for (const auto& step :
         {datapath.load(up), datapath.configure(up, settings),
          datapath.attach(up, up, Attachment::air), datapath.add_guest(up, guest),
          datapath.attach(up, device, Attachment::ipvtap)}) {
      if (!step) throw std::runtime_error(step.error().line());
    }
    return queue_of("airtap0");
  }
};

}  // namespace

std::unique_ptr<Side> make_airtap(const std::string& kind, Mode mode, unsigned guests) {
  return std::make_unique<AirtapSide>(kind, mode, guests);
}

std::unique_ptr<Side> make_stand_in(const std::string& kind) {
  return std::make_unique<StandInSide>(kind);
}

}  // namespace airtap::bench
