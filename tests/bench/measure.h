// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is measured, on one side, for a moment. Each call starts and ends with an idle side.
#pragma once

#include <chrono>
#include <cstdint>

#include "bench/side.h"

namespace airtap::bench {

using Duration = std::chrono::milliseconds;

enum class Way { from_guest, to_guest };

struct Throughput {
  double bits_per_second = 0;
  /// Of all who took part: guest, host, LAN; their beginnings and ends included.
  double cpu_seconds_per_gigabyte = 0;
};
/// One run of iperf3 between the guest's kernel and the LAN's. Its client is the guest, whichever
/// way the bytes go: behind a NAT nobody else can make connections.
Throughput tcp(const Side& side, Way way, unsigned streams, std::uint64_t bytes);

/// Frames of 64 bytes a second that arrived, while they were sent as fast as one thread can.
double small_frames(const Side& side, Way way, Duration time);

struct RoundTrips {
  double p50_ns = 0, p99_ns = 0;
};
/// UDP, from the guest's device to a process on the LAN and back, one after the other.
RoundTrips round_trips(const Side& side, unsigned count);

}  // namespace airtap::bench
