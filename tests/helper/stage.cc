// SPDX-License-Identifier: LGPL-2.1-or-later
#include "helper/stage.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace airtap::test {

namespace fs = std::filesystem;

const std::string Stage::ours = "/usr/libexec/bin/airtap-bridge-helper";
const std::string Stage::stock = "/usr/libexec/bin/qemu-bridge-helper";

namespace {

void must(bool done, const std::string& what) {
  if (!done) ADD_FAILURE() << what << ": " << std::strerror(errno);
}

void private_tmpfs(const std::string& at) {
  must(::mount("airtap-test", at.c_str(), "tmpfs", 0, "mode=755") == 0, "mount " + at);
}

void install_program(const fs::path& from, const fs::path& to, mode_t mode) {
  fs::copy_file(from, to);
  must(::chmod(to.c_str(), mode) == 0, "chmod");
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

void receive(int socket, Outcome& outcome) {
  char byte[16];
  iovec data{byte, sizeof byte};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 4)];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got <= 0) return;
  outcome.sent.assign(byte, static_cast<std::size_t>(got));
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_len != CMSG_LEN(sizeof(int))) return;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  outcome.device.emplace(fd);
  ifreq request{};
  must(::ioctl(fd, TUNGETIFF, &request) == 0, "TUNGETIFF");
  outcome.name = request.ifr_name;
  outcome.flags = static_cast<unsigned short>(request.ifr_flags);
}

[[noreturn]] void become(const Call& call, int socket, int out, int err) {
  // QEMU and libvirt close what is not the helper's.
  if (call.before) call.before(socket);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  std::vector<gid_t> groups(call.groups.begin(), call.groups.end());
  if (::setgroups(groups.size(), groups.data()) != 0 ||
      ::setresgid(call.uid, call.uid, call.uid) != 0 ||
      ::setresuid(call.uid, call.uid, call.uid) != 0)
    ::_exit(99);
  ::fcntl(socket, F_SETFD, 0);
  std::vector<std::string> words{call.program};
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  if (call.with_socket) words.push_back("--fd=" + std::to_string(socket));
  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  std::vector<std::string> variables = call.environment;
  for (std::string& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  if (call.at_last) call.at_last(socket);
  ::execve(call.program.c_str(), argv.data(), envp.data());
  ::_exit(98);
}

}  // namespace

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void fill(int pipe) {
  const std::string much(1 << 16, 'x');
  ::fcntl(pipe, F_SETFL, O_NONBLOCK);
  while (::write(pipe, much.data(), much.size()) > 0 || ::write(pipe, "x", 1) > 0) {
  }
  ::fcntl(pipe, F_SETFL, 0);
}

void Stage::SetUp() {
  NetNamespaceTest::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  const std::string etc = (fs::temp_directory_path() / "airtap-stage-XXXXXX").string();
  directory_ = etc;
  ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
  private_tmpfs(directory_);
  for (const char* file : {"passwd", "group", "nsswitch.conf", "ld.so.cache", "ld.so.conf"})
    if (fs::exists(fs::path("/etc") / file))
      fs::copy_file(fs::path("/etc") / file, directory_ + "/" + file);
  must(::mount(directory_.c_str(), "/etc", nullptr, MS_BIND, nullptr) == 0, "bind /etc");
  for (const char* at : {"/run", "/usr/libexec", "/dev/net"}) private_tmpfs(at);
  must(::mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200)) == 0, "mknod");
  must(::chmod("/dev/net/tun", 0666) == 0, "chmod");
  for (const char* made : {"/etc/qemu", "/etc/airtap"}) fs::create_directory(made);
  install();
  run("ip link add br0 type bridge");
  // Once it was set, a bridge no longer follows its ports.
  run("ip link set br0 mtu 1400 up");
}

void Stage::install() {
  const fs::path built = fs::path(AIRTAP_BINARY_DIR) / "qemu-helper", libexec = "/usr/libexec";
  fs::create_directory(libexec / "airtap");
  fs::create_directory(libexec / "bin");
  install_program(built / "airtap-bridge-guest", libexec / "airtap/bridge-guest", 0755);
  install_program(built / "airtap-bridge-watcher", libexec / "airtap/bridge-watcher", 0755);
  install_program(built / "airtap-bridge-helper", ours, 04755);
  for (const char* theirs : {"/usr/lib/qemu/qemu-bridge-helper"})
    if (fs::exists(theirs)) install_program(theirs, stock, 04755);
}

