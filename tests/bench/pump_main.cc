// SPDX-License-Identifier: LGPL-2.1-or-later
//
// bench_pump UUID FD HOST-DEVICE: what tests/testbed/pump.py is, for measurements: a guest's
// emulator that does as little as it can.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "bench/nic.h"
#include "bench/relay.h"

int main(int argc, char** argv) {
  using namespace airtap;         // NOLINT: a program
  using namespace airtap::bench;  // NOLINT
  if (argc != 4) return 2;
  try {
    const auto host = open_tap(UniqueFd(std::atoi(argv[2])), argv[3]);
    const auto guest = open_tap("/dev/net/tun", "eth0");
    const Relay relay(*host, *guest);
    std::cout << "ready" << std::endl;
    ::pause();  // until it is killed
  } catch (const std::exception& error) {
    std::cerr << "bench_pump: " << error.what() << "\n";
  }
  return 1;
}
