// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "kernel/bpf_datapath_pins.h"
#include "kernel/datapath.h"

namespace airtap {

class BpfDatapath final : public Datapath {
 public:
  /// `pin_root` is on a BPF file system; its parent must exist.
  explicit BpfDatapath(std::filesystem::path pin_root = "/sys/fs/bpf/airtap");

  Result<> load(const IfName& uplink) override;
  Result<> unload(const IfName& uplink) override;
  Result<> configure(const IfName& uplink, const DatapathSettings& settings) override;
  Result<DatapathSettings> settings(const IfName& uplink) override;
  Result<> attach(const IfName& uplink, const IfName& device, Attachment attachment) override;
  Result<> detach(const IfName& device, Attachment attachment) override;
  Result<> reserve(const IfName& uplink, const std::vector<MacAddress>& macs) override;
  Result<> add_guest(const IfName& uplink, const DatapathGuest& guest) override;
  Result<> remove_guest(const IfName& uplink, unsigned id) override;
  Result<std::vector<GuestState>> guests(const IfName& uplink) override;
  Result<GuestCounters> strangers(const IfName& uplink) override;
  Result<std::vector<IfName>> loaded() override;

 private:
  BpfPins pins_;
};

}  // namespace airtap
