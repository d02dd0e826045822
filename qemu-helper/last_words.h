// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace airtap {

/// For a caller that was refused, after the last message and right before the end: closes stderr
/// and stays for 100 ms. libvirt (src/qemu/qemu_interface.c, qemuCreateInBridgePortWithHelper)
/// reads stderr in a thread of its own, for which it does not wait once the socket has ended: who
/// ends at once is shown to the user as a helper that said nothing.
void let_last_words_be_read();

}  // namespace airtap
