// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/systemd_supplicants.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/file.h"
#include "base/unique_fd.h"
#include "kernel/association.h"
#include "kernel/credentials.h"
#include "kernel/run_program.h"
#include "kernel/supplicant.h"

namespace airtap {

namespace fs = std::filesystem;

namespace {

/// systemd's own limits are longer, and libvirt waits for us.
constexpr std::chrono::milliseconds systemd_timeout{10000};
constexpr std::chrono::milliseconds join_timeout{10000};
/// systemctl(1), exit status: there is no such unit.
constexpr int not_loaded = 5;

std::string unit_of(const IfName& station) { return "airtap-" + station.text() + ".service"; }

Result<> check_programs() {
  if (::access("/run/systemd/system", F_OK) != 0)
    return fail("systemd does not run here, and would have to keep the guest's wpa_supplicant",
                "try mode macnat");
  for (const auto& [program, package] :
       {std::pair("wpa_supplicant", "wpasupplicant"), std::pair("systemd-run", "systemd")})
    if (find_program(program).empty())
      return fail_errno(std::string(program) + " is not installed", ENOENT,
                        std::string("install the package ") + package);
  return {};
}

Result<> write_secret(const fs::path& path, std::string_view text) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd.valid()) return fail("write " + path.string() + ": " + std::strerror(errno));
  return write_all(fd.get(), text, "write " + path.string());
}

Result<> start_unit(const IfName& station, const fs::path& conf) {
  auto result = run_program(
      {"systemd-run", "--quiet", "--collect", "--no-ask-password", "--unit=" + unit_of(station),
       "--description=airtap: the station " + station.text() + " of a guest",
       // The control socket is there, and the file read, when the parent has ended.
       "--service-type=forking", "--property=Restart=on-failure", "--property=RestartSec=1",
       "--property=TimeoutStopSec=3", "--property=ProtectSystem=strict",
       "--property=ReadWritePaths=" + conf.parent_path().string(),
       "--property=ProtectHome=read-only", "--property=PrivateTmp=yes",
       "--property=NoNewPrivileges=yes", "--property=UMask=0077", "--",
       find_program("wpa_supplicant"), "-B", "-D", "nl80211", "-i", station.text(), "-c",
       conf.string()},
      systemd_timeout);
  const std::string what = "wpa_supplicant of " + station.text();
  if (!result) return fail(result.error().within(what));
  if (result->status != 0)
    return fail(what + " does not start", "journalctl -u " + unit_of(station) + " says why");
  return {};
}

}  // namespace

Result<> SystemdSupplicants::start(const StationNetwork& network) {
  AIRTAP_CHECK(check_programs());
  AIRTAP_TRY(const auto networks, find_credentials(network));
  const fs::path directory = directory_of(network.station);
  // Of one that was killed between unit and record.
  if (::access(directory.c_str(), F_OK) == 0) AIRTAP_CHECK(stop(network.station));
  if (::mkdir(directory.c_str(), S_IRWXU) != 0)
    return fail("make " + directory.string() + ": " + std::strerror(errno));
  const fs::path conf = directory / "wpa.conf";
  AIRTAP_CHECK(write_secret(
      conf, supplicant_conf(networks, network.frequency, (directory / "control").string())));
  AIRTAP_CHECK(start_unit(network.station, conf));
  auto joined = await_association(socket_of(network.station), join_timeout);
  if (!joined) return fail(joined.error().within(network.station.text()));
  return {};
}

Result<> SystemdSupplicants::stop(const IfName& station) {
  const fs::path directory = directory_of(station);
  if (::access(directory.c_str(), F_OK) != 0) return {};
  auto result =
      run_program({"systemctl", "--no-ask-password", "stop", unit_of(station)}, systemd_timeout);
  if (!result) return fail(result.error().within("stop " + unit_of(station)));
  if (result->status != 0 && result->status != not_loaded)
    return fail(fmt::format("stop {}: systemctl ended with {}", unit_of(station), result->status));
  std::error_code error;
  fs::remove_all(directory, error);
  if (error) return fail_errno("remove " + directory.string(), error.value());
  return {};
}

Result<bool> SystemdSupplicants::follow(const IfName& station, unsigned frequency) {
  return follow_channel(socket_of(station), frequency);
}

Result<std::vector<IfName>> SystemdSupplicants::stations() {
  std::vector<IfName> found;
  std::error_code error;
  for (fs::directory_iterator at(run_, error), end; !error && at != end; at.increment(error)) {
    const auto name = IfName::parse(at->path().filename().string());
    if (name && at->is_directory(error)) found.push_back(*name);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return fail_errno(run_.string(), error.value());
  return found;
}

}  // namespace airtap
