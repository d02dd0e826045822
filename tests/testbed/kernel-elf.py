#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes the ELF kernel out of a bzImage: kernel-elf.py VMLINUZ OUTPUT

QEMU boots the ELF directly (PVH). Under emulation the kernel's own
decompression costs three seconds of every boot, more than the rest together.
Exits 1 when the image is packed in a way this does not know; the caller then
boots the bzImage, which always works.
"""
import lzma
import struct
import subprocess
import sys


def payload(image: bytes) -> bytes:
    """The compressed kernel inside a bzImage (Documentation/arch/x86/boot.rst)."""
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    return image[start:start + length]


def unpack(packed: bytes) -> bytes:
    if packed.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(packed)
    if packed.startswith(b"\x28\xb5\x2f\xfd"):
        # The kernel appends the unpacked size, which zstd complains about after
        # it has written everything.
        return subprocess.run(["zstd", "-dcq"], input=packed, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    raise ValueError("unknown compression")


def main() -> int:
    with open(sys.argv[1], "rb") as source:
        image = source.read()
    try:
        kernel = unpack(payload(image))
    except (ValueError, OSError, lzma.LZMAError) as error:
        print(f"kernel-elf: {error}", file=sys.stderr)
        return 1
    if not kernel.startswith(b"\x7fELF"):
        return 1
    with open(sys.argv[2], "wb") as target:
        target.write(kernel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