void Stage::TearDown() {
  // Whatever a test left waits for the end of this namespace otherwise.
  if (!IsSkipped()) {
    EXPECT_EQ(residue_after(10000), "");
  }
  gateway_.reset();
  NetNamespaceTest::TearDown();
  if (!directory_.empty()) fs::remove(directory_);
}

std::string Stage::write(const std::string& name, const std::string& text, mode_t mode,
                         unsigned group) {
  const std::string path = "/etc/qemu/" + name;
  std::ofstream(path, std::ios::binary) << text;
  must(::chown(path.c_str(), 0, group) == 0 && ::chmod(path.c_str(), mode) == 0, path);
  return path;
}

void Stage::allow(const std::string& text, mode_t mode, unsigned group) {
  write("bridge.conf", text, mode, group);
}

void Stage::configure(const std::string& airtap_toml) {
  std::ofstream("/etc/airtap/airtap.toml") << airtap_toml;
}

void Stage::make_uplink() {
  gateway_.emplace();
  ASSERT_TRUE(gateway_->ready());
  run("ip link add up0 address 02:00:00:00:00:01 type veth peer name lan0");
  run("ip link set lan0 netns " + gateway_->pid());
  gateway_->run("ip link set lan0 address 02:00:00:00:00:fe up");
  gateway_->run("ip address add 10.0.0.254/24 dev lan0");
  run("ip link set up0 up");
  run("ip address add 10.0.0.1/24 dev up0");
  run("ip route add default via 10.0.0.254");
}

Stage::Running Stage::start(const Call& call) {
  int ends[2], out[2], err[2];
  // A socket says who made it.
  must(::seteuid(call.socket_uid) == 0, "seteuid");
  must(::socketpair(AF_UNIX, call.socket_type | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
  must(::seteuid(0) == 0, "seteuid");
  must(::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(err, O_CLOEXEC) == 0, "pipe");
  const pid_t pid = ::fork();
  if (pid == 0) become(call, ends[1], out[1], err[1]);
  for (const int theirs : {ends[1], out[1], err[1]}) ::close(theirs);
  return {pid, UniqueFd(ends[0]), UniqueFd(out[0]), UniqueFd(err[0])};
}

Outcome Stage::finish(Running running) {
  Outcome outcome;
  // In this order: it may be waiting for somebody to hear what it has to say.
  outcome.said = read_all(running.err.get());
  outcome.printed = read_all(running.out.get());
  int status = 0;
  must(::waitpid(running.pid, &status, 0) == running.pid, "waitpid");
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  receive(running.socket.get(), outcome);
  return outcome;
}

Outcome Stage::call(const Call& one) { return finish(start(one)); }

std::string Stage::links() {
  std::string found;
  for (const auto& entry : fs::directory_iterator("/sys/class/net")) {
    const std::string name = entry.path().filename().string();
    if (name != "lo" && name != "br0" && name != "up0") found += name + "\n";
  }
  return found;
}

std::string Stage::residue() {
  std::string found;
  for (const char* directory : {"/run/airtap", "/sys/fs/bpf/airtap"}) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(directory, none))
      found += entry.path().string() + "\n";
  }
  found += links();
  // Those whose files are ours are this stage's, whatever else runs on the machine.
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::error_code none;
    const std::string program = fs::read_symlink(entry.path() / "exe", none).string();
    if (none || program.find("/airtap/bridge-") == std::string::npos) continue;
    if (fs::read_symlink(entry.path() / "ns/net", none) == fs::read_symlink("/proc/self/ns/net"))
      found += "process " + entry.path().filename().string() + " " + program + "\n";
  }
  return found;
}

std::string Stage::residue_after(int milliseconds) {
  std::string left;
  for (int waited = 0; waited <= milliseconds; waited += 20) {
    left = residue();
    if (left.empty()) return left;
    ::usleep(20000);
  }
  return left;
}

void GuestStage::SetUp() {
  Stage::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  make_uplink();
  configure("uplink = 'up0'\nmode = 'macnat'\n");
  allow("allow br0\nallow airtap\n");
}

Call GuestStage::asking(const std::string& name) {
  return {.program = ours, .arguments = {"--use-vnet", "--br=" + name}};
}

}  // namespace airtap::test
