// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of lib/purgatory: what it lets pass, what it stops at, and what it then says.
 *
 * Purgatory works on addresses, so here it works on buffers. The machine around it is a serial
 * port that keeps what it is sent, and a reset that comes back to the test.
 */
#include <setjmp.h>

#include "../../../lib/purgatory/purgatory.h"
#include "test.h"

/* Its own memcpy() and so on, beside the C library's. */
#define memcpy	purgatory_memcpy
#define memmove	purgatory_memmove
#define memset	purgatory_memset
#define memcmp	purgatory_memcmp
#include "../../../lib/purgatory/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#define PORT		0x3f8
#define PAGE		4096
#define CODE_BYTES	100		/* stands for purgatory's code */
#define LOW_BYTES	5000

/* What purgatory ran on: header, "code", parameters. */
static struct {
	struct purgatory_header header;
	u8 code[CODE_BYTES];
	struct purgatory_params params;
	u8 stack[PAGE];
} blob;

static u8 kernel[3 * PAGE], header_slot[PAGE], low[LOW_BYTES], backup[LOW_BYTES];

static struct {
	jmp_buf reset;
	char text[1024];
	size_t sent;
	size_t takes;		/* characters until it takes no more */
	unsigned long reads;
} port;

u8 purgatory_port_read(u64 number)
{
	CHECK_EQ(number, PORT + 5);
	port.reads++;
	return port.sent < port.takes ? 0x60 : 0;
}

void purgatory_port_write(u64 number, u8 value)
{
	CHECK_EQ(number, PORT);
	CHECK(port.sent < port.takes && port.sent < sizeof(port.text) - 1);
	port.text[port.sent++] = value;
}

void purgatory_reset(void)
{
	longjmp(port.reset, 1);
}

static void digest(const void *data, size_t bytes, u8 *out)
{
	struct sha256_state sha;

	sha256_init(&sha);
	sha256_update(&sha, data, bytes);
	sha256_final(&sha, out);
}

static void seal(void)
{
	memset(blob.params.self_sha256, 0, PURGATORY_DIGEST_BYTES);
	digest(&blob, blob.header.blob_bytes, blob.params.self_sha256);
}

/* A kernel with two pages of content, a header that carries its digest, and low memory. */
static void load(void)
{
	struct purgatory_params *params = &blob.params;
	u64 seed = 42;
	size_t i;

	memset(&blob, 0, sizeof(blob));
	memset(&port, 0, sizeof(port));
	port.takes = sizeof(port.text);
	blob.header = (struct purgatory_header){
		.magic = PURGATORY_MAGIC,
		.params_offset = (char *)params - (char *)&blob,
		.params_bytes = sizeof(*params),
		.blob_bytes = (char *)blob.stack - (char *)&blob,
		.mem_bytes = sizeof(blob),
	};
	memset(kernel, 0, sizeof(kernel));
	for (i = 0; i < 2 * PAGE; i++)
		kernel[i] = test_random(&seed);
	for (i = 0; i < PAGE - PURGATORY_DIGEST_BYTES; i++)
		header_slot[i] = test_random(&seed);
	digest(header_slot, i, header_slot + i);
	for (i = 0; i < LOW_BYTES; i++)
		low[i] = test_random(&seed);
	memset(backup, 0, sizeof(backup));

	*params = (struct purgatory_params){
		.magic = PURGATORY_PARAMS_MAGIC,
		.backup_src_pa = (uintptr_t)low,
		.backup_dst_pa = (uintptr_t)backup,
		.backup_bytes = LOW_BYTES,
		.serial_kind = PURGATORY_SERIAL_8250,
		.serial_port = PORT,
		.nr_segments = 2,
		.segment[0] = {
			.start_pa = (uintptr_t)kernel,
			.content_bytes = 2 * PAGE,
			.mem_bytes = sizeof(kernel),
			.name = "kernel",
		},
		.segment[1] = {
			.start_pa = (uintptr_t)header_slot,
			.content_bytes = PAGE,
			.mem_bytes = PAGE,
			.name = "ELF core header",
			.flags = PURGATORY_SELF_DIGEST,
		},
	};
	digest(kernel, 2 * PAGE, params->segment[0].sha256);
	seal();
}

