// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The facade that every program calls: hooks, helper, command line, monitor.
//
// Attach is all or nothing. Detach never stops: it does what it can and returns what it could not.
// Every change happens under one lock (record/store.h); facts are read under it too, so that a plan
// is true when it is applied.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apply/four_addr.h"
#include "kernel/kernel.h"
#include "model/guest_nic.h"
#include "model/network.h"
#include "plan/plan_attach.h"
#include "record/store.h"
#include "session/processes.h"
#include "session/state.h"

namespace airtap {

/// What reconcile or detach removed, and what it could not.
struct Cleanup {
  std::vector<std::string> removed;
  std::vector<Error> problems;
};

/// What follow() found.
struct Followed {
  bool guests_left = false;  ///< there is still somebody to follow for
  /// The host is found elsewhere now: worth announcing again in a moment, for what was lost.
  bool moved = false;
  std::vector<std::string> mended;  ///< for the journal
  std::vector<Error> problems;
};

/// Processes whose life stands for the guest's; GuestRecord says what each one means.
struct Owners {
  ProcessId starter;
  ProcessId emulator;
  ProcessId watcher;
};

/// A domain that runs.
struct DomainName {
  std::string name;
  std::string uuid;
};

/// One guest NIC as it is now.
struct NicStatus {
  std::string owner;  ///< name of the domain
  std::string uuid;
  PlannedNic nic;
  MacAddress station_mac;    ///< zero when the uplink is gone
  bool joined = false;       ///< of mode station: in the network
  bool has_traffic = false;  ///< `datapath` is filled in
  GuestState datapath;
};

/// An uplink that guests use.
struct UplinkStatus {
  IfName uplink;
  MacAddress station_mac;  ///< zero when the uplink is gone
  /// Drops of frames that are no guest's.
  GuestCounters strangers;
};

struct Status {
  std::vector<NicStatus> nics;
  std::vector<UplinkStatus> uplinks;
  /// Records that could not be read: there may be more than is shown.
  std::vector<Error> problems;
};

class Session {
 public:
  Session(Kernel kernel, Config config, RecordStore store, const Processes& processes)
      : kernel_(kernel),
        config_(std::move(config)),
        store_(std::move(store)),
        processes_(processes) {}

  /// An uplink that has to join its network anew is told to, and not waited for: for callers that
  /// have to be gone within a second.
  void do_not_wait() { patience_ = std::chrono::milliseconds::zero(); }

  /// What attach() would do now; touches nothing, takes no lock.
  Result<Plan> plan(const Domain& domain) const;

  /// `starter`: the daemon that will tell us when the domain ends.
  Result<> attach(const Domain& domain, Stage stage, const ProcessId& starter) {
    return attach(domain, stage, Owners{.starter = starter});
  }
  Result<> attach(const Domain& domain, Stage stage, const Owners& owners);
  /// The emulator runs: from now on its life is the record's.
  Result<> started(const std::string& uuid);
  /// Everything of a domain, or a network's hold on what its guests share. No record of that uuid:
  /// nothing to do.
  Cleanup detach(const std::string& uuid);
  /// One part of a domain: what attach_port() made.
  Cleanup detach(const std::string& uuid, const std::string& part);

  /// The network with uplink and bridge filled in; refuses what could not run now. Touches nothing.
  Result<Network> complete(Network network) const;
  /// A network of ours starts, or is found running. Without its uplink there is nothing to make
  /// yet, which is no error: libvirt starts networks at boot.
  Result<> start_network(const Network& network, const ProcessId& starter);
  /// A guest joins a network: known by its MAC from now on, before there is a TAP. Once more for
  /// the same port changes nothing.
  Result<> attach_port(const Network& network, const NetworkPort& port, const ProcessId& starter);
  /// libvirt has made the TAPs of ports of that domain: frames take the short way now.
  Result<> settle(const std::string& uuid, const std::vector<PortTap>& taps);

  /// Makes the device of one NIC, to be plugged into a guest that runs. It stays until down(), or,
  /// where a domain is named, until that ends.
  Result<> up(const GuestNic& nic, const std::optional<DomainName>& domain);
  /// Takes such a device away, or one that a domain had from its start on and has let go of.
  /// Refuses while a guest has it open.
  Result<Cleanup> down(const IfName& device);

  /// Removes what belongs to owners that are gone, to starts that never ended, and what no record
  /// mentions but carries our name.
  Cleanup reconcile();

  /// Brings what running guests rely on up to date with the host as it is now, and tells LAN and
  /// guests where everybody is found when the host has moved or `announce_all` is set.
  Result<Followed> follow(bool announce_all);

  /// Of every guest, or of one, by name or uuid; ENOENT when that has no NIC of ours.
  Result<Status> status(const std::optional<std::string>& domain = std::nullopt) const;

 private:
  /// A start that proves 4-address frames holds the lock for three seconds; several may queue.
  static constexpr std::chrono::milliseconds lock_timeout{30000};

  Result<> announce(const State& state, const UplinkRecord& record);
  /// `frequency`: the uplink's, in MHz.
  void follow_station(const GuestRecord& guest, const PlannedNic& nic,
                      const Result<unsigned>& frequency, Followed& followed);
  void follow_host(const State& state, bool announce_all, Followed& followed);
  Result<> make_shared_parts(State& state, const std::vector<SharedPart>& parts);
  Result<> run(State& state, GuestRecord& record, const Plan& plan);
  /// Under the lock: all records that can be relied on, without the stale and without those of the
  /// domain `ended`.
  Result<State> fresh_state(const std::string& ended);
  Result<> attach_nics(State& state, GuestRecord record, const Domain& domain, Stage stage);
  Result<> start_network(State& state, const Network& network, const ProcessId& starter);
  Result<> settle(GuestRecord& guest, const PortTap& tap);
  Cleanup detach_keys(const std::string& uuid, const std::optional<std::string>& part);
  /// One of several NICs of a record.
  void forget_nic(GuestRecord& guest, const IfName& device, Cleanup& cleanup);
  /// What up() has made and nobody holds, where a domain is about to have it made for itself.
  void forget_idle_devices(State& state, const Domain& domain, Cleanup& cleanup);
  bool has_lost_a_device(const GuestRecord& guest) const;
  using IsAlive = bool (Processes::*)(const ProcessId&) const;
  bool is_stale(const GuestRecord& guest, IsAlive is_alive) const;
  /// Undoes and forgets one guest; what cannot be undone stays recorded for the next reconcile.
  void forget_guest(State& state, const std::string& key, Cleanup& cleanup);
  void forget_stale_guests(State& state, IsAlive is_alive, Cleanup& cleanup);
  void remove_unused_features(State& state, Cleanup& cleanup);
  void remove_orphans(const State& state, Cleanup& cleanup);

  mutable Kernel kernel_;
  Config config_;
  RecordStore store_;
  const Processes& processes_;
  std::chrono::milliseconds patience_ = rejoin_timeout;
};

}  // namespace airtap
