/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which guest uses which address, from what guests send. A guest is hostile: it never gets an address
 * of the host, of the gateway or of a guest that is alive, and never holds more than its quota.
 */
#ifndef AIRTAP_DATAPATH_LEARN_H
#define AIRTAP_DATAPATH_LEARN_H

#include "maps.h"
#include "parse.h"

#define ALLOWED (-1) /* otherwise an enum airtap_drop */

#define SECOND_NS 1000000000ll
/* last_seen is written no more often: a write shared by CPUs for each packet would cost more than the
 * rest of the datapath. */
#define REFRESH_NS SECOND_NS
/* A guest silent for so long has lost its address to the next one that claims it. */
#define SILENT_NS (300 * SECOND_NS)

/* Signed: another CPU may have written a moment that this one has not reached yet. */
static __always_inline __s64 silent_for(const struct airtap_address *address, __u64 now)
{
	return (__s64)(now - address->last_seen_ns);
}

/* Gives the address a place in the guest's ring; what was there loses its address, if it still is
 * this guest's. */
static __always_inline void take_slot(struct airtap_guest *guest, __u32 id,
				      const struct airtap_address_key *key)
{
	struct airtap_ring *ring = (struct airtap_ring *)bpf_map_lookup_elem(&rings, &id);
	struct airtap_address_key old;
	struct airtap_address *evicted;
	__u64 slot;

	if (!ring)
		return;
	/* a divisor of 0 yields 0 in BPF; user space never writes one */
	slot = __sync_fetch_and_add(&guest->cursor, 1) % (guest->quota ? guest->quota : 1);
	/* After a 32-bit remainder the verifier knows nothing of all 64 bits, and newer clangs compare only 32. */
	AIRTAP_OPAQUE(slot);
	if (slot >= AIRTAP_MAX_QUOTA)
		return;
	__builtin_memcpy(&old, &ring->slot[slot], sizeof(old));
	__builtin_memcpy(&ring->slot[slot], key, sizeof(*key));
	evicted = (struct airtap_address *)bpf_map_lookup_elem(&addresses, &old);
	if (evicted && evicted->owner == id)
		bpf_map_delete_elem(&addresses, &old);
}

static __always_inline int learn_new(struct airtap_guest *guest, __u32 id,
				     const struct airtap_address_key *key, __u32 source, __u64 now)
{
	struct airtap_address fresh;
	const struct airtap_address *other;

	if (!guest->quota)
		return AIRTAP_DROP_NO_MEMORY;
	fresh.owner = id;
	fresh.source = source;
	fresh.last_seen_ns = now;
	/* The slot first: it makes room in a full map. */
	take_slot(guest, id, key);
	if (!bpf_map_update_elem(&addresses, key, &fresh, BPF_NOEXIST))
		return ALLOWED;
	/* Another CPU was faster, or there is no room. */
	other = (const struct airtap_address *)bpf_map_lookup_elem(&addresses, key);
	if (!other)
		return AIRTAP_DROP_NO_MEMORY;
	return other->owner == id ? ALLOWED : AIRTAP_DROP_CLAIM_GUEST;
}

/* The guest says that the address is its own. One lookup in the usual case. */
AIRTAP_CHECKED_ONCE __noinline int claim(struct airtap_guest *guest, __u32 id,
					 const aligned_key *claimed, __u32 source)
{
	aligned_key key;
	struct airtap_address *address;
	__u64 now = bpf_ktime_get_coarse_ns();
	__u32 owner;

	if (!guest || !claimed) /* never; the verifier of some kernels asks */
		return AIRTAP_DROP_MALFORMED;
	/* Before 6.2 a key has to be on the stack or in a map; what a function is given is neither. */
	__builtin_memcpy(&key, claimed, sizeof(key));
	address = (struct airtap_address *)bpf_map_lookup_elem(&addresses, &key);
	if (!address)
		return learn_new(guest, id, &key, source, now);
	owner = address->owner;
	if (owner == id) {
		if (silent_for(address, now) > REFRESH_NS)
			address->last_seen_ns = now;
		return ALLOWED;
	}
	if (owner == AIRTAP_OWNER_HOST)
		return AIRTAP_DROP_CLAIM_HOST;
	if (owner == AIRTAP_OWNER_GATEWAY)
		return AIRTAP_DROP_CLAIM_GATEWAY;
	if (owner == AIRTAP_OWNER_BROADCAST)
		return AIRTAP_DROP_BAD_SOURCE;
	if (silent_for(address, now) <= SILENT_NS)
		return AIRTAP_DROP_CLAIM_GUEST;
	/* Two guests may both see the silence: one wins. */
	if (__sync_val_compare_and_swap(&address->owner, owner, id) != owner)
		return AIRTAP_DROP_CLAIM_GUEST;
	address->source = source;
	address->last_seen_ns = now;
	take_slot(guest, id, &key);
	return ALLOWED;
}

/* The guest an address belongs to; 0: nobody's, or the host's side. */
static __always_inline __u32 guest_id_of_address(const struct airtap_address_key *key, __u32 *owner)
{
	struct airtap_address *address =
		(struct airtap_address *)bpf_map_lookup_elem(&addresses, key);

	*owner = address ? address->owner : 0;
	return *owner < AIRTAP_MAX_GUESTS ? *owner : 0;
}

#endif
