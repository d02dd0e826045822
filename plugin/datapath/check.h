/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a guest may send. Every frame of a guest passes check_from_guest() before anything else is
 * done with it, whatever device it came in on; addresses are learned on the way.
 */
#ifndef AIRTAP_DATAPATH_CHECK_H
#define AIRTAP_DATAPATH_CHECK_H

#include "learn.h"
#include "parse.h"

#define MLD_REPORT 131
#define MLD_DONE 132
#define MLD_REPORT_V2 143
#define ND_ROUTER_SOLICITATION 133
#define ND_ROUTER_ADVERTISEMENT 134
#define ND_NEIGHBOUR_SOLICITATION 135
#define ND_NEIGHBOUR_ADVERTISEMENT 136
#define ND_REDIRECT 137

#define EXTENSION_HOP_BY_HOP 0
#define EXTENSION_ROUTING 43
#define EXTENSION_FRAGMENT 44
#define EXTENSION_DESTINATION 60
#define MAX_EXTENSIONS 4

#define BOOTP_OFFSET_CHADDR 28u
/* What any link carries that carries IPv6 (RFC 8200, 5). */
#define FITS_EVERYWHERE (ETHERNET_SIZE + 1280u)

struct fragment_header {
	__u8 next, reserved;
	__be16 offset;
	__u32 id;
};

static __always_inline bool is_extension(__u8 next)
{
	return next == EXTENSION_HOP_BY_HOP || next == EXTENSION_ROUTING ||
	       next == EXTENSION_FRAGMENT || next == EXTENSION_DESTINATION;
}

/*
 * Moves l4_protocol and l4_offset behind IPv6 extension headers. False when there are more than
 * anyone needs: something may hide there that we have to see (RFC 7113, a router advertisement
 * behind extension headers).
 */
static __noinline bool walk_extensions(frame_t *f, struct packet *p)
{
	struct fragment_header h; /* the others begin alike: next, then length */
	__u32 offset = p->l4_offset;
	__u8 next = p->l4_protocol;
	int i;

	for (i = 0; i < MAX_EXTENSIONS && is_extension(next); i++) {
		if (bpf_skb_load_bytes(f, offset, &h, sizeof(h)))
			return false;
		if (next != EXTENSION_FRAGMENT) {
			offset += (h.reserved + 1u) * 8u;
		} else {
			offset += sizeof(h);
			p->fragment = 1;
			if (h.offset & AIRTAP_BE16(0xfff8)) {
				p->l4_offset = 0;
				p->l4_protocol = h.next;
				return true;
			}
		}
		next = h.next;
	}
	p->l4_protocol = next;
	p->l4_offset = (__u16)offset;
	return !is_extension(next);
}

static __always_inline bool is_bad_ipv4(__u32 ip)
{
	const __u32 first = bpf_ntohl(ip) >> 24;

	return first == 0 || first == 127 || first >= 224;
}

/* Multicast, loopback, the unspecified address, and IPv4 in disguise, which would be the key of an
 * IPv4 address. */
static __always_inline bool is_bad_ipv6(const struct airtap_address_key *key)
{
	const any_u32 *word = (const any_u32 *)key->ip;

	if (key->ip[0] == 0xff || is_mapped_ipv4(key))
		return true;
	return !(word[0] | word[1] | word[2]) && (!word[3] || word[3] == AIRTAP_BE32(1));
}

/* DHCP and DHCPv6 servers: clients listen on fixed ports but do not look at the server's, so both
 * sides of the flow are looked at. */
static __always_inline int check_udp(frame_t *f, struct packet *p, const struct airtap_guest *guest,
				     __u16 server, __u16 client)
{
	if (p->l4_protocol != PROTOCOL_UDP || !p->l4_offset)
		return ALLOWED;
	if (bpf_skb_load_bytes(f, p->l4_offset, &p->udp, sizeof(p->udp)))
		return AIRTAP_DROP_MALFORMED;
	if ((p->udp.source == AIRTAP_BE16(server) || p->udp.destination == AIRTAP_BE16(client)) &&
	    !(guest->flags & AIRTAP_GUEST_SERVER))
		return AIRTAP_DROP_SERVER;
	return ALLOWED;
}

/* A redirect asks no device whether the frame fits, and segments of a super-frame are cut to the size
 * that the guest asks for. */
static __always_inline int check_length(frame_t *f)
{
	__u32 mtu = 0;

	if (f->len <= FITS_EVERYWHERE && !f->gso_size)
		return ALLOWED;
	return bpf_check_mtu(f, 0, &mtu, 0, BPF_MTU_CHK_SEGS) == BPF_MTU_CHK_RET_SUCCESS ?
		       ALLOWED :
		       AIRTAP_DROP_TOO_LONG;
}

/* What a server knows a client by: with another guest's, it could give back that guest's lease. A
 * relay has to send those of others. */
static __noinline int check_dhcp_client(frame_t *f, const struct packet *p,
					const struct airtap_guest *guest)
{
	__u8 chaddr[6];

	if (!p || !guest)
		return AIRTAP_DROP_MALFORMED;
	if (guest->flags & AIRTAP_GUEST_SERVER)
		return ALLOWED;
	if (bpf_skb_load_bytes(f, p->l4_offset + 8u + BOOTP_OFFSET_CHADDR, chaddr, sizeof(chaddr)))
		return AIRTAP_DROP_MALFORMED;
	return same_mac(chaddr, p->source) ? ALLOWED : AIRTAP_DROP_CHADDR;
}

