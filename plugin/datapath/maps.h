/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The maps. One set an uplink, pinned under their own names. User space writes settings, guests,
 * ports, macs, reserved and ipvtaps; the programs write addresses, rings and counters, and the MAC of
 * a guest that was registered without one.
 *
 * Plain hashes, no LRU: an LRU would let one guest push out another's addresses by inventing sources.
 */
#ifndef AIRTAP_DATAPATH_MAPS_H
#define AIRTAP_DATAPATH_MAPS_H

#include "platform.h"
#include "shared.h"

#ifndef AIRTAP_USERSPACE

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct airtap_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, AIRTAP_MAX_GUESTS);
	__type(key, __u32); /* guest id */
	__type(value, struct airtap_guest);
} guests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, AIRTAP_MAX_GUESTS);
	__type(key, __u32); /* ifindex of a TAP or ipvtap */
	__type(value, __u32); /* guest id */
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, AIRTAP_MAX_GUESTS);
	__type(key, struct airtap_mac_key);
	__type(value, __u32); /* guest id */
} macs SEC(".maps");

/* the host's and the gateways': what a guest without a MAC of its own must not take */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, AIRTAP_MAX_RESERVED);
	__type(key, struct airtap_mac_key);
	__type(value, __u32); /* 1 */
} reserved SEC(".maps");

/* the ipvtaps among the ports: group frames are copied to each */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, AIRTAP_MAX_GUESTS);
	__type(key, __u32); /* ifindex */
	__type(value, __u32); /* guest id */
} ipvtaps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, AIRTAP_MAX_ADDRESSES);
	__type(key, struct airtap_address_key);
	__type(value, struct airtap_address);
} addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, AIRTAP_MAX_GUESTS);
	__type(key, __u32); /* guest id */
	__type(value, struct airtap_ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, AIRTAP_MAX_GUESTS);
	__type(key, __u32); /* guest id, 0 for frames of no guest */
	__type(value, struct airtap_counters);
} counters SEC(".maps");

#endif

static __always_inline struct airtap_settings *find_settings(void)
{
	__u32 zero = 0;

	return (struct airtap_settings *)bpf_map_lookup_elem(&settings, &zero);
}

static __always_inline struct airtap_guest *find_guest(__u32 id)
{
	return (struct airtap_guest *)bpf_map_lookup_elem(&guests, &id);
}

/* The guest behind a port; 0: none. */
static __always_inline __u32 guest_id_of_port(__u32 ifindex)
{
	__u32 *id = (__u32 *)bpf_map_lookup_elem(&ports, &ifindex);

	return id ? *id : 0;
}

static __always_inline void make_mac_key(struct airtap_mac_key *key, const __u8 *mac)
{
	__builtin_memcpy(key->mac, mac, sizeof(key->mac));
	key->pad[0] = 0;
	key->pad[1] = 0;
}

/* The guest with this MAC; 0: none. */
static __always_inline __u32 guest_id_of_mac(const __u8 *mac)
{
	struct airtap_mac_key key;
	__u32 *id;

	make_mac_key(&key, mac);
	id = (__u32 *)bpf_map_lookup_elem(&macs, &key);
	return id ? *id : 0;
}

static __always_inline struct airtap_counters *find_counters(__u32 id)
{
	return (struct airtap_counters *)bpf_map_lookup_elem(&counters, &id);
}

/* Counts and drops: the only way a frame ends. */
static __always_inline int drop(__u32 id, int reason)
{
	struct airtap_counters *c = find_counters(id);
	__u32 index = (__u32)reason;

	/* or it may be compared in one register and used from another, where the verifier knows no bound */
	if (!__builtin_constant_p(reason))
		AIRTAP_OPAQUE(index);
	if (c && index < AIRTAP_DROP_COUNT)
		c->drops[index]++;
	return TC_ACT_SHOT;
}

static __always_inline void count_from_guest(const frame_t *f, __u32 id)
{
	struct airtap_counters *c = find_counters(id);

	if (!c)
		return;
	c->from_guest_packets++;
	c->from_guest_bytes += f->len;
}

static __always_inline void count_to_guest(const frame_t *f, __u32 id)
{
	struct airtap_counters *c = find_counters(id);

	if (!c)
		return;
	c->to_guest_packets++;
	c->to_guest_bytes += f->len;
}

#endif
