/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Headers, read once: Ethernet, and the fixed part of ARP, IPv4 or IPv6. Everything beyond is read
 * where it is needed, with bpf_skb_load_bytes, because few frames need it.
 */
#ifndef AIRTAP_DATAPATH_PARSE_H
#define AIRTAP_DATAPATH_PARSE_H

#include "platform.h"
#include "shared.h"

#define ETHERNET_SIZE 14u
#define IPV4_SIZE 20u
#define IPV6_SIZE 40u
#define ARP_SIZE 28u

#define TYPE_IPV4 AIRTAP_BE16(0x0800)
#define TYPE_ARP AIRTAP_BE16(0x0806)
#define TYPE_VLAN AIRTAP_BE16(0x8100)
#define TYPE_VLAN_SERVICE AIRTAP_BE16(0x88a8)
#define TYPE_VLAN_OLD AIRTAP_BE16(0x9100) /* before 802.1ad */
#define TYPE_IPV6 AIRTAP_BE16(0x86dd)
#define TYPE_EAPOL AIRTAP_BE16(0x888e)
#define TYPE_PREAUTH AIRTAP_BE16(0x88c7)
#define TYPE_TDLS AIRTAP_BE16(0x890d)

#define ARP_REQUEST AIRTAP_BE16(1)
#define ARP_REPLY AIRTAP_BE16(2)

#define PROTOCOL_IGMP 2
#define PROTOCOL_UDP 17
#define PROTOCOL_ICMPV6 58

/* The offsets that are rewritten. */
#define OFFSET_DESTINATION 0u
#define OFFSET_SOURCE 6u
#define OFFSET_ARP_SENDER (ETHERNET_SIZE + 8u)
#define OFFSET_ARP_TARGET (ETHERNET_SIZE + 18u)

struct ethernet_header {
	__u8 destination[6], source[6];
	__be16 type;
};

struct ipv4_header {
	__u8 version_length, service;
	__be16 total_length, id, fragment;
	__u8 ttl, protocol;
	__be16 checksum;
	__u8 source[4], destination[4];
};

struct ipv6_header {
	__u8 version, flow[3];
	__be16 payload_length;
	__u8 next, hop_limit;
	__u8 source[16], destination[16];
};

struct arp_header {
	__be16 hardware, protocol;
	__u8 hardware_length, protocol_length;
	__be16 operation;
	__u8 sender_mac[6], sender_ip[4];
	__u8 target_mac[6], target_ip[4];
};

/* Aligned: compilers compare both at once, and the verifier wants that at a multiple of 4. */
struct l4_ports {
	__be16 source, destination;
} __attribute__((aligned(4)));

/* At a multiple of 4, so that copying it is not a loop over bytes. */
typedef struct airtap_address_key __attribute__((aligned(4))) aligned_key;

/* What parse() found. `from` and `to` are the addresses of IPv4 and IPv6, the sender's and target's
 * of ARP; all zero for anything else. */
struct packet {
	aligned_key from, to;
	__u8 destination[6], source[6];
	__be16 type;
	__be16 arp_operation;
	__u8 arp_sender[6], arp_target[6];
	__u16 l4_offset; /* 0: no such header in this frame (a later fragment) */
	__u16 payload_length; /* IPv6 only */
	__u8 l4_protocol; /* for IPv6 first the next header, see walk_extensions() */
	__u8 hop_limit;
	__u8 icmpv6_type; /* set by check.h; 0: none */
	__u8 nd_type;     /* the same, if it is neighbour discovery */
	__u8 fragment;
	struct l4_ports udp; /* set by check.h */
};

typedef __u16 __attribute__((may_alias)) any_u16;
typedef __u32 __attribute__((may_alias)) any_u32;

