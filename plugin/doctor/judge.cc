// SPDX-License-Identifier: LGPL-2.1-or-later
#include "doctor/judge.h"

#include "plan/plan_attach.h"

namespace airtap {

namespace {

struct Sheet {
  std::vector<Finding>& findings;
  std::string section;

  void good(std::string subject, std::string text) {
    findings.push_back({section, std::move(subject), Verdict::good, std::move(text), {}});
  }
  void note(std::string subject, std::string text, std::string advice = {}) {
    findings.push_back(
        {section, std::move(subject), Verdict::note, std::move(text), std::move(advice)});
  }
  void bad(std::string subject, std::string text, std::string advice = {}) {
    findings.push_back(
        {section, std::move(subject), Verdict::bad, std::move(text), std::move(advice)});
  }
};

const TriedFeature* find_feature(const DoctorFacts& facts, std::string_view name) {
  if (!facts.features) return nullptr;
  for (const TriedFeature& feature : *facts.features)
    if (feature.name == name) return &feature;
  return nullptr;
}

void judge_features(const DoctorFacts& facts, Sheet& sheet) {
  if (!facts.features) {
    sheet.note("kernel features", "not tried: " + facts.trial_error, "run as root");
    return;
  }
  struct Known {
    const char* name;
    const char* subject;
    const char* works;
    bool needed;
  };
  for (const Known& known :
       {Known{"tap", "TAP devices", "one was made in a trial", true},
        Known{"datapath", "BPF programs", "loaded and attached in a trial", true},
        Known{"ipvtap", "ipvtap", "one was made in a trial", false}}) {
    const TriedFeature* feature = find_feature(facts, known.name);
    if (feature == nullptr) continue;
    if (!feature->refused)
      sheet.good(known.subject, known.works);
    else if (known.needed)
      sheet.bad(known.subject, feature->refused->what(), feature->refused->hint());
    else
      sheet.note(known.subject, feature->refused->what(), "only modes ipvtap and ipvlan need it");
  }
}

/// Posted to the kernel's developers in 2025; airtap's datapath does the same on any kernel.
void judge_l2macnat(const DoctorFacts& facts, Sheet& sheet) {
  const TriedFeature* feature = find_feature(facts, "l2macnat");
  if (feature != nullptr && !feature->refused)
    sheet.good("ipvlan l2macnat", "this kernel has it; airtap does not need it");
}

void judge_confinement(const HostFiles& files, Sheet& sheet) {
  // AppArmor judges the resolved path and lets a hook leave libvirtd's profile only into these.
  const bool in_bin = files.hook_program.empty() || files.hook_program.starts_with("/sbin/") ||
                      files.hook_program.starts_with("/usr/sbin/") ||
                      files.hook_program.starts_with("/usr/bin/") ||
                      files.hook_program.starts_with("/usr/local/sbin/");
  if (files.apparmor_confines_libvirt && !in_bin)
    sheet.bad("AppArmor",
              "confines libvirt, which then may not run " + files.hook_program + " as a hook",
              "install airtap with a prefix of /usr or /usr/local");
  else if (files.apparmor_confines_libvirt && !files.apparmor_knows_ipvtap)
    sheet.note(
        "AppArmor",
        "confines libvirt; QEMU's profile does not name /dev/tapN, so a guest in mode ipvtap "
        "can lose its network when a disk is detached",
        "add 'include if exists <abstractions/libvirt-qemu.d/airtap>' to "
        "/etc/apparmor.d/local/abstractions/libvirt-qemu");
  else if (files.apparmor_confines_libvirt)
    sheet.good("AppArmor", "confines libvirt; hook and ipvtaps are known to it");
  if (files.selinux_enforcing && !files.selinux_module)
    sheet.bad("SELinux", "enforcing, and lets libvirt run no hook", "install airtap-selinux");
  else if (files.selinux_enforcing)
    sheet.good("SELinux", "enforcing, with the module of airtap");
}

void judge_helper(const HostFiles& files, Sheet& sheet) {
  if (!files.helper_is_setuid)
    sheet.good("bridge helper", "off: it is not set-user-ID, so guests of root's libvirt only");
  else if (files.helper_refuses.empty())
    sheet.good("bridge helper", "on, and its list lets users have 'airtap'");
  else
    sheet.note("bridge helper", "on, but for nobody: " + files.helper_refuses,
               "write 'allow airtap' to /etc/qemu/bridge.conf");
}

void judge_network_manager(const HostFiles& files, Sheet& sheet) {
  if (!files.network_manager_runs) return;
  if (!files.network_manager_told)
    sheet.note("NetworkManager", "was not told to leave airtap's devices alone",
               "install NetworkManager/conf.d/50-airtap.conf of airtap, then reload it");
  else
    sheet.good("NetworkManager", "leaves airtap's devices alone");
  if (files.network_manager_macs.empty()) return;
  std::string values;
  for (const std::string& value : files.network_manager_macs)
    values += (values.empty() ? "" : ", ") + value;
  const std::string text = "cloned-mac-address is " + values;
  if (files.monitor_unit)
    sheet.good("NetworkManager's MACs", text + "; airtap-monitor follows a change");
  else
    sheet.note("NetworkManager's MACs",
               text + ": a new MAC cuts guests off, for nothing of airtap follows it",
               "systemctl enable --now airtap-monitor.path, or cloned-mac-address=permanent");
}

void judge_libvirt(const HostFiles& files, Sheet& sheet) {
  if (!files.hook_installed)
    sheet.bad("libvirt hook", "/etc/libvirt/hooks/qemu.d/50-airtap is not there or not executable",
              "install airtap again");
  else
    sheet.good("libvirt hook", "installed");
  if (files.hook_installed && !files.network_hook_installed)
    sheet.bad("network hook",
              "/etc/libvirt/hooks/network.d/50-airtap is not there or not executable: networks of "
              "airtap carry no guests",
              "install airtap again");
  if (files.daemons.empty())
    sheet.note("libvirt daemon", "none runs",
               "with socket activation it starts with the first virsh command");
  for (const LibvirtDaemon& daemon : files.daemons) {
    const std::string subject = daemon.name;
    const std::string pid = "runs, pid " + std::to_string(daemon.pid);
    if (daemon.knows_no_hook)
      sheet.note(subject, pid + ", since before there was any hook: it looks for none",
                 "if it was not reloaded since: systemctl reload " + daemon.name);
    else
      sheet.good(subject, pid + "; it runs hooks");
  }
  judge_confinement(files, sheet);
  judge_helper(files, sheet);
  if (files.bridges_filtered)
    sheet.note(
        "bridged frames",
        "go through iptables (br_netfilter), but those of airtap's guests; an interface with "
        "<filterref> or <bandwidth> puts its uplink's guests back under a FORWARD policy",
        "if that is DROP, as Docker sets it: iptables -I FORWARD -m physdev "
        "--physdev-is-bridged -i airbr-+ -j ACCEPT");
}

void judge_host(const DoctorFacts& facts, std::vector<Finding>& findings) {
  Sheet sheet{findings, "host"};
  const HostFiles& files = facts.files;
  sheet.good("kernel", files.kernel_release);
  judge_features(facts, sheet);
  judge_l2macnat(facts, sheet);
  judge_libvirt(files, sheet);
  if (files.vhost_net)
    sheet.good("vhost-net", "there");
  else
    sheet.note("vhost-net", "/dev/vhost-net is missing: guests work, with more CPU",
               "modprobe vhost_net");
  if (files.monitor_unit)
    sheet.good("airtap-monitor", "systemd starts it with the first guest");
  else
    sheet.note("airtap-monitor",
               "its systemd unit is missing: a new MAC or address of the host "
               "cuts guests off until the next start",
               "systemctl enable --now airtap-monitor.path");
  judge_network_manager(files, sheet);
}

std::string_view type_text(WirelessType type) {
  switch (type) {
    case WirelessType::station:
      return "Wi-Fi station";
    case WirelessType::access_point:
      return "Wi-Fi access point";
    case WirelessType::mesh_point:
      return "802.11s mesh point";
    case WirelessType::ad_hoc:
      return "Wi-Fi ad hoc (IBSS)";
    case WirelessType::p2p_client:
      return "Wi-Fi Direct client";
    case WirelessType::other:
      break;
  }
  return "Wi-Fi, of a type that carries no guests";
}

/// "4 on 1 channel: 1 managed, 4 AP or mesh".
std::string text_of(const InterfaceCombination& combination) {
  std::string text = std::to_string(combination.most) + " on " +
                     std::to_string(combination.channels) +
                     (combination.channels == 1 ? " channel" : " channels");
  const char* before = ": ";
  for (const auto& limit : combination.limits) {
    text += before + std::to_string(limit.most) + " ";
    before = ", ";
    for (std::size_t i = 0; i < limit.types.size(); ++i)
      text += (i == 0 ? "" : " or ") + limit.types[i];
  }
  return text;
}

std::string text_of(const std::vector<InterfaceCombination>& combinations) {
  std::string text;
  for (const InterfaceCombination& combination : combinations)
    text += (text.empty() ? "" : "; ") + text_of(combination);
  return text.empty() ? "one at a time" : text;
}

void judge_uplink(const DoctorFacts& facts, const UplinkFacts& uplink,
                  std::vector<Finding>& findings) {
  Sheet sheet{findings, "uplink"};
  sheet.good("interface", uplink.wireless ? std::string(type_text(uplink.wireless->type))
                                          : std::string("no Wi-Fi: wired or virtual"));
  if (!facts.files.driver.empty()) sheet.good("driver", facts.files.driver);
  if (!uplink.link.up || !uplink.link.carrier)
    sheet.bad("link", uplink.link.up ? "no carrier" : "down", "join the network first");
  else
    sheet.good("link", "up");
  if (uplink.gateways.empty())
    sheet.note("gateway", "no default route through it", "a guest start in mode 4addr needs one");
  else
    sheet.good("gateway", uplink.gateways.front().address.text());
  const std::string mac = uplink.link.mac.text();
  if (facts.files.mac_was_set)
    sheet.note("MAC", mac + ", set by software (NetworkManager's cloned-mac-address?)",
               facts.files.monitor_unit ? "" : "a change while guests run needs airtap-monitor");
  else
    sheet.good("MAC", mac);
  if (facts.driver_does_four_addr == true)
    sheet.good("4-address frames",
               uplink.wireless && uplink.wireless->four_addr ? "on" : "the driver does them");
  else if (facts.driver_does_four_addr == false)
    sheet.note("4-address frames", "the driver does not do them", "mode 4addr needs them");
  if (facts.combinations)
    sheet.good("interfaces at once",
               text_of(*facts.combinations) + "; airtap adds one for each guest in mode station");
}

void judge_second_machine(const LanAnswers& lan, Sheet& sheet) {
  if (lan.offered)
    sheet.good("lease for a second machine", lan.offered->text() + " was offered");
  else
    sheet.note("lease for a second machine", "no DHCP server made an offer",
               "guests in macnat and ipvtap may need a static address");
  if (lan.second_address_answered == true)
    sheet.good("several addresses, one MAC", "the gateway answers the second one, too");
  else if (lan.second_address_answered == false)
    sheet.bad("several addresses, one MAC",
              "the gateway does not answer a second address behind this MAC",
              "the access point may allow one a client: macnat and ipvtap will not work");
}

void judge_air(const AirFacts& air, std::vector<Finding>& findings) {
  Sheet sheet{findings, "access point"};
  if (air.failed) {
    sheet.bad("probe", air.failed->what(), air.failed->hint());
    return;
  }
  if (air.gateway_answers)
    sheet.good("gateway", "answers");
  else
    sheet.bad("gateway", "does not answer ARP", "is the host itself online?");
  if (air.four_addr_carried == true)
    sheet.good("4-address frames", "carried");
  else if (air.four_addr_carried == false)
    sheet.note("4-address frames", "not carried", "for mode 4addr turn on WDS on the access point");
  else
    sheet.note("4-address frames", "not tried: " + air.four_addr_note);
  judge_second_machine(air.lan, sheet);
  if (air.lan.address_conflict)
    sheet.bad("address conflict",
              air.lan.address_conflict->text() + " claims the host's own address");
  sheet.good("proxy ARP",
             air.lan.proxy_arp ? "on: the access point answers for its clients" : "off");
  if (air.lan.multicast_to_unicast)
    sheet.good("multicast to unicast", *air.lan.multicast_to_unicast ? "on" : "off");
  else
    sheet.note("multicast to unicast", "no group frame was heard in three seconds");
  sheet.note("client isolation", "cannot be seen from one client",
             "if guests reach the gateway but no other Wi-Fi device, the access point isolates "
             "its clients, guests included");
}

/// Why a mode that can be planned will not work all the same; empty when nothing is known.
std::string objection(const DoctorFacts& facts, Mode mode) {
  const auto refused = [&](std::string_view name) {
    const TriedFeature* feature = find_feature(facts, name);
    return feature != nullptr && feature->refused;
  };
  if (mode == Mode::station)
    return facts.files.supplicant_runs_by_systemd
               ? std::string()
               : "it takes wpa_supplicant, and systemd to keep it";
  if (refused("datapath")) return "BPF programs cannot be loaded";
  const bool on_ipvlan = mode == Mode::ipvtap || mode == Mode::ipvlan;
  if (on_ipvlan && refused("ipvtap")) return "no ipvtap in this kernel";
  if (!on_ipvlan && refused("tap")) return "no TAP devices in this kernel";
  if (mode == Mode::four_addr && facts.driver_does_four_addr == false)
    return "the driver does not do 4-address frames";
  if (!facts.air || facts.air->failed) return {};
  if (mode == Mode::four_addr && facts.air->four_addr_carried == false)
    return "the access point does not carry 4-address frames";
  if ((mode == Mode::macnat || on_ipvlan) && facts.air->lan.second_address_answered == false)
    return "the access point allows one address a client";
  return {};
}

ModeVerdict judge_mode(const DoctorFacts& facts, const Config& config, Mode mode) {
  const auto plan = plan_trial(facts.host, config, facts.uplink.text(), mode);
  if (!plan) {
    // The guest that does not exist is nobody to name.
    constexpr std::string_view label = "guest: ";
    const std::string line = plan.error().line();
    return {mode, false, line.starts_with(label) ? line.substr(label.size()) : line};
  }
  const Mode chosen = plan->nics.front().mode;
  const std::string why = objection(facts, chosen);
  if (mode == Mode::automatic)
    return {mode, why.empty(), std::string(to_text(chosen)) + (why.empty() ? "" : ", but " + why)};
  return {mode, why.empty(), why};
}

}  // namespace

Result<Plan> plan_trial(const HostFacts& host, const Config& config, const std::string& uplink,
                        std::optional<Mode> mode) {
  GuestNic nic{.label = "guest", .target = "airtap-doctor"};
  nic.mac = MacAddress{{0x52, 0x54, 0, 0xd0, 0xc7, 0x01}};
  nic.device_is_ours = true;
  nic.moves_away = mode == Mode::ipvlan;
  nic.mode = mode;
  if (!uplink.empty()) nic.uplink = uplink;
  return plan_attach({.name = "doctor", .uuid = {}, .nics = {nic}}, Stage::both, host, config, {});
}

Diagnosis judge(const DoctorFacts& facts, const Config& config) {
  Diagnosis diagnosis{.uplink = facts.uplink};
  judge_host(facts, diagnosis.findings);
  if (const UplinkFacts* uplink = facts.host.find_uplink(facts.uplink.text()))
    judge_uplink(facts, *uplink, diagnosis.findings);
  if (facts.air) judge_air(*facts.air, diagnosis.findings);
  for (const Mode mode : {Mode::automatic, Mode::macnat, Mode::ipvtap, Mode::four_addr,
                          Mode::bridge, Mode::ipvlan, Mode::station})
    diagnosis.modes.push_back(judge_mode(facts, config, mode));
  return diagnosis;
}

}  // namespace airtap
