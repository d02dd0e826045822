/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The uplink, both ways: what came from the air, and what the host sends.
 *
 * From the air a frame is judged by its IP addresses, not by its destination MAC alone: all guests
 * share the station's, and access points turn multicast into unicast.
 */
#ifndef AIRTAP_DATAPATH_FROM_AIR_H
#define AIRTAP_DATAPATH_FROM_AIR_H

#include "deliver.h"

/* A group frame: the host has its own, guests get copies. */
static __always_inline int group_from_air(frame_t *f, const struct packet *p,
					  const struct airtap_settings *s)
{
	__u32 owner, id;

	if (is_link_local_group(p->destination))
		return TC_ACT_UNSPEC;
	if (guest_id_of_mac(p->source)) /* of a guest that is not translated */
		return drop(0, AIRTAP_DROP_ECHO);
	/* Anyone with the group key can send unicast IP in a group frame past the access point ("hole
	 * 196"). The host has its own defence (drop_unicast_in_l2_multicast); guests cannot see it. */
	if (p->type == TYPE_IPV4 || p->type == TYPE_IPV6) {
		id = guest_id_of_address(&p->to, &owner);
		if (id) {
			drop(id, AIRTAP_DROP_UNICAST_IN_GROUP);
			return TC_ACT_UNSPEC;
		}
	}
	copy_to_guests(f, s);
	return TC_ACT_UNSPEC;
}

/* A group frame that the access point sent to us alone: guests get it under the group's MAC, the
 * host as it came. */
static __always_inline int restored_group(frame_t *f, const struct airtap_settings *s,
					  const __u8 *group)
{
	if (!set_destination(f, group))
		return drop(0, AIRTAP_DROP_NO_MEMORY);
	copy_to_guests(f, s);
	if (!set_destination(f, s->station_mac))
		return drop(0, AIRTAP_DROP_NO_MEMORY);
	return TC_ACT_UNSPEC;
}

/* RFC 1112, 6.4. */
static __always_inline void mac_of_ipv4_group(const __u8 ip[4], __u8 mac[6])
{
	const __u8 group[6] = {0x01, 0x00, 0x5e, (__u8)(ip[1] & 0x7f), ip[2], ip[3]};

	__builtin_memcpy(mac, group, 6);
}

/* RFC 2464, 7. */
static __always_inline void mac_of_ipv6_group(const __u8 ip[16], __u8 mac[6])
{
	const __u8 group[6] = {0x33, 0x33, ip[12], ip[13], ip[14], ip[15]};

	__builtin_memcpy(mac, group, 6);
}