/* Whether it came back to enter the kernel; a line, all of it, is sent if not. */
static bool passes(void)
{
	static const u8 untouched[LOW_BYTES];

	if (setjmp(port.reset)) {
		CHECK(!memcmp(backup, untouched, LOW_BYTES));
		return false;
	}
	purgatory_main(&blob.header, &blob.params, blob.stack);
	CHECK_EQ(port.sent, 0);
	return true;
}

static void check_said(const char *what)
{
	if (!strstr(port.text, what))
		test_fail(__FILE__, __LINE__, "it said \"%s\", without \"%s\"", port.text, what);
	CHECK(strstr(port.text, "resetting the machine\r\n"));
}

static void test_digest(void)
{
	static const u8 abc[] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	u8 out[PURGATORY_DIGEST_BYTES];

	digest("abc", 3, out);
	CHECK(!memcmp(out, abc, sizeof(abc)));
}

static void test_intact(void)
{
	load();
	CHECK(passes());
	CHECK(!memcmp(low, backup, LOW_BYTES));

	/* Nothing to keep: nothing is written. */
	load();
	blob.params.backup_bytes = 0;
	seal();
	CHECK(passes());
	CHECK(!backup[0] && !backup[1]);
}

/* Each bit of the content counts, whichever byte it is in. */
static void test_content(void)
{
	static const size_t at[] = { 0, 1, 63, 64, PAGE - 1, PAGE, 2 * PAGE - 1 };
	char range[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		load();
		kernel[at[i]] ^= 1 << i;
		CHECK(!passes());
		snprintf(range, sizeof(range), "kdump: purgatory: kernel at [0x%lx, 0x%lx)",
			 (unsigned long)kernel, (unsigned long)kernel + sizeof(kernel));
		check_said(range);
		check_said("does not match the SHA-256 taken when it was loaded");
	}
}

static void test_zero_fill(void)
{
	static const size_t at[] = { 2 * PAGE, 2 * PAGE + 7, 2 * PAGE + 9, 3 * PAGE - 1 };
	char where[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		load();
		kernel[at[i]] = 0x10;
		CHECK(!passes());
		snprintf(where, sizeof(where), "the byte at 0x%lx, behind its content, is not zero",
			 (unsigned long)kernel + at[i]);
		check_said(where);
	}

	/* Content of any length and alignment. */
	for (i = 0; i < 20; i++) {
		load();
		blob.params.segment[0].content_bytes = 2 * PAGE + i;
		digest(kernel, 2 * PAGE + i, blob.params.segment[0].sha256);
		seal();
		CHECK(passes());
		memset(backup, 0, sizeof(backup));
		kernel[2 * PAGE + i] = 1;
		CHECK(!passes());
	}
}

static void test_self_digest(void)
{
	size_t i;

	/* Another header with its own digest is as good. */
	load();
	header_slot[5]++;
	digest(header_slot, PAGE - PURGATORY_DIGEST_BYTES,
	       header_slot + PAGE - PURGATORY_DIGEST_BYTES);
	CHECK(passes());

	for (i = 0; i < PAGE; i += 455) {
		load();
		header_slot[i] ^= 0x80;
		CHECK(!passes());
		check_said("ELF core header at [0x");
	}

	/* No room for a digest. */
	load();
	blob.params.segment[1].content_bytes = PURGATORY_DIGEST_BYTES - 1;
	seal();
	CHECK(!passes());
}

/* What is compared with the linker's word before anything is hashed. */
static bool header_field(size_t i)
{
	return i >= offsetof(struct purgatory_header, magic) &&
	       i < offsetof(struct purgatory_header, mem_bytes);
}

