/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the kernel that loads an image and purgatory, the code between the kernels.
 *
 * Purgatory is a flat piece of position-independent code, linked with no relocation left, which
 * kexec_file_load(2) places beside the kernel. image->start points to it. It checks every segment
 * against its SHA-256, copies low memory away and enters the kernel; if a segment is damaged it
 * says on the serial port which one, and resets the machine. All that it knows stands in struct
 * purgatory_params, inside of it, so that there is nothing to link when an image is loaded:
 *
 *   - copy [kexec_purgatory_start, kexec_purgatory_end) into a buffer;
 *   - at its start lies struct purgatory_header; fill the parameters at params_offset, then seal
 *     them: self_sha256 is the SHA-256 of the whole buffer with self_sha256 zero;
 *   - make a segment of it, page aligned at any address that the architecture's enter stub maps:
 *     the buffer is the content, mem_bytes its size in memory, zero behind the content;
 *   - the address of the segment is the image's start address.
 *
 * The same layout on every architecture; all fields are in the byte order of the machine.
 *
 * Context: the next kernel's side of the jump. One CPU, interrupts off, no stack but its own.
 */
#ifndef LINUX_PURGATORY_H
#define LINUX_PURGATORY_H

#include <linux/const.h>

/* "PURGATOR", "PURGARGS" */
#define PURGATORY_MAGIC		_ULL(0x524f544147525550)
#define PURGATORY_PARAMS_MAGIC	_ULL(0x5347524147525550)

/* For assembler and linker scripts; asserted in lib/purgatory/params.c */
#define PURGATORY_HEADER_BYTES		32
#define PURGATORY_PARAMS_ENTRY_PA	40
#define PURGATORY_PARAMS_ARG_PA		48

#ifndef __ASSEMBLY__

#include <linux/types.h>

/* KEXEC_SEGMENT_MAX, which user space's ABI fixes; asserted where both are known */
#define PURGATORY_SEGMENT_MAX	16

#define PURGATORY_DIGEST_BYTES	32
#define PURGATORY_NAME_BYTES	16

/**
 * struct purgatory_header - the first bytes of purgatory
 * @entry: code that jumps behind the header; the image is entered here
 * @magic: PURGATORY_MAGIC
 * @params_offset: where struct purgatory_params lies, from the first byte on
 * @params_bytes: sizeof(struct purgatory_params) that purgatory was built with
 * @blob_bytes: bytes of content, kexec_purgatory_end - kexec_purgatory_start
 * @mem_bytes: bytes that it takes in memory with its stack, whole pages
 */
struct purgatory_header {
	u8 entry[8];
	u64 magic;
	u32 params_offset;
	u32 params_bytes;
	u32 blob_bytes;
	u32 mem_bytes;
};

/*
 * The last 32 bytes of content are the SHA-256 of the content before them, and
 * purgatory_segment.sha256 is not looked at: the segment changes while the image is armed.
 */
#define PURGATORY_SELF_DIGEST	0x1

/**
 * struct purgatory_segment - what purgatory checks of one segment
 * @start_pa: where the segment is entered at
 * @content_bytes: bytes from there that the digest covers
 * @mem_bytes: bytes of the segment; behind the content they must be zero
 * @sha256: SHA-256 of the content
 * @name: what it holds, for the message; ends with a zero byte
 * @flags: PURGATORY_SELF_DIGEST or 0
 * @reserved: 0
 *
 * Purgatory itself, the destination of the low-memory copy and segments that are rewritten
 * after sealing (IMA's) are not listed.
 */
struct purgatory_segment {
	u64 start_pa;
	u64 content_bytes;
	u64 mem_bytes;
	u8 sha256[PURGATORY_DIGEST_BYTES];
	char name[PURGATORY_NAME_BYTES];
	u32 flags;
	u32 reserved;
};

/**
 * enum purgatory_serial - where purgatory reports to
 * @PURGATORY_SERIAL_NONE: nowhere; it resets the machine without a word
 * @PURGATORY_SERIAL_8250: an 8250 at an I/O port, set up by the kernel that loads
 */
enum purgatory_serial {
	PURGATORY_SERIAL_NONE,
	PURGATORY_SERIAL_8250,
};

/**
 * struct purgatory_params - what purgatory is to do
 * @magic: PURGATORY_PARAMS_MAGIC
 * @self_sha256: SHA-256 of purgatory's content, these parameters included, with this field zero
 * @entry_pa: where the kernel is entered
 * @arg_pa: what the kernel is given (x86: boot_params in RSI, by the 64-bit boot protocol)
 * @backup_src_pa: low memory to copy before the kernel is entered
 * @backup_dst_pa: where to; must not overlap the source
 * @backup_bytes: how much; 0 for none
 * @serial_port: I/O port of the serial port's first register
 * @serial_kind: enum purgatory_serial
 * @serial_shift: distance of its registers, as a power of two
 * @nr_segments: how many entries of @segment are in use
 * @reserved: 0
 * @segment: what to check, in this order
 */
struct purgatory_params {
	u64 magic;
	u8 self_sha256[PURGATORY_DIGEST_BYTES];
	u64 entry_pa;
	u64 arg_pa;
	u64 backup_src_pa;
	u64 backup_dst_pa;
	u64 backup_bytes;
	u64 serial_port;
	u32 serial_kind;
	u32 serial_shift;
	u32 nr_segments;
	u32 reserved;
	struct purgatory_segment segment[PURGATORY_SEGMENT_MAX];
};

/* The blob; in the kernel's read-only data. */
extern const char kexec_purgatory_start[];
extern const char kexec_purgatory_end[];

/* kernel/kexec_serial.c: name the serial port that this kernel's console uses. May sleep. */
void purgatory_set_serial(struct purgatory_params *params);

/**
 * struct kexec_sha_region - what asm-offsets.c of s390 asks for
 * @start: first byte
 * @len: bytes
 *
 * Its own purgatory is not built, s390 having no kexec until it is ported.
 */
struct kexec_sha_region {
	unsigned long start;
	unsigned long len;
};

#endif /* __ASSEMBLY__ */

#endif /* LINUX_PURGATORY_H */
