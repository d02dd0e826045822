// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Measures airtap's modes and a plain bridge in turns and prints each sample as a line of JSON.
// What they mean is tests/bench/datapath's to say.
#include <fmt/format.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <thread>

#include "base/log.h"
#include "bench/measure.h"

namespace {

using namespace airtap::bench;  // NOLINT: a program
using airtap::test::Sandbox;

struct Options {
  unsigned rounds = 51, tcp_ms = 100, frames_ms = 50, pings = 500;
  std::string only;
  std::vector<std::string> sides{"plain", "macnat", "ipvtap"};
};

void sample(unsigned round, const Side& side, const char* what, double value) {
  if (round == 0) return;  // fills caches and tables
  std::cout << fmt::format(R"({{"round": {}, "side": "{}", "what": "{}", "value": {:.1f}}})", round,
                           side.name(), what, value)
            << std::endl;
}

using Measurement = std::function<void(unsigned round, const Side&)>;

std::map<std::string, Measurement> measurements(const Options& options) {
  const Duration tcp{options.tcp_ms}, frames{options.frames_ms};
  const auto one = [](auto measure, const char* what, Way way, Duration time) {
    return [=](unsigned round, const Side& side) {
      sample(round, side, what, measure(side, way, time));
    };
  };
  return {{"tcp_from_guest", one(tcp_bits, "tcp_from_guest", Way::from_guest, tcp)},
          {"tcp_to_guest", one(tcp_bits, "tcp_to_guest", Way::to_guest, tcp)},
          {"frames_from_guest", one(small_frames, "frames_from_guest", Way::from_guest, frames)},
          {"frames_to_guest", one(small_frames, "frames_to_guest", Way::to_guest, frames)},
          {"round_trip", [count = options.pings](unsigned round, const Side& side) {
             const RoundTrips times = round_trips(side, count);
             sample(round, side, "round_trip_p50", times.p50_ns);
             sample(round, side, "round_trip_p99", times.p99_ns);
           }}};
}

void note(const std::string& side, const char* what, const std::string& reason) {
  std::cout << fmt::format(R"({{"side": "{}", "{}": "{}"}})", side, what, reason) << std::endl;
}

std::unique_ptr<Side> make_ipvtap() {
  try {
    return Side::make("ipvtap", "ipvtap");
  } catch (const std::exception& reason) {
    note("ipvtap", "stand_in", reason.what());
    return Side::make("stand-in", "ipvtap");
  }
}

std::vector<std::unique_ptr<Side>> make_sides(const Options& options) {
  std::vector<std::unique_ptr<Side>> sides;
  for (const auto& name : options.sides) {
    if (name == "ipvtap") {
      sides.push_back(make_ipvtap());
    } else {
      sides.push_back(Side::make(name == "again" ? "plain" : name, name));
    }
  }
  return sides;
}

void run(const Options& options) {
  if (const auto reason = Sandbox::unavailable(); !reason.empty()) {
    throw std::runtime_error(reason);
  }
  utsname system{};
  ::uname(&system);
  std::cout << fmt::format(R"({{"kernel": "{}", "processors": {}}})", system.release,
                           std::thread::hardware_concurrency())
            << std::endl;
  auto sides = make_sides(options);
  const auto all = measurements(options);
  // Sides right after each other, in turned order each round: what drifts does so for all alike.
  for (unsigned round = 0; round <= options.rounds; ++round) {
    for (const auto& [what, measure] : all) {
      if (!options.only.empty() && what != options.only) continue;
      for (const auto& side : sides) measure(round, *side);
    }
    std::reverse(sides.begin(), sides.end());
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Samples for tests/bench/datapath, one JSON object a line", "bench_datapath"};
  app.add_option("--rounds", options.rounds);
  app.add_option("--tcp-ms", options.tcp_ms);
  app.add_option("--frames-ms", options.frames_ms);
  app.add_option("--pings", options.pings);
  app.add_option("--sides", options.sides, "plain, macvtap, macnat, ipvtap; again: plain once more")
      ->delimiter(',');
  app.add_option("--only", options.only, "one measurement, for a profiler");
  CLI11_PARSE(app, argc, argv);
  airtap::log::to_stderr();
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "bench_datapath: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