/* Both at even addresses. memcmp would become a loop over bytes. */
static __always_inline bool same_mac(const void *a, const void *b)
{
	const any_u16 *x = (const any_u16 *)a, *y = (const any_u16 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

static __always_inline bool is_zero_mac(const __u8 *mac)
{
	return !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

static __always_inline bool is_group(const __u8 *mac)
{
	return mac[0] & 1;
}

/* 01:80:c2:00:00:0x: for the next bridge only, which must not forward it (IEEE 802.1D, 7.12.6). */
static __always_inline bool is_link_local_group(const __u8 *mac)
{
	return mac[0] == 0x01 && mac[1] == 0x80 && mac[2] == 0xc2 && mac[3] == 0 && mac[4] == 0 &&
	       mac[5] < 0x10;
}

/* What concerns the host's own association, in both directions. */
static __always_inline bool is_host_only(__be16 type)
{
	return type == TYPE_EAPOL || type == TYPE_PREAUTH || type == TYPE_TDLS;
}

/* A length where an EtherType would be: IEEE 802.2 LLC (IEEE 802.3, 3.2.6). */
static __always_inline bool is_llc(__be16 type)
{
	return bpf_ntohs(type) < 0x600;
}

static __always_inline bool is_vlan(const frame_t *f, __be16 type)
{
	return f->vlan_present || type == TYPE_VLAN || type == TYPE_VLAN_SERVICE ||
	       type == TYPE_VLAN_OLD;
}

/* Addresses in halves, whatever a header's alignment in the frame: memcpy would become a loop over
 * bytes. */
static __always_inline void copy_halves(__u8 *to, const __u8 *from, __u32 count)
{
	any_u16 *x = (any_u16 *)to;
	const any_u16 *y = (const any_u16 *)from;
	__u32 i;

	for (i = 0; i < count; i++)
		x[i] = y[i];
}

static __always_inline void set_ipv4(struct airtap_address_key *key, const __u8 *ip)
{
	any_u32 *word = (any_u32 *)key->ip;

	word[0] = 0;
	word[1] = 0;
	word[2] = AIRTAP_BE32(0xffff);
	copy_halves(key->ip + 12, ip, 2);
}

static __always_inline bool is_zero_ip(const struct airtap_address_key *key)
{
	const any_u32 *word = (const any_u32 *)key->ip;

	return !(word[0] | word[1] | word[2] | word[3]);
}

static __always_inline __u32 ipv4_of(const struct airtap_address_key *key)
{
	return ((const any_u32 *)key->ip)[3];
}

static __always_inline bool is_mapped_ipv4(const struct airtap_address_key *key)
{
	const any_u32 *word = (const any_u32 *)key->ip;

	return !(word[0] | word[1]) && word[2] == AIRTAP_BE32(0xffff);
}

static __always_inline bool parse_arp(const frame_t *f, struct packet *p)
{
	const struct arp_header *arp = (const struct arp_header *)frame_at(f, ETHERNET_SIZE, ARP_SIZE);

	if (!arp || arp->hardware != AIRTAP_BE16(1) || arp->protocol != TYPE_IPV4 ||
	    arp->hardware_length != 6 || arp->protocol_length != 4)
		return false;
	p->arp_operation = arp->operation;
	__builtin_memcpy(p->arp_sender, arp->sender_mac, 6);
	__builtin_memcpy(p->arp_target, arp->target_mac, 6);
	set_ipv4(&p->from, arp->sender_ip);
	set_ipv4(&p->to, arp->target_ip);
	return true;
}

static __always_inline bool parse_ipv4(const frame_t *f, struct packet *p)
{
	const struct ipv4_header *ip =
		(const struct ipv4_header *)frame_at(f, ETHERNET_SIZE, IPV4_SIZE);
	__u32 length;

	if (!ip || ip->version_length >> 4 != 4)
		return false;
	length = (ip->version_length & 15u) * 4u;
	if (length < IPV4_SIZE || ETHERNET_SIZE + length > f->len)
		return false;
	set_ipv4(&p->from, ip->source);
	set_ipv4(&p->to, ip->destination);
	p->l4_protocol = ip->protocol;
	p->fragment = (ip->fragment & AIRTAP_BE16(0x3fff)) != 0;
	if (!(ip->fragment & AIRTAP_BE16(0x1fff)))
		p->l4_offset = (__u16)(ETHERNET_SIZE + length);
	return true;
}

static __always_inline bool parse_ipv6(const frame_t *f, struct packet *p)
{
	const struct ipv6_header *ip =
		(const struct ipv6_header *)frame_at(f, ETHERNET_SIZE, IPV6_SIZE);

	if (!ip || ip->version >> 4 != 6)
		return false;
	copy_halves(p->from.ip, ip->source, 8);
	copy_halves(p->to.ip, ip->destination, 8);
	p->l4_protocol = ip->next;
	p->hop_limit = ip->hop_limit;
	p->payload_length = bpf_ntohs(ip->payload_length);
	p->l4_offset = ETHERNET_SIZE + IPV6_SIZE;
	return true;
}

/*
 * False: truncated, or not what its EtherType says. Wi-Fi drivers hand over frames whose headers are
 * in page fragments; the pull costs only those.
 */
static __always_inline bool parse(frame_t *f, struct packet *p)
{
	const __u32 headers = ETHERNET_SIZE + IPV6_SIZE;
	const struct ethernet_header *eth;

	if (!frame_at(f, 0, headers))
		bpf_skb_pull_data(f, f->len < headers ? f->len : headers);
	eth = (const struct ethernet_header *)frame_at(f, 0, ETHERNET_SIZE);
	if (!eth)
		return false;
	__builtin_memset(p, 0, sizeof(*p));
	__builtin_memcpy(p->destination, eth->destination, 6);
	__builtin_memcpy(p->source, eth->source, 6);
	p->type = eth->type;
	if (p->type == TYPE_IPV4)
		return parse_ipv4(f, p);
	if (p->type == TYPE_IPV6)
		return parse_ipv6(f, p);
	if (p->type == TYPE_ARP)
		return parse_arp(f, p);
	return true;
}

#endif
