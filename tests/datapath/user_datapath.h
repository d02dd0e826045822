// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The BPF programs as ordinary functions: airtap::bpf::from_tap(&frame) and so on. For one source
// file of a program.
#pragma once

#include "datapath/user_bpf.h"

#define AIRTAP_USERSPACE
namespace airtap::bpf {
#include "datapath/airtap.bpf.c"
}  // namespace airtap::bpf
