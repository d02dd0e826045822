// SPDX-License-Identifier: LGPL-2.1-or-later
//
// TCP between kernels, through the datapath: ARP, neighbour discovery, segmentation offload and
// checksums as they really come, in every direction.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "datapath/house.h"

namespace airtap::test {
namespace {

constexpr std::size_t amount = 8U << 20;

std::uint8_t pattern(std::size_t at) { return static_cast<std::uint8_t>(at * 2654435761U >> 24); }

sockaddr_in6 endpoint(const std::string& ip_text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(7001);
  const std::string text = ip_text.find(':') == std::string::npos ? "::ffff:" + ip_text : ip_text;
  inet_pton(AF_INET6, text.c_str(), &address.sin6_addr);
  return address;
}

UniqueFd tcp_socket() {
  UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  const timeval limit{10, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  return fd;
}

void send_all(const UniqueFd& fd) {
  Frame block(65536);
  for (std::size_t at = 0; at < amount; at += block.size()) {
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = pattern(at + i);
    if (::send(fd.get(), block.data(), block.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(block.size())) {
      return;
    }
  }
}

/// How many bytes arrived before the first wrong one.
std::size_t receive_all(const UniqueFd& fd) {
  Frame block(65536);
  std::size_t at = 0;
  for (;;) {
    const ssize_t got = ::recv(fd.get(), block.data(), block.size(), 0);
    if (got <= 0) return at;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i, ++at) {
      if (block[i] != pattern(at)) return at;
    }
  }
}

class Tcp : public House {
 protected:
  /// Bytes that arrived, sent by `from` to the address of `to`.
  std::size_t transfer(const UniqueFd& from, const UniqueFd& to, const std::string& ip_text) {
    UniqueFd listener, client;
    box_->in(to, [&] {
      listener = tcp_socket();
      const auto any = endpoint("::");
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any));
      ::listen(listener.get(), 1);
    });
    box_->in(from, [&] { client = tcp_socket(); });
    std::thread sender([&] {
      const auto there = endpoint(ip_text);
      if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&there), sizeof(there)) == 0) {
        send_all(client);
      }
      client = UniqueFd();
    });
    const UniqueFd server(::accept(listener.get(), nullptr, nullptr));
    const std::size_t got = server.valid() ? receive_all(server) : 0;
    sender.join();
    return got;
  }
};

TEST_F(Tcp, CarriesEveryByteBetweenGuestsHostAndLan) {
  const UniqueFd one = add_kernel_guest(1), two = add_kernel_guest(2);
  for (const auto& [own, other, host, lan] :
       {std::array{std::string("10.0.0.11"), std::string("10.0.0.12"), host_ip, lan_ip},
        std::array{std::string("fd00::11"), std::string("fd00::12"), host_ip6, lan_ip6}}) {
    EXPECT_EQ(transfer(one, box_->lan(), lan), amount) << "guest to LAN " << lan;
    EXPECT_EQ(transfer(box_->lan(), one, own), amount) << "LAN to guest " << own;
    EXPECT_EQ(transfer(one, box_->host(), host), amount) << "guest to host " << host;
    EXPECT_EQ(transfer(box_->host(), one, own), amount) << "host to guest " << own;
    EXPECT_EQ(transfer(one, two, other), amount) << "guest to guest " << other;
  }
  EXPECT_TRUE(state(1).counters.drops.empty());
}

// The flag is changed in a packet whose checksum is not there yet (CHECKSUM_PARTIAL); the LAN's
// kernel verifies what the uplink made of it.
TEST_F(Tcp, ADhcpRequestWhoseChecksumIsStillToBeComputedArrivesWithTheRightOne) {
  const UniqueFd one = add_kernel_guest(1);
  box_->without_checksum_offload("up0");
  const UdpSocket server = box_->lan_udp(67);
  box_->in(one, [&] { UdpSocket(68).send("10.0.0.255", 67, bootp(1, 0, guest_mac(1))); });
  EXPECT_EQ(server.receive(), bootp(1, 0x8000, guest_mac(1)));
}

}  // namespace
}  // namespace airtap::test
