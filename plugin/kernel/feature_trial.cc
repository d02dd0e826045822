// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/feature_trial.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/unique_fd.h"
#include "kernel/bpf_datapath.h"
#include "kernel/rt_links.h"
#include "kernel/tun_taps.h"

namespace airtap {

namespace {

/// Beside the real pins, not among them: a hook may look there at the same time.
constexpr const char* trial_pins = "/sys/fs/bpf/airtap-trial";

IfName name(const char* text) { return IfName::parse(text).value(); }

Result<> try_datapath() {
  BpfDatapath datapath(trial_pins);
  const IfName uplink = name("trial0");
  static_cast<void>(datapath.unload(uplink));  // of a trial that was killed
  AIRTAP_CHECK(datapath.load(uplink));
  auto attached = datapath.attach(uplink, uplink, Attachment::air);
  auto removed = datapath.unload(uplink);
  return attached ? removed : attached;
}

/// By the name of the mode in the kernel's own description of its types: asked to make an ipvlan of
/// a mode it does not know, the kernel makes one.
Result<> find_l2macnat() {
  for (const char* file : {"/sys/kernel/btf/ipvlan", "/sys/kernel/btf/vmlinux"}) {
    if (read_file(file).value_or("").find("MACNAT") != std::string::npos) return {};
  }
  return fail("this kernel's ipvlan has no mode l2macnat");
}

std::vector<TriedFeature> try_all() {
  std::vector<TriedFeature> tried;
  const auto note = [&tried](const char* feature, const Result<>& result) {
    tried.push_back({feature, result ? std::nullopt : std::optional(result.error())});
  };
  auto links = RtLinks::open();
  if (!links) {
    note("netlink", fail(links.error()));
    return tried;
  }
  auto taps = TunTaps::open();
  note("tap", taps ? (*taps)->create(name("trial2"), 1, 1500, 0) : fail(taps.error()));
  auto pair = (*links)->create_veth(name("trial0"), name("trial1"), 1500);
  note("ipvtap", pair ? (*links)->create_ipvtap(name("trial3"), name("trial0"), 1500) : pair);
  note("l2macnat", find_l2macnat());
  note("datapath", pair ? try_datapath() : pair);
  return tried;
}

std::string to_text(const std::vector<TriedFeature>& tried) {
  auto all = nlohmann::json::array();
  for (const TriedFeature& feature : tried) {
    nlohmann::json one{{"name", feature.name}};
    if (feature.refused)
      one["refused"] = {feature.refused->what(), feature.refused->hint(), feature.refused->code()};
    all.push_back(one);
  }
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::vector<TriedFeature>> from_text(const std::string& text) {
  const auto all = nlohmann::json::parse(text, nullptr, false);
  if (!all.is_array()) return fail("the trial of kernel features ended early");
  std::vector<TriedFeature> tried;
  for (const auto& one : all) {
    TriedFeature feature{.name = one.value("name", "")};
    if (one.contains("refused"))
      feature.refused = Error(one["refused"][0], one["refused"][1], one["refused"][2]);
    tried.push_back(std::move(feature));
  }
  return tried;
}

/// In the child: nothing of the parent's is used, and it ends without the parent's destructors.
[[noreturn]] void child(int answer_fd) {
  std::string text;
  if (::unshare(CLONE_NEWNET) == 0) text = to_text(try_all());
  const bool written =
      ::write(answer_fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::_exit(written && !text.empty() ? 0 : 1);
}

}  // namespace

Result<std::vector<TriedFeature>> try_features() {
  if (::geteuid() != 0) return fail_errno("trying kernel features", EPERM, "run as root");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("trying kernel features", errno);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("trying kernel features", errno);
  if (pid == 0) child(writing.get());
  writing = UniqueFd();
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t length; (length = ::read(reading.get(), buffer.data(), buffer.size())) != 0;) {
    if (length < 0 && errno != EINTR) break;
    if (length > 0) text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  ::waitpid(pid, nullptr, 0);
  if (text.empty()) return fail("trying kernel features: no network namespace can be made here");
  return from_text(text);
}

}  // namespace airtap