static __always_inline int check_arp(const struct packet *p, struct airtap_guest *guest, __u32 id)
{
	if (!same_mac(p->arp_sender, p->source))
		return AIRTAP_DROP_ARP_SENDER;
	if (!ipv4_of(&p->from)) /* a probe (RFC 5227) claims nothing */
		return ALLOWED;
	if (is_bad_ipv4(ipv4_of(&p->from)))
		return AIRTAP_DROP_BAD_SOURCE;
	return claim(guest, id, &p->from, AIRTAP_SOURCE_ARP);
}

static __always_inline int check_ipv4(frame_t *f, struct packet *p, struct airtap_guest *guest,
				      __u32 id)
{
	int reason = check_udp(f, p, guest, 67, 68);

	if (reason == ALLOWED && p->udp.destination == AIRTAP_BE16(67))
		reason = check_dhcp_client(f, p, guest);
	if (reason != ALLOWED)
		return reason;
	/* What has no address yet asks for one, or joins a group (RFC 4541, 2.1.1). */
	if (!ipv4_of(&p->from) && (p->udp.destination == AIRTAP_BE16(67) ||
				   p->l4_protocol == PROTOCOL_IGMP))
		return ALLOWED;
	if (is_bad_ipv4(ipv4_of(&p->from)))
		return AIRTAP_DROP_BAD_SOURCE;
	return claim(guest, id, &p->from, AIRTAP_SOURCE_IPV4);
}

/* The target of a solicitation or an advertisement. */
static __noinline int check_nd_target(frame_t *f, const struct packet *p, struct airtap_guest *guest,
				      __u32 id)
{
	aligned_key target;
	bool tentative = p->nd_type == ND_NEIGHBOUR_SOLICITATION;
	int reason;

	if (p->nd_type != ND_NEIGHBOUR_ADVERTISEMENT && !(tentative && is_zero_ip(&p->from)))
		return ALLOWED;
	if (bpf_skb_load_bytes(f, p->l4_offset + 8u, &target, sizeof(target)))
		return AIRTAP_DROP_MALFORMED;
	if (is_bad_ipv6(&target))
		return AIRTAP_DROP_BAD_SOURCE;
	reason = claim(guest, id, &target, AIRTAP_SOURCE_ND);
	/* Duplicate address detection has to leave, so that the one who has the address objects. */
	return tentative ? ALLOWED : reason;
}

static __always_inline int check_icmpv6(frame_t *f, struct packet *p, struct airtap_guest *guest)
{
	__u8 type;

	if (p->l4_protocol != PROTOCOL_ICMPV6 || !p->l4_offset)
		return ALLOWED;
	if (bpf_skb_load_bytes(f, p->l4_offset, &type, sizeof(type)))
		return AIRTAP_DROP_MALFORMED;
	p->icmpv6_type = type;
	if (type < ND_ROUTER_SOLICITATION || type > ND_REDIRECT)
		return ALLOWED;
	/* RFC 6980: no fragments. RFC 4861, 6.1 and 7.1: hop limit 255, which nobody off the link can
	 * send; receivers ignore anything else, so it is of no use to an honest guest. */
	if (p->fragment || p->hop_limit != 255)
		return AIRTAP_DROP_MALFORMED;
	if ((type == ND_ROUTER_ADVERTISEMENT || type == ND_REDIRECT) &&
	    !(guest->flags & AIRTAP_GUEST_SERVER))
		return AIRTAP_DROP_SERVER;
	p->nd_type = type;
	return ALLOWED;
}

/* What has no address yet solicits, joins a group (RFC 3590), or asks whether it is free. */
static __always_inline bool may_be_unspecified(__u8 icmpv6_type)
{
	return icmpv6_type == ND_ROUTER_SOLICITATION || icmpv6_type == ND_NEIGHBOUR_SOLICITATION ||
	       icmpv6_type == MLD_REPORT || icmpv6_type == MLD_DONE || icmpv6_type == MLD_REPORT_V2;
}

AIRTAP_CHECKED_ONCE __noinline int check_ipv6(frame_t *f, struct packet *p, struct airtap_guest *guest, __u32 id)
{
	int reason;

	if (!p || !guest) /* as in claim() */
		return AIRTAP_DROP_MALFORMED;
	if (is_extension(p->l4_protocol) && !walk_extensions(f, p))
		return AIRTAP_DROP_MALFORMED;
	reason = check_udp(f, p, guest, 547, 546);
	if (reason == ALLOWED)
		reason = check_icmpv6(f, p, guest);
	if (reason != ALLOWED)
		return reason;
	if (!is_zero_ip(&p->from) || !may_be_unspecified(p->icmpv6_type)) {
		if (is_bad_ipv6(&p->from))
			return AIRTAP_DROP_BAD_SOURCE;
		reason = claim(guest, id, &p->from, AIRTAP_SOURCE_IPV6);
		if (reason != ALLOWED)
			return reason;
	}
	return p->nd_type ? check_nd_target(f, p, guest, id) : ALLOWED;
}

/* ALLOWED, or why not. The caller has compared the source MAC. */
static __always_inline int check_from_guest(frame_t *f, struct packet *p, struct airtap_guest *guest,
					    __u32 id)
{
	/* LLC: spanning tree goes by it to more groups than the standard's, and a switch that guards a
	 * port against it shuts the host out. */
	if (is_vlan(f, p->type) || is_llc(p->type) || is_host_only(p->type) ||
	    is_link_local_group(p->destination))
		return AIRTAP_DROP_PROTOCOL;
	if (check_length(f) != ALLOWED)
		return AIRTAP_DROP_TOO_LONG;
	if (p->type == TYPE_IPV4)
		return check_ipv4(f, p, guest, id);
	if (p->type == TYPE_IPV6)
		return check_ipv6(f, p, guest, id);
	if (p->type == TYPE_ARP)
		return check_arp(p, guest, id);
	return ALLOWED;
}

#endif