/* A header that leads elsewhere is not followed, whatever lies there and however it is sealed. */
static void test_self_sealed(void)
{
	static const u32 wrong[] = { 0, 1, 8, 0x7fffffff, 0xfffffff8 };
	u32 *const field[] = {
		&blob.header.params_offset, &blob.header.params_bytes, &blob.header.blob_bytes,
	};
	const u32 content = offsetof(typeof(blob), stack);
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(field); i++)
		for (j = 0; j < ARRAY_SIZE(wrong); j++) {
			load();
			*field[i] = wrong[j];
			memset(blob.params.self_sha256, 0, PURGATORY_DIGEST_BYTES);
			digest(&blob, content, blob.params.self_sha256);
			CHECK(!passes());
			check_said("its header is not the one it was built with");
		}
}

/* Every byte of what runs is under its digest. */
static void test_self(void)
{
	const size_t bytes = offsetof(typeof(blob), stack), params = offsetof(typeof(blob), params);
	size_t i;

	for (i = 0; i < bytes; i++) {
		load();
		/* Where to report is not known then. */
		if (i >= params + offsetof(struct purgatory_params, serial_port) &&
		    i < params + offsetof(struct purgatory_params, nr_segments))
			continue;
		((u8 *)&blob)[i] ^= 0x04;
		CHECK(!passes());
		check_said(header_field(i) ? "its header is not the one it was built with" :
					     "does not match its own SHA-256");
	}
	test_self_sealed();

	load();
	blob.params.nr_segments = PURGATORY_SEGMENT_MAX + 1;
	seal();
	CHECK(!passes());
	load();
	blob.params.segment[1].content_bytes = PAGE + 1;
	seal();
	CHECK(!passes());
	check_said("ELF core header at [0x");
}

/* Nothing is said, or a part of it, and the machine is reset all the same. */
static void test_serial(void)
{
	load();
	blob.params.serial_kind = PURGATORY_SERIAL_NONE;
	seal();
	kernel[0]++;
	CHECK(!passes());
	CHECK_EQ(port.reads, 0);

	load();
	blob.params.serial_kind = PURGATORY_SERIAL_8250 + 1;
	seal();
	kernel[0]++;
	CHECK(!passes());

	/* A port that takes no more: one wait in vain, not one a character. */
	load();
	port.takes = 9;
	kernel[0]++;
	CHECK(!passes());
	CHECK_EQ(port.sent, 9);
	CHECK(port.reads < 2000000);
}

/* All small lengths, alignments and overlaps, against the C library's. */
static void test_string(void)
{
	u8 mine[96], theirs[96];
	unsigned int from, to, n, i;

	for (n = 0; n < 30; n++) {
		for (i = 0; i < 17 * 17; i++) {
			u64 seed = i + 1;
			unsigned int k;

			from = 30 + i / 17;
			to = 30 + i % 17;
			for (k = 0; k < sizeof(mine); k++)
				mine[k] = test_random(&seed);
			memcpy(theirs, mine, sizeof(mine));
			CHECK(purgatory_memmove(mine + to, mine + from, n) == mine + to);
			memmove(theirs + to, theirs + from, n);
			CHECK(!memcmp(mine, theirs, sizeof(mine)));
			CHECK(purgatory_memcpy(mine + to - 30, mine + from + 16, n) ==
			      mine + to - 30);
			memmove(theirs + to - 30, theirs + from + 16, n);
			CHECK(!memcmp(mine, theirs, sizeof(mine)));
			CHECK_EQ(purgatory_memcmp(mine + to, mine + from, n) < 0,
				 memcmp(mine + to, mine + from, n) < 0);
			CHECK_EQ(!purgatory_memcmp(mine + to, mine + from, n),
				 !memcmp(mine + to, mine + from, n));
			CHECK(purgatory_memset(mine + to, i, n) == mine + to);
			memset(theirs + to, i, n);
			CHECK(!memcmp(mine, theirs, sizeof(mine)));
		}
	}
}

const struct test purgatory_tests[] = {
	{ "purgatory.string", test_string },
	{ "purgatory.sha256", test_digest },
	{ "purgatory.intact", test_intact },
	{ "purgatory.content", test_content },
	{ "purgatory.zero_fill", test_zero_fill },
	{ "purgatory.self_digest", test_self_digest },
	{ "purgatory.self", test_self },
	{ "purgatory.serial", test_serial },
	{ }
};
