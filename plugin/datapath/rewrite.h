/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * MAC translation towards the air, and the destination MAC of what comes back.
 *
 * Checksums: never by hand, a program cannot see how the kernel tracks them.
 *  - Ethernet header: plain store. At tc, skb->csum does not cover it.
 *  - payload under an L4 checksum: plain store and bpf_l4_csum_replace without BPF_F_PSEUDO_HDR. It
 *    updates the field, except where the device will compute it (CHECKSUM_PARTIAL), and payload and
 *    field together leave skb->csum as it was. BPF_F_RECOMPUTE_CSUM as well would be once too often.
 *  - payload without one (ARP): store with BPF_F_RECOMPUTE_CSUM, for CHECKSUM_COMPLETE.
 */
#ifndef AIRTAP_DATAPATH_REWRITE_H
#define AIRTAP_DATAPATH_REWRITE_H

#include "check.h"

#define MAX_ND_OPTIONS 8
#define OPTION_SOURCE_LINK_LAYER 1
#define OPTION_TARGET_LINK_LAYER 2

#define OFFSET_UDP_CHECKSUM 6u
#define OFFSET_ICMPV6_CHECKSUM 2u
#define BOOTP_REQUEST 1
#define BOOTP_BROADCAST 0x8000

static __always_inline bool set_destination(frame_t *f, const __u8 *mac)
{
	return !bpf_skb_store_bytes(f, OFFSET_DESTINATION, mac, 6, 0);
}

static __always_inline bool set_source(frame_t *f, const __u8 *mac)
{
	return !bpf_skb_store_bytes(f, OFFSET_SOURCE, mac, 6, 0);
}

/* Where the options of a neighbour discovery message begin (RFC 4861, 4.1 to 4.5). */
static __always_inline __u32 nd_options(__u8 type)
{
	if (type == ND_ROUTER_SOLICITATION)
		return 8;
	if (type == ND_ROUTER_ADVERTISEMENT)
		return 16;
	return type == ND_REDIRECT ? 40 : 24;
}

static __always_inline bool replace_option(frame_t *f, const struct packet *p, __u32 offset,
					   const __u8 *station)
{
	/* type and length stay: the checksum helper wants whole words */
	struct {
		__u8 type, length, mac[6];
	} before, after;
	__s64 difference;

	if (bpf_skb_load_bytes(f, offset, &before, sizeof(before)))
		return false;
	after = before;
	__builtin_memcpy(after.mac, station, 6);
	difference = bpf_csum_diff((__be32 *)&before, sizeof(before), (__be32 *)&after,
				   sizeof(after), 0);
	if (difference < 0 || bpf_skb_store_bytes(f, offset, &after, sizeof(after), 0))
		return false;
	return !bpf_l4_csum_replace(f, p->l4_offset + OFFSET_ICMPV6_CHECKSUM, 0, (__u64)difference,
				    0);
}

/* Link-layer address options := the station's. ALLOWED, or why not: options we cannot see to the
 * end must not leave, they would point the LAN at an address the access point does not know. */
AIRTAP_CHECKED_ONCE __noinline int translate_nd(frame_t *f, const struct packet *p,
						const struct airtap_settings *s)
{
	struct {
		__u8 type, length;
	} option;
	__u32 offset, end;
	int i;

	if (!p || !s) /* as in claim() */
		return AIRTAP_DROP_MALFORMED;
	offset = p->l4_offset + nd_options(p->nd_type);
	end = ETHERNET_SIZE + IPV6_SIZE + p->payload_length;
	for (i = 0; i < MAX_ND_OPTIONS && offset + 8 <= end; i++) {
		if (bpf_skb_load_bytes(f, offset, &option, sizeof(option)) || !option.length)
			return AIRTAP_DROP_MALFORMED;
		if ((option.type == OPTION_SOURCE_LINK_LAYER ||
		     option.type == OPTION_TARGET_LINK_LAYER) &&
		    option.length == 1 && !replace_option(f, p, offset, s->station_mac))
			return AIRTAP_DROP_NO_MEMORY;
		offset += option.length * 8u;
	}
	return offset == end ? ALLOWED : AIRTAP_DROP_MALFORMED;
}

/* A client without an address asks that the answer be broadcast: unicast to its own MAC would not
 * arrive. One that renews an address (ciaddr) can be answered there, and some servers broadcast
 * to all the LAN what asks for it. chaddr stays its own, it is what the lease hangs on. */
static __noinline int translate_dhcp(frame_t *f, const struct packet *p)
{
	__u32 bootp;
	__u8 operation;
	__be16 flags, wanted;
	__be32 ciaddr;

	if (!p)
		return AIRTAP_DROP_MALFORMED;
	bootp = p->l4_offset + 8u;
	if (bpf_skb_load_bytes(f, bootp, &operation, sizeof(operation)) ||
	    bpf_skb_load_bytes(f, bootp + 10, &flags, sizeof(flags)) ||
	    bpf_skb_load_bytes(f, bootp + 12, &ciaddr, sizeof(ciaddr)))
		return AIRTAP_DROP_MALFORMED;
	wanted = flags | AIRTAP_BE16(BOOTP_BROADCAST);
	if (operation != BOOTP_REQUEST || ciaddr || flags == wanted)
		return ALLOWED;
	/* MARK_MANGLED_0: a zero UDP checksum means "none" and stays */
	if (bpf_skb_store_bytes(f, bootp + 10, &wanted, sizeof(wanted), 0) ||
	    bpf_l4_csum_replace(f, p->l4_offset + OFFSET_UDP_CHECKSUM, flags, wanted,
				BPF_F_MARK_MANGLED_0 | sizeof(wanted)))
		return AIRTAP_DROP_NO_MEMORY;
	return ALLOWED;
}

/* Guest → air. ALLOWED, or why not. */
static __always_inline int translate(frame_t *f, const struct packet *p,
				     const struct airtap_settings *s)
{
	int reason = ALLOWED;

	if (p->type == TYPE_ARP) {
		if (bpf_skb_store_bytes(f, OFFSET_ARP_SENDER, s->station_mac, 6, BPF_F_RECOMPUTE_CSUM))
			reason = AIRTAP_DROP_NO_MEMORY;
	} else if (p->type == TYPE_IPV4) {
		if (p->udp.source == AIRTAP_BE16(68) && p->udp.destination == AIRTAP_BE16(67))
			reason = translate_dhcp(f, p);
	} else if (p->type == TYPE_IPV6) {
		if (p->nd_type)
			reason = translate_nd(f, p, s);
	} else {
		reason = AIRTAP_DROP_PROTOCOL; /* nothing says which guest an answer would be for */
	}
	if (reason == ALLOWED && !set_source(f, s->station_mac))
		reason = AIRTAP_DROP_NO_MEMORY;
	return reason;
}

#endif
