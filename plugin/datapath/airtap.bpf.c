/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The entry points, one a hook. README.md follows a packet through them.
 *
 * What is not ours goes on with TC_ACT_UNSPEC: to other filters, then to where the kernel would have
 * taken it.
 */
#include "from_air.h"
#include "from_guest.h"

#ifndef AIRTAP_USERSPACE
char airtap_license[] SEC("license") = "Dual BSD/GPL";
#endif

/* uplink, ingress */
SEC("tc")
int from_air(frame_t *f)
{
	return from_air_frame(f);
}

/* uplink, egress */
SEC("tc")
int from_host(frame_t *f)
{
	return from_host_frame(f);
}

/* uplink, egress, beside from_host while there are containers. Their ipvlans send as the host does; an answer
 * to an address that none of them has yet would be taken for the host's. */
SEC("tc")
int ask_for_broadcast(frame_t *f)
{
	const __u8 *destination = (const __u8 *)frame_at(f, OFFSET_DESTINATION, 6);
	struct l4_ports l4;
	struct packet p;

	if (!destination || !is_group(destination) || !parse(f, &p) || p.type != TYPE_IPV4 ||
	    p.l4_protocol != PROTOCOL_UDP || !p.l4_offset ||
	    bpf_skb_load_bytes(f, p.l4_offset, &l4, sizeof(l4)))
		return TC_ACT_UNSPEC;
	if (l4.source == AIRTAP_BE16(68) && l4.destination == AIRTAP_BE16(67))
		translate_dhcp(f, &p);
	return TC_ACT_UNSPEC;
}

/* uplink, ingress, beside from_air while there are containers: a group frame that the access point sent to us
 * alone. ipvlan would give that to the host and to nobody else. */
SEC("tc")
int restore_group(frame_t *f)
{
	__u8 group[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct packet p;

	if (!parse(f, &p) || is_group(p.destination))
		return TC_ACT_UNSPEC;
	if (p.type == TYPE_IPV6 && p.to.ip[0] == 0xff) {
		mac_of_ipv6_group(p.to.ip, group);
	} else if (p.type == TYPE_IPV4 && bpf_ntohl(ipv4_of(&p.to)) >> 28 == 0xe) {
		mac_of_ipv4_group(p.to.ip + 12, group);
	} else if (p.type != TYPE_IPV4 || ipv4_of(&p.to) != 0xffffffff) {
		return TC_ACT_UNSPEC;
	}
	set_destination(f, group);
	return TC_ACT_UNSPEC;
}

/* outer end of the bridge's veth, ingress: nothing gets past it into the host's stack */
SEC("tc")
int from_bridge(frame_t *f)
{
	return from_bridge_port(f);
}

/* the bridge device, ingress: what the bridge hands to the host, which gets its copy on the uplink */
SEC("tc")
int to_bridge_self(frame_t *f)
{
	(void)f;
	return TC_ACT_SHOT;
}

/* a guest's TAP, ingress (the guest sends) */
SEC("tc")
int from_tap(frame_t *f)
{
	return from_port(f, ENTRY_TAP);
}

/* an isolated guest's TAP, egress (the guest receives) */
SEC("tc")
int to_tap(frame_t *f)
{
	return to_isolated_tap(f);
}

/* a guest's ipvtap, egress (the guest sends): ipvlan's own transmit path is never reached */
SEC("tc")
int from_ipvtap(frame_t *f)
{
	return from_port(f, ENTRY_IPVTAP);
}

/* a guest's ipvtap, ingress (the guest receives): ipvlan itself copies group frames to every ipvtap,
 * echoes included; only our own copies pass */
SEC("tc")
int to_ipvtap(frame_t *f)
{
	if (f->mark != AIRTAP_MARK_TO_GUEST)
		return TC_ACT_SHOT;
	f->mark = 0;
	return TC_ACT_UNSPEC;
}
