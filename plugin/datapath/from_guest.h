/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A frame of a guest, whatever device it came in on.
 */
#ifndef AIRTAP_DATAPATH_FROM_GUEST_H
#define AIRTAP_DATAPATH_FROM_GUEST_H

#include "bind.h"
#include "deliver.h"

/* Constant at each place of use, so that the compiler leaves one case. */
enum entry { ENTRY_TAP, ENTRY_BRIDGE, ENTRY_IPVTAP };

static __always_inline int guest_to_guest(frame_t *f, const struct airtap_settings *s,
					  const struct airtap_guest *sender, __u32 sender_id,
					  __u32 id, enum entry entry)
{
	const struct airtap_guest *guest = find_guest(id);

	if (!guest || id == sender_id) /* to itself: no bridge sends a frame back where it came from */
		return TC_ACT_SHOT;
	if ((sender->flags | guest->flags) & AIRTAP_GUEST_ISOLATE)
		return drop(sender_id, AIRTAP_DROP_ISOLATED);
	if (!(guest->flags & AIRTAP_GUEST_IPVTAP)) {
		/* Flooded here by the bridge, and so to the guest's TAP too. */
		if (entry == ENTRY_BRIDGE)
			return TC_ACT_SHOT;
		/* The bridge must not see this sender behind the veth as well as behind its TAP. */
		if (entry == ENTRY_TAP && !guest->port_ifindex)
			return TC_ACT_UNSPEC;
	}
	count_from_guest(f, sender_id);
	return deliver(f, s, guest, id);
}

/* To the host, or to a guest that an access point with proxy ARP said is behind the station's MAC. */
static __always_inline int guest_to_station(frame_t *f, const struct packet *p,
					    const struct airtap_settings *s,
					    const struct airtap_guest *sender, __u32 sender_id)
{
	__u32 owner, id = guest_id_of_address(&p->to, &owner);
	const struct airtap_guest *guest = id && id != sender_id ? find_guest(id) : 0;

	if (!guest) {
		count_from_guest(f, sender_id);
		return redirect_to_host(f, s);
	}
	if ((sender->flags | guest->flags) & AIRTAP_GUEST_ISOLATE)
		return drop(sender_id, AIRTAP_DROP_ISOLATED);
	count_from_guest(f, sender_id);
	return deliver_translated(f, s, guest, id);
}

static __always_inline int group_from_guest(frame_t *f, const struct packet *p,
					    const struct airtap_settings *s,
					    const struct airtap_guest *guest, __u32 id,
					    enum entry entry)
{
	const bool isolated = guest->flags & AIRTAP_GUEST_ISOLATE;

	/* To the bridge, which floods it to the other TAPs and to the veth: from_bridge does the rest. */
	if (entry == ENTRY_TAP && !isolated) {
		f->mark = AIRTAP_MARK_CHECKED;
		hide_from_firewall(f, s);
		return TC_ACT_UNSPEC;
	}
	count_from_guest(f, id);
	copy_to_host(f, s);
	if (!isolated) {
		copy_to_ipvtaps(f, s, id);
		if (entry == ENTRY_IPVTAP)
			copy_to_bridge(f, s);
	}
	return send_to_air(f, p, s, guest, id);
}

static __always_inline int from_guest(frame_t *f, struct packet *p, const struct airtap_settings *s,
				      struct airtap_guest *guest, __u32 id, enum entry entry)
{
	__u32 target;
	int reason = check_from_guest(f, p, guest, id);

	if (reason != ALLOWED)
		return drop(id, reason);
	if (is_group(p->destination))
		return group_from_guest(f, p, s, guest, id, entry);
	if (same_mac(p->destination, s->station_mac))
		return guest_to_station(f, p, s, guest, id);
	target = guest_id_of_mac(p->destination);
	if (target)
		return guest_to_guest(f, s, guest, id, target, entry);
	count_from_guest(f, id);
	return send_to_air(f, p, s, guest, id);
}

/* TAP and ipvtap: the device says which guest it is. */
static __always_inline int from_port(frame_t *f, enum entry entry)
{
	const struct airtap_settings *s = find_settings();
	const __u32 id = guest_id_of_port(f->ifindex);
	struct airtap_guest *guest = id ? find_guest(id) : 0;
	struct packet p;

	if (!s || !guest)
		return drop(0, AIRTAP_DROP_UNKNOWN_GUEST);
	if (!parse(f, &p))
		return drop(id, AIRTAP_DROP_MALFORMED);
	if (!is_source_of(s, guest, id, p.source))
		return drop(id, AIRTAP_DROP_SOURCE_MAC);
	return from_guest(f, &p, s, guest, id, entry);
}

/* The bridge: only the source MAC says it. */
static __always_inline int from_bridge_port(frame_t *f)
{
	const struct airtap_settings *s = find_settings();
	struct airtap_guest *guest;
	struct packet p;
	bool whole = parse(f, &p);
	__u32 id = frame_at(f, 0, ETHERNET_SIZE) ? guest_id_of_mac(p.source) : 0;

	guest = id ? find_guest(id) : 0;
	if (!s || !guest)
		return drop(0, AIRTAP_DROP_UNKNOWN_GUEST);
	/* A guest with a port of its own was seen there, or another one uses its MAC. */
	if ((guest->flags & AIRTAP_GUEST_IPVTAP) ||
	    (guest->port_ifindex && f->mark != AIRTAP_MARK_CHECKED))
		return drop(0, AIRTAP_DROP_SOURCE_MAC);
	if (!whole)
		return drop(id, AIRTAP_DROP_MALFORMED);
	return from_guest(f, &p, s, guest, id, ENTRY_BRIDGE);
}

/* Towards an isolated TAP: what the bridge floods there from another guest ends. */
static __always_inline int to_isolated_tap(frame_t *f)
{
	const __u8 *source = (const __u8 *)frame_at(f, OFFSET_SOURCE, 6);
	__u32 id = source ? guest_id_of_mac(source) : 0;

	return id ? drop(id, AIRTAP_DROP_ISOLATED) : TC_ACT_UNSPEC;
}

#endif
