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
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "base/log.h"
#include "bench/measure.h"

namespace {

using namespace airtap::bench;  // NOLINT: a program
using airtap::test::Sandbox;

struct Options {
  unsigned rounds = 51, tcp_mbytes = 64, frames_ms = 50, pings = 500, few = 21;
  std::string only;
  bool ask = false;
  std::vector<std::string> sides{"plain", "macnat", "ipvtap"}, brief;
};

void sample(unsigned round, const Side& side, const std::string& what, double value) {
  if (round == 0) return;  // fills caches and tables
  std::cout << fmt::format(R"({{"round": {}, "side": "{}", "what": "{}", "value": {:.6g}}})", round,
                           side.name(), what, value)
            << std::endl;
}

using Measurement = std::function<void(unsigned round, const Side&)>;
using Measurements = std::map<std::string, Measurement>;

Measurement tcp_of(const std::string& streams_and_way, Way way, unsigned streams,
                   std::uint64_t bytes) {
  return [=](unsigned round, const Side& side) {
    const Throughput it = tcp(side, way, streams, bytes);
    sample(round, side, streams_and_way, it.bits_per_second);
    if (it.bits_per_second > 0) {  // what nothing cost is no figure
      sample(round, side, "cpu_" + streams_and_way, it.cpu_seconds_per_gigabyte);
    }
  };
}

Measurements measurements(const Options& options) {
  const Duration frames{options.frames_ms};
  const std::uint64_t bytes = options.tcp_mbytes * 1'000'000ULL;
  const auto frames_of = [=](const std::string& what, Way way) {
    return [=](unsigned round, const Side& side) {
      sample(round, side, what, small_frames(side, way, frames));
    };
  };
  Measurements all{{"frames_from_guest", frames_of("frames_from_guest", Way::from_guest)},
                   {"frames_to_guest", frames_of("frames_to_guest", Way::to_guest)},
                   {"round_trip", [count = options.pings](unsigned round, const Side& side) {
                      const RoundTrips times = round_trips(side, count);
                      sample(round, side, "round_trip_p50", times.p50_ns);
                      sample(round, side, "round_trip_p99", times.p99_ns);
                    }}};
  for (const unsigned streams : {1u, 8u}) {
    const std::string name = "tcp" + std::to_string(streams);
    all[name + "_from_guest"] = tcp_of(name + "_from_guest", Way::from_guest, streams, bytes);
    all[name + "_to_guest"] = tcp_of(name + "_to_guest", Way::to_guest, streams, bytes);
  }
  return all;
}

void note(const std::string& side, const char* what, const std::string& reason) {
  std::cout << nlohmann::json{{"side", side}, {what, reason}} << std::endl;
}

/// Nothing when it cannot be had here, and the reason is said.
std::unique_ptr<Side> make_side(const std::string& name) {
  try {
    return Side::make(name == "again" ? "plain" : name, name);
  } catch (const std::exception& reason) {
    if (name == "ipvtap") {
      note(name, "stand_in", reason.what());
      return Side::make("stand-in", name);
    }
    note(name, "absent", reason.what());
    return nullptr;
  }
}

std::vector<std::unique_ptr<Side>> make_sides(const Options& options) {
  std::vector<std::unique_ptr<Side>> sides;
  for (const auto& name : options.sides) {
    if (auto side = make_side(name)) sides.push_back(std::move(side));
  }
  return sides;
}

/// Who reads our samples knows which figures need more of them: their names, in a line; an empty
/// one is the end. A measurement's name is what its figures' begin with.
void keep_what_is_asked_for(Measurements& all) {
  std::cout << "{}" << std::endl;
  std::string line;
  std::getline(std::cin, line);
  std::istringstream words(line);
  const std::vector<std::string> asked{std::istream_iterator<std::string>(words), {}};
  std::erase_if(all, [&](const auto& one) {
    return std::ranges::none_of(asked,
                                [&](const auto& name) { return name.starts_with(one.first); });
  });
}

bool is_brief(const Options& options, const Side& side) {
  return std::find(options.brief.begin(), options.brief.end(), side.name()) != options.brief.end();
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
  auto all = measurements(options);
  if (!options.only.empty())
    std::erase_if(all, [&](const auto& one) { return one.first != options.only; });
  // Sides right after each other, in turned order each round: what drifts does so for all alike.
  for (unsigned round = 0; round <= options.rounds && !all.empty(); ++round) {
    for (const auto& [what, measure] : all) {
      for (const auto& side : sides) {
        if (round > options.few && is_brief(options, *side)) continue;
        try {
          measure(round, *side);
        } catch (const std::exception& reason) {  // one sample less, and it is said
          note(side->name(), "lost", what + ": " + reason.what());
        }
      }
    }
    std::reverse(sides.begin(), sides.end());
    if (options.ask && round > 0) keep_what_is_asked_for(all);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Samples for tests/bench/datapath, one JSON object a line", "bench_datapath"};
  app.add_option("--rounds", options.rounds);
  app.add_option("--tcp-mbytes", options.tcp_mbytes, "of a run of iperf3");
  app.add_option("--frames-ms", options.frames_ms);
  app.add_option("--pings", options.pings);
  app.add_option("--sides", options.sides, "as in side.cc; again: plain once more")->delimiter(',');
  app.add_option("--brief", options.brief, "sides that are out after --few rounds")->delimiter(',');
  app.add_option("--few", options.few);
  app.add_flag("--ask", options.ask, "after each round, what to go on with: figures, on stdin");
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
