/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A guest whose MAC nobody could tell when it was registered (the bridge helper is told none) is bound
 * to the source of the first frame it sends. Once: until it is registered anew it has that MAC and no
 * other. A MAC of the host, of a gateway or of another guest would lead their frames to it.
 */
#ifndef AIRTAP_DATAPATH_BIND_H
#define AIRTAP_DATAPATH_BIND_H

#include "maps.h"
#include "parse.h"

static __always_inline bool may_be_bound(const struct airtap_settings *s,
					 const struct airtap_mac_key *key)
{
	return !is_group(key->mac) && !is_zero_mac(key->mac) && !same_mac(key->mac, s->station_mac) &&
	       !bpf_map_lookup_elem(&reserved, key) && !bpf_map_lookup_elem(&macs, key);
}

/* True when the guest has this MAC from now on. */
static __noinline bool bind_mac(const struct airtap_settings *s, struct airtap_guest *guest, __u32 id,
				const struct airtap_mac_key *key)
{
	if (!s || !guest || !key) /* never; the verifier of some kernels asks */
		return false;
	if (!may_be_bound(s, key))
		return false;
	/* Another CPU may have the guest's second frame. */
	if (__sync_val_compare_and_swap(&guest->binding, AIRTAP_UNBOUND, AIRTAP_BINDING) !=
	    AIRTAP_UNBOUND)
		return false;
	/* Another guest may have taken it meanwhile. */
	if (bpf_map_update_elem(&macs, key, &id, BPF_NOEXIST)) {
		__sync_val_compare_and_swap(&guest->binding, AIRTAP_BINDING, AIRTAP_UNBOUND);
		return false;
	}
	__builtin_memcpy(guest->mac, key->mac, sizeof(guest->mac));
	/* A full barrier: who sees the guest bound sees its MAC. */
	__sync_val_compare_and_swap(&guest->binding, AIRTAP_BINDING, AIRTAP_BOUND);
	return true;
}

/* Is this the guest's MAC, now if not before? */
static __always_inline bool is_source_of(const struct airtap_settings *s, struct airtap_guest *guest,
					 __u32 id, const __u8 *source)
{
	struct airtap_mac_key key;

	if ((guest->flags & AIRTAP_GUEST_BIND) && guest->binding != AIRTAP_BOUND) {
		make_mac_key(&key, source);
		return bind_mac(s, guest, id, &key);
	}
	return same_mac(source, guest->mac);
}

#endif
