/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the packet logic stands on: the kernel's helpers, or with AIRTAP_USERSPACE an imitation of
 * them (tests/datapath/user_bpf.h), so that the same text runs under gtest, sanitizers and libFuzzer.
 * Therefore no other file here touches struct __sk_buff's data pointers or includes a BPF header, and
 * everything is valid C and C++.
 */
#ifndef AIRTAP_DATAPATH_PLATFORM_H
#define AIRTAP_DATAPATH_PLATFORM_H

#ifdef AIRTAP_USERSPACE

#include "datapath/user_bpf.h"

#else

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

typedef struct __sk_buff frame_t;

/* volatile: clang would keep the 32-bit value of one load and copy it with 32-bit moves, after which
 * the verifier no longer knows it for a packet pointer. */
static __always_inline void *frame_start(const frame_t *f)
{
	return (void *)(long)((const volatile frame_t *)f)->data;
}

static __always_inline void *frame_end(const frame_t *f)
{
	return (void *)(long)((const volatile frame_t *)f)->data_end;
}

#endif

/*
 * In front of a function: not static, so that the verifier checks it once a program, knowing its arguments by
 * their types alone, and not again at every call for all that may be true there. Loading takes half as long
 * with it. Every pointer to memory may then be null for the verifier, whoever calls, and has to be asked.
 */
#ifdef AIRTAP_USERSPACE
#define AIRTAP_CHECKED_ONCE static
#else
#define AIRTAP_CHECKED_ONCE
#endif

/* The compiler knows nothing of the variable from here on. */
#define AIRTAP_OPAQUE(variable) asm volatile("" : "+r"(variable))

#define AIRTAP_BE16(x) bpf_htons(x)
#define AIRTAP_BE32(x) bpf_htonl(x)

/* The part of the frame at `offset`, or null where the linear part does not hold all of it. */
static __always_inline void *frame_at(const frame_t *f, __u32 offset, __u32 size)
{
	__u8 *start = (__u8 *)frame_start(f);

	if (start + offset + size > (__u8 *)frame_end(f))
		return 0;
	return start + offset;
}

#endif
