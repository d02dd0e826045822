/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The contract between the BPF programs and user space: map names, keys, values, marks, counters.
 * C, because both the BPF compiler and C++ include it.
 */
#ifndef AIRTAP_DATAPATH_SHARED_H
#define AIRTAP_DATAPATH_SHARED_H

#include <linux/types.h>

#define AIRTAP_MAX_GUESTS 1024u    /* ids 1 … 1023; 0 means "no guest" */
#define AIRTAP_MAX_ADDRESSES 16384u
#define AIRTAP_MAX_RESERVED 1024u  /* MACs that no guest can be bound to */
#define AIRTAP_MAX_QUOTA 64u       /* addresses a guest can hold at one time */

/* owner of an address that is no guest's */
#define AIRTAP_OWNER_HOST 0xffffffffu
#define AIRTAP_OWNER_GATEWAY 0xfffffffeu
#define AIRTAP_OWNER_BROADCAST 0xfffffffdu

/*
 * skb->mark inside the datapath: tells our own redirected frames from others on the next hook, which
 * clears it. Never seen by the host's firewall or by the wire.
 */
#define AIRTAP_MARK_TO_HOST 0x61697201U  /* guest → host, at uplink ingress */
#define AIRTAP_MARK_TO_AIR 0x61697202U   /* guest → air, at uplink egress */
#define AIRTAP_MARK_TO_GUEST 0x61697203U /* anyone → ipvtap, at ipvtap ingress */
#define AIRTAP_MARK_CHECKED 0x61697204U  /* guest → bridge, at the veth's outer end */

struct airtap_settings {
	__u32 uplink_ifindex;
	__u32 bridge_port_ifindex; /* 0: no bridge */
	__u8 station_mac[6];
	__u8 bridge_takes_tags; /* VLAN filtering is on: it takes off what hides a frame */
	__u8 has_portless; /* a guest without a port: the bridge, and a firewall on it, is its way */
	__u32 guest_count;  /* 0: the programs let everything pass */
	__u32 ipvtap_count; /* 0: no copies to make */
};

#define AIRTAP_GUEST_TRANSLATE 1u
#define AIRTAP_GUEST_ISOLATE 2u
#define AIRTAP_GUEST_IPVTAP 4u
#define AIRTAP_GUEST_SERVER 8u
#define AIRTAP_GUEST_BIND 16u /* registered without a MAC: it gets that of its first frame, once */

/* airtap_guest.binding of a guest with AIRTAP_GUEST_BIND */
#define AIRTAP_UNBOUND 0u
#define AIRTAP_BINDING 1u /* another CPU is at it */
#define AIRTAP_BOUND 2u   /* mac is the guest's */

struct airtap_guest {
	__u8 mac[6];
	__u16 flags;
	__u32 port_ifindex;
	__u32 quota;
	__u32 cursor; /* next slot of its ring of addresses; bumped atomically */
	__u32 binding; /* AIRTAP_UNBOUND … AIRTAP_BOUND */
};

struct airtap_mac_key {
	__u8 mac[6];
	__u8 pad[2];
};

struct airtap_address_key {
	__u8 ip[16]; /* IPv4 as ::ffff:a.b.c.d */
};

enum airtap_source { AIRTAP_SOURCE_ARP = 1, AIRTAP_SOURCE_IPV4, AIRTAP_SOURCE_IPV6, AIRTAP_SOURCE_ND };

struct airtap_address {
	__u32 owner; /* guest id, or AIRTAP_OWNER_* */
	__u32 source;
	__u64 last_seen_ns; /* bpf_ktime_get_coarse_ns */
};

/* the addresses a guest holds, oldest overwritten first */
struct airtap_ring {
	struct airtap_address_key slot[AIRTAP_MAX_QUOTA];
};

/* name in the enum: AIRTAP_DROP_<upper case>; name for people: the lower-case one */
#define AIRTAP_DROP_REASONS(X)                                                             \
	X(MALFORMED, malformed)           /* truncated or inconsistent header */           \
	X(SOURCE_MAC, source_mac)         /* not the MAC registered for the port */        \
	X(UNKNOWN_GUEST, unknown_guest)   /* frame on the bridge from no guest of ours */  \
	X(PROTOCOL, protocol)             /* EAPOL, TDLS, VLAN, not carried on the air */  \
	X(TOO_LONG, too_long)             /* longer than the port's MTU */                 \
	X(ARP_SENDER, arp_sender)         /* ARP sender MAC is not the frame's */          \
	X(CHADDR, chaddr)                 /* DHCP client's MAC is not the guest's */       \
	X(CLAIM_HOST, claim_host)         /* address of the host */                        \
	X(CLAIM_GATEWAY, claim_gateway)   /* address of the gateway */                     \
	X(CLAIM_GUEST, claim_guest)       /* address another guest holds */                \
	X(BAD_SOURCE, bad_source)         /* none, multicast, loopback, broadcast */        \
	X(SERVER, server)                 /* DHCP server, RA or redirect from a guest */   \
	X(ISOLATED, isolated)             /* guest to guest, isolation asked for */        \
	X(UNICAST_IN_GROUP, unicast_in_group) /* hole 196 */                               \
	X(ECHO, echo)                     /* our own group frame, back from the air */     \
	X(NO_MEMORY, no_memory)           /* the kernel could not edit or copy the frame */

enum airtap_drop {
#define AIRTAP_X(upper, lower) AIRTAP_DROP_##upper,
	AIRTAP_DROP_REASONS(AIRTAP_X)
#undef AIRTAP_X
	AIRTAP_DROP_COUNT
};

/* per CPU; index = guest id, 0 for frames of no guest */
struct airtap_counters {
	__u64 from_guest_packets, from_guest_bytes;
	__u64 to_guest_packets, to_guest_bytes;
	__u64 drops[AIRTAP_DROP_COUNT];
};

#endif
