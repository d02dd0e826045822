# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A disk that boots from the network: the smallest disk image with which a guest is seen to have one.
# Looks through the option ROMs for one that can boot ($PnP header, bootstrap entry vector; Plug and Play
# BIOS Specification 1.0A, 3.2) and jumps there.
	.code16
	.globl	_start
_start:
	xor	%ax, %ax
	mov	%ax, %ss
	mov	$0x7c00, %sp
	mov	$0xc000, %bx
rom:
	mov	%bx, %ds
	cmpw	$0xaa55, 0
	jne	next
	mov	0x1a, %si
	cmpl	$0x506e5024, (%si)	# "$PnP"
	jne	next
	mov	0x1a(%si), %ax
	test	%ax, %ax
	jz	next
	push	%cs			# where it returns to if it gives up
	push	$next
	push	%bx
	push	%ax
	lret
next:
	add	$0x80, %bx		# ROMs begin at multiples of 2 KiB
	cmp	$0xf000, %bx
	jb	rom
	hlt
	.org	510
	.word	0xaa55
