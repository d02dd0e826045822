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
