// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/bpf_datapath.h"

#include <net/if.h>

#include <cerrno>

#include "kernel/bpf_datapath_attach.h"
#include "kernel/bpf_datapath_guests.h"
#include "kernel/bpf_datapath_load.h"
#include "kernel/bpf_datapath_state.h"

namespace airtap {

BpfDatapath::BpfDatapath(std::filesystem::path pin_root) : pins_(std::move(pin_root)) {}

Result<> BpfDatapath::load(const IfName& uplink) {
  if (pins_.loaded(uplink)) {
    return fail_errno("a datapath is loaded for " + uplink.text() + " already", EEXIST);
  }
  AIRTAP_TRY(const auto directory, pins_.begin(uplink));
  auto result = load_bpf_objects(directory);
  if (result) result = pins_.commit(uplink);
  if (!result) pins_.abandon(uplink);
  return result;
}

Result<> BpfDatapath::unload(const IfName& uplink) {
  // The mark that clsact is ours goes with the pins: what kept detach from it is tried once more.
  for (const auto attachment : {Attachment::ipvlan, Attachment::air})
    AIRTAP_CHECK(detach(uplink, attachment));
  return pins_.remove(uplink);
}

Result<> BpfDatapath::configure(const IfName& uplink, const DatapathSettings& settings) {
  return write_settings(pins_, uplink, settings);
}

Result<DatapathSettings> BpfDatapath::settings(const IfName& uplink) {
  return read_settings(pins_, uplink);
}

Result<> BpfDatapath::attach(const IfName& uplink, const IfName& device, Attachment attachment) {
  const auto ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
  if (ifindex == 0) return fail_errno(device.text(), ENODEV);
  auto result = attach_programs(pins_, uplink, ifindex, attachment);
  return result ? result : fail(std::move(result).error().within(device.text()));
}

Result<> BpfDatapath::detach(const IfName& device, Attachment attachment) {
  const auto ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
  if (ifindex == 0) return {};
  auto result = detach_programs(pins_, ifindex, attachment);
  return result ? result : fail(std::move(result).error().within(device.text()));
}

Result<> BpfDatapath::reserve(const IfName& uplink, const std::vector<MacAddress>& macs) {
  return write_reserved(pins_, uplink, macs);
}

Result<> BpfDatapath::add_guest(const IfName& uplink, const DatapathGuest& guest) {
  AIRTAP_TRY(const bool there, is_written(pins_, uplink, guest));
  Result<> result;
  if (!there) {
    AIRTAP_CHECK(remove_guest(uplink, guest.id));
    result = write_guest(pins_, uplink, guest);
  }
  if (result && guest.isolate && !guest.port_is_ipvtap && guest.port_ifindex != 0) {
    result = attach_isolation(pins_, uplink, guest.port_ifindex);
  }
  if (!result) static_cast<void>(remove_guest(uplink, guest.id));
  return result;
}

Result<> BpfDatapath::remove_guest(const IfName& uplink, unsigned id) {
  if (!pins_.loaded(uplink)) return {};
  const auto forgotten = erase_guest(pins_, uplink, id);
  // Somebody removed pins: nothing finds the maps again, and they go with the programs.
  if (!forgotten && forgotten.error().code() == ENOENT) return {};
  if (!forgotten) return fail(forgotten.error());
  return forgotten->isolated_port != 0 ? detach_isolation(pins_, forgotten->isolated_port)
                                       : Result<>();
}

Result<std::vector<GuestState>> BpfDatapath::guests(const IfName& uplink) {
  return read_guests(pins_, uplink);
}

Result<GuestCounters> BpfDatapath::strangers(const IfName& uplink) {
  return read_counters(pins_, uplink, 0);
}

Result<std::vector<IfName>> BpfDatapath::loaded() { return pins_.uplinks(); }

}  // namespace airtap