static __always_inline int restored_broadcast(frame_t *f, const struct airtap_settings *s)
{
	__u8 group[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	return restored_group(f, s, group);
}

static __always_inline int restored_ipv4_multicast(frame_t *f, const struct packet *p,
						   const struct airtap_settings *s)
{
	__u8 group[6];

	mac_of_ipv4_group(p->to.ip + 12, group);
	return restored_group(f, s, group);
}

static __always_inline int restored_ipv6_multicast(frame_t *f, const struct packet *p,
						   const struct airtap_settings *s)
{
	__u8 group[6];

	mac_of_ipv6_group(p->to.ip, group);
	return restored_group(f, s, group);
}

/* Guests that do not translate have a MAC of their own on the air: what is sent to the station's is
 * never theirs. */
static __always_inline const struct airtap_guest *find_translated(__u32 id)
{
	const struct airtap_guest *guest = id ? find_guest(id) : 0;

	return guest && (guest->flags & AIRTAP_GUEST_TRANSLATE) ? guest : 0;
}

static __always_inline int arp_from_air(frame_t *f, const struct packet *p,
					const struct airtap_settings *s)
{
	const struct airtap_guest *guest;
	const bool announcement = ipv4_of(&p->from) == ipv4_of(&p->to);
	__u32 owner, id = guest_id_of_address(&p->to, &owner);

	/* An announcement is for everyone. A request for an address we do not know was sent to
	 * everyone: nobody asks us alone for that. The answer to a probe (RFC 5227) names nobody:
	 * whoever has asked must see it. */
	if (announcement || (!owner && p->arp_operation == ARP_REQUEST) || !ipv4_of(&p->to))
		return restored_broadcast(f, s);
	guest = find_translated(id);
	if (!guest)
		return TC_ACT_UNSPEC;
	if (same_mac(p->arp_target, s->station_mac) &&
	    bpf_skb_store_bytes(f, OFFSET_ARP_TARGET, guest->mac, 6, BPF_F_RECOMPUTE_CSUM))
		return drop(id, AIRTAP_DROP_NO_MEMORY);
	return deliver_translated(f, s, guest, id);
}

/* A DHCP server that ignores the broadcast flag sends to an address nobody has yet: chaddr says
 * whose it will be. 0: no such message. */
static __noinline __u32 guest_id_of_dhcp_reply(frame_t *f, const struct packet *p)
{
	struct l4_ports l4;
	__u8 chaddr[6];

	if (!p || p->l4_protocol != PROTOCOL_UDP || !p->l4_offset ||
	    bpf_skb_load_bytes(f, p->l4_offset, &l4, sizeof(l4)) ||
	    l4.source != AIRTAP_BE16(67) || l4.destination != AIRTAP_BE16(68) ||
	    bpf_skb_load_bytes(f, p->l4_offset + 8u + 28u, chaddr, sizeof(chaddr)))
		return 0;
	return guest_id_of_mac(chaddr);
}

static __always_inline int ipv4_from_air(frame_t *f, const struct packet *p,
					 const struct airtap_settings *s)
{
	const struct airtap_guest *guest;
	__u32 owner, id = guest_id_of_address(&p->to, &owner);

	if (!owner) {
		const __u32 to = ipv4_of(&p->to);

		if (to == 0xffffffff)
			return restored_broadcast(f, s);
		if (bpf_ntohl(to) >> 28 == 0xe)
			return restored_ipv4_multicast(f, p, s);
		id = guest_id_of_dhcp_reply(f, p);
	} else if (owner == AIRTAP_OWNER_BROADCAST) {
		return restored_broadcast(f, s);
	}
	guest = find_translated(id);
	return guest ? deliver_translated(f, s, guest, id) : TC_ACT_UNSPEC;
}

static __always_inline int ipv6_from_air(frame_t *f, const struct packet *p,
					 const struct airtap_settings *s)
{
	const struct airtap_guest *guest;
	__u32 owner, id;

	if (p->to.ip[0] == 0xff)
		return restored_ipv6_multicast(f, p, s);
	if (is_mapped_ipv4(&p->to)) /* would be the key of an IPv4 address */
		return TC_ACT_UNSPEC;
	id = guest_id_of_address(&p->to, &owner);
	guest = find_translated(id);
	return guest ? deliver_translated(f, s, guest, id) : TC_ACT_UNSPEC;
}

static __always_inline int unicast_from_air(frame_t *f, const struct packet *p,
					    const struct airtap_settings *s)
{
	const struct airtap_guest *guest;
	__u32 id;

	if (same_mac(p->destination, s->station_mac)) {
		if (p->type == TYPE_IPV4)
			return ipv4_from_air(f, p, s);
		if (p->type == TYPE_IPV6)
			return ipv6_from_air(f, p, s);
		if (p->type == TYPE_ARP)
			return arp_from_air(f, p, s);
		return TC_ACT_UNSPEC;
	}
	id = guest_id_of_mac(p->destination);
	guest = id ? find_guest(id) : 0;
	if (!guest || (guest->flags & AIRTAP_GUEST_TRANSLATE))
		return TC_ACT_UNSPEC;
	return deliver(f, s, guest, id);
}

static __always_inline int from_air_frame(frame_t *f)
{
	const struct airtap_settings *s = find_settings();
	struct packet p;

	if (f->mark == AIRTAP_MARK_TO_HOST) { /* a guest's, on its way to the host */
		f->mark = 0;
		return TC_ACT_UNSPEC;
	}
	if (!s || !s->guest_count || !parse(f, &p) || is_host_only(p.type) || is_vlan(f, p.type))
		return TC_ACT_UNSPEC;
	/* mac80211 drops these itself (net/wireless/util.c), other drivers leave it to us */
	if (same_mac(p.source, s->station_mac))
		return drop(0, AIRTAP_DROP_ECHO);
	if (is_group(p.destination))
		return group_from_air(f, &p, s);
	return unicast_from_air(f, &p, s);
}

/* The host believes a guest behind the station's MAC: an access point with proxy ARP told it so. */
static __noinline int from_host_to_station(frame_t *f, const struct airtap_settings *s)
{
	const struct airtap_guest *guest;
	struct packet p;
	__u32 owner, id;

	if (!s || !parse(f, &p))
		return TC_ACT_UNSPEC;
	id = guest_id_of_address(&p.to, &owner);
	guest = id ? find_guest(id) : 0;
	return guest ? deliver_translated(f, s, guest, id) : TC_ACT_UNSPEC;
}

static __always_inline int from_host_frame(frame_t *f)
{
	const struct airtap_settings *s = find_settings();
	const struct ethernet_header *eth;
	const struct airtap_guest *guest;
	__u32 id;

	if (f->mark == AIRTAP_MARK_TO_AIR) { /* a guest's, already rewritten */
		f->mark = 0;
		return TC_ACT_UNSPEC;
	}
	eth = (const struct ethernet_header *)frame_at(f, 0, ETHERNET_SIZE);
	if (!s || !s->guest_count || !eth || is_host_only(eth->type) || is_vlan(f, eth->type))
		return TC_ACT_UNSPEC;
	if (is_group(eth->destination)) {
		if (!is_link_local_group(eth->destination))
			copy_to_guests(f, s);
		return TC_ACT_UNSPEC;
	}
	if (same_mac(eth->destination, s->station_mac))
		return from_host_to_station(f, s);
	id = guest_id_of_mac(eth->destination);
	guest = id ? find_guest(id) : 0;
	return guest ? deliver(f, s, guest, id) : TC_ACT_UNSPEC;
}

#endif
