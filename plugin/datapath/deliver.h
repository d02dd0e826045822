/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The ways out: to one guest, to all of them, to the host, to the air. Each redirect ends the
 * program; each clone leaves the frame as it is.
 */
#ifndef AIRTAP_DATAPATH_DELIVER_H
#define AIRTAP_DATAPATH_DELIVER_H

#include "rewrite.h"

/* To the guest's own device, whose kernel side queues it for QEMU: no bridge, no veth, no ipvlan. */
static __always_inline int deliver(frame_t *f, const struct airtap_settings *s,
				   const struct airtap_guest *guest, __u32 id)
{
	count_to_guest(f, id);
	if (guest->flags & AIRTAP_GUEST_IPVTAP) {
		f->mark = AIRTAP_MARK_TO_GUEST;
		return (int)bpf_redirect(guest->port_ifindex, BPF_F_INGRESS);
	}
	/* A TAP that was never told to us hangs on the bridge, which knows where. */
	return (int)bpf_redirect(guest->port_ifindex ? guest->port_ifindex : s->bridge_port_ifindex, 0);
}

/* To the guest, under its own MAC. */
static __always_inline int deliver_translated(frame_t *f, const struct airtap_settings *s,
					      const struct airtap_guest *guest, __u32 id)
{
	if (!set_destination(f, guest->mac))
		return drop(id, AIRTAP_DROP_NO_MEMORY);
	return deliver(f, s, guest, id);
}

/* To the host's stack, as if it had come in on the uplink. The guest's MAC stays: that is what the
 * host's neighbour table gets, and what from_host finds the guest by. */
static __always_inline int redirect_to_host(frame_t *f, const struct airtap_settings *s)
{
	f->mark = AIRTAP_MARK_TO_HOST;
	return (int)bpf_redirect(s->uplink_ifindex, BPF_F_INGRESS);
}

static __always_inline void copy_to_host(frame_t *f, const struct airtap_settings *s)
{
	const __u32 mark = f->mark;

	f->mark = AIRTAP_MARK_TO_HOST;
	bpf_clone_redirect(f, s->uplink_ifindex, BPF_F_INGRESS);
	f->mark = mark;
}

/* The last step of a frame of a guest: rewriting must come after every copy. */
static __always_inline int send_to_air(frame_t *f, const struct packet *p,
				       const struct airtap_settings *s,
				       const struct airtap_guest *guest, __u32 id)
{
	if (guest->flags & AIRTAP_GUEST_TRANSLATE) {
		int reason = translate(f, p, s);

		if (reason != ALLOWED)
			return drop(id, reason);
	}
	f->mark = AIRTAP_MARK_TO_AIR;
	return (int)bpf_redirect(s->uplink_ifindex, 0);
}

struct copies {
	frame_t *frame;
	__u32 sender; /* guest that gets no copy; 0: the frame is no guest's */
};

/* For each entry of `ipvtaps`: ifindex, guest id. */
static long copy_to_ipvtap(void *map, void *key, void *value, void *context)
{
	const struct copies *copies = (const struct copies *)context;
	const __u32 ifindex = *(const __u32 *)key, id = *(const __u32 *)value;
	const struct airtap_guest *guest;

	(void)map;
	if (id == copies->sender)
		return 0;
	guest = find_guest(id);
	if (!guest || (copies->sender && (guest->flags & AIRTAP_GUEST_ISOLATE)))
		return 0;
	if (!bpf_clone_redirect(copies->frame, ifindex, BPF_F_INGRESS))
		count_to_guest(copies->frame, id);
	return 0;
}

static __always_inline void copy_to_ipvtaps(frame_t *f, const struct airtap_settings *s, __u32 sender)
{
	struct copies copies;
	const __u32 mark = f->mark;

	if (!s->ipvtap_count)
		return;
	__builtin_memset(&copies, 0, sizeof(copies));
	copies.frame = f;
	copies.sender = sender;
	f->mark = AIRTAP_MARK_TO_GUEST;
	bpf_for_each_map_elem(&ipvtaps, (void *)copy_to_ipvtap, &copies, 0);
	f->mark = mark;
}

/*
 * Onto the bridge, past the host's firewall: br_netfilter hands bridged frames to iptables, whose FORWARD
 * policy may be DROP (Docker sees to both), but none with a VLAN tag (bridge-nf-filter-vlan-tagged). This one
 * is of VLAN 0, which is none, and the bridge takes it off. What libvirt filters is left to be filtered.
 */
static __always_inline void hide_from_firewall(frame_t *f, const struct airtap_settings *s)
{
	if (s->bridge_takes_tags && !s->has_portless)
		bpf_skb_vlan_push(f, TYPE_VLAN, 0);
}

/* The bridge floods it to the TAPs, if there are any: ipvtaps have a bridge, too. */
static __always_inline void copy_to_bridge(frame_t *f, const struct airtap_settings *s)
{
	if (!s->bridge_port_ifindex || s->guest_count == s->ipvtap_count)
		return;
	hide_from_firewall(f, s);
	bpf_clone_redirect(f, s->bridge_port_ifindex, 0);
	if (f->vlan_present)
		bpf_skb_vlan_pop(f);
}

/* From the host or the air. */
static __always_inline void copy_to_guests(frame_t *f, const struct airtap_settings *s)
{
	copy_to_bridge(f, s);
	copy_to_ipvtaps(f, s, 0);
}

#endif
