// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For builds with sanitizers: looking for leaks takes ptrace, which the filter of system calls has
// taken away by the time the program ends.
extern "C" {

[[gnu::visibility("default")]] const char* __asan_default_options();  // NOLINT: its name
const char* __asan_default_options() { return "detect_leaks=0"; }     // NOLINT
}
