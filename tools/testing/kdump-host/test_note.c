// SPDX-License-Identifier: GPL-2.0-only
/* Notes: written, walked, and cut off at every byte. */
#include "image.h"
#include "test.h"

static void put_header(u8 *buf, u32 namesz, u32 descsz, u32 type)
{
	Elf64_Nhdr n = { .n_namesz = namesz, .n_descsz = descsz,
			 .n_type = type };

	memcpy(buf, &n, sizeof(n));
}

static void test_put_and_walk(void)
{
	static const char desc[] = "0123456789";
	struct elfcore_note_iter it;
	struct elfcore_note note;
	u8 buf[128];
	size_t pos = 0;
	u8 *at;

	memset(buf, 0xff, sizeof(buf));
	CHECK_EQ(elfcore_note_size("CORE", 10), 12 + 8 + 12);
	at = elfcore_note_put(buf, sizeof(buf), &pos, "CORE", 1, desc, 10);
	CHECK(at == buf + 20);
	CHECK_EQ(pos, 32);
	CHECK_EQ(buf[17] | buf[18] | buf[19] | buf[30] | buf[31], 0);
	at = elfcore_note_put(buf, sizeof(buf), &pos, "VMCOREINFO", 0, NULL,
			      5);
	CHECK(at == buf + 32 + 12 + 12);
	CHECK_EQ(at[0] | at[4], 0);
	CHECK(elfcore_note_put(buf, sizeof(buf), &pos, "X", 7, NULL, 0));
	CHECK_EQ(pos, 32 + 32 + 16);

	elfcore_note_walk(&it, buf, pos);
	CHECK(elfcore_note_next(&it, &note));
	CHECK(elfcore_note_is(&note, "CORE", 1));
	CHECK(!elfcore_note_is(&note, "CORE", 2));
	CHECK(!elfcore_note_is(&note, "COR", 1));
	CHECK(!elfcore_note_is(&note, "CORES", 1));
	CHECK_EQ(note.desc_bytes, 10);
	CHECK(!memcmp(note.desc, desc, 10));
	CHECK_EQ(note.off, 0);
	CHECK(elfcore_note_next(&it, &note));
	CHECK(elfcore_note_is(&note, "VMCOREINFO", 0));
	CHECK_EQ(note.off, 32);
	CHECK(elfcore_note_next(&it, &note));
	CHECK_EQ(note.desc_bytes, 0);
	CHECK(!elfcore_note_next(&it, &note));
	CHECK_EQ(it.why, ELFCORE_OK);
	CHECK_EQ(it.pos, pos);
}

static void test_no_room(void)
{
	u8 buf[32];
	size_t pos = 0;

	memset(buf, 0xee, sizeof(buf));
	CHECK(!elfcore_note_put(buf, 31, &pos, "CORE", 1, NULL, 12));
	CHECK_EQ(pos, 0);
	CHECK_EQ(buf[0], 0xee);
	CHECK(elfcore_note_put(buf, 32, &pos, "CORE", 1, NULL, 12));
	CHECK_EQ(pos, 32);
	CHECK(!elfcore_note_put(buf, 32, &pos, "CORE", 1, NULL, 0));
	pos = 33;
	CHECK(!elfcore_note_put(buf, 32, &pos, "CORE", 1, NULL, 0));
	pos = 0;
	CHECK(!elfcore_note_put(buf, 32, &pos, "CORE", 1, NULL, SIZE_MAX));
	CHECK_EQ(elfcore_note_size("CORE", SIZE_MAX), SIZE_MAX);
	CHECK_EQ(elfcore_note_size("CORE", (size_t)U32_MAX + 1), SIZE_MAX);
}

/* One note of 12 + 8 + 8 bytes; what is said when only so many are there. */
static void test_cut_everywhere(void)
{
	struct elfcore_note_iter it;
	struct elfcore_note note;
	size_t n;

	for (n = 0; n <= 28; n++) {
		u8 *buf = malloc(n ? n : 1), whole[28] = { 0 };
		bool got;

		put_header(whole, 5, 7, 1);
		memcpy(whole + 12, "CORE", 5);
		memcpy(whole + 20, "content", 7);
		memcpy(buf, whole, n);
		elfcore_note_walk(&it, buf, n);
		got = elfcore_note_next(&it, &note);
		/* The padding of the last note may be missing. */
		CHECK_EQ(got, n >= 27);
		CHECK_EQ(it.why, got || !n ? ELFCORE_OK :
			 n < 12 ? ELFCORE_NOTE_TRUNCATED :
			 n < 17 ? ELFCORE_NOTE_NAME : ELFCORE_NOTE_DESC);
		CHECK_EQ(it.pos, got ? n : 0);
		CHECK(!elfcore_note_next(&it, &note));
		free(buf);
	}
}

static void test_bad(void)
{
	static const struct {
		u32 namesz, descsz;
		enum elfcore_reason why;
	} bad[] = {
		{ U32_MAX, 0, ELFCORE_NOTE_NAME },
		{ U32_MAX - 2, U32_MAX, ELFCORE_NOTE_NAME },
		{ 5, U32_MAX, ELFCORE_NOTE_DESC },
		{ 5, U32_MAX - 20, ELFCORE_NOTE_DESC },
		{ 0, 100, ELFCORE_NOTE_DESC },
		{ 17, 1, ELFCORE_NOTE_NAME },
		{ 13, 1, ELFCORE_NOTE_DESC },
	};
	struct elfcore_note_iter it;
	struct elfcore_note note;
	size_t i, pos;
	u8 buf[44];

	/* A good note before the bad one stays. */
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(buf, 0, sizeof(buf));
		pos = 0;
		CHECK(elfcore_note_put(buf, sizeof(buf), &pos, "A", 1, NULL,
				       0));
		put_header(buf + pos, bad[i].namesz, bad[i].descsz, 1);
		elfcore_note_walk(&it, buf, sizeof(buf));
		CHECK(elfcore_note_next(&it, &note));
		CHECK(!elfcore_note_next(&it, &note));
		CHECK_EQ(it.why, bad[i].why);
		CHECK_EQ(it.pos, pos);
	}
}

static void test_zeros_end(void)
{
	struct elfcore_note_iter it;
	struct elfcore_note note;
	u8 buf[64] = { 0 };
	size_t pos = 0;

	elfcore_note_walk(&it, buf, 5);
	CHECK(!elfcore_note_next(&it, &note));
	CHECK_EQ(it.why, ELFCORE_OK);
	CHECK(elfcore_note_put(buf, sizeof(buf), &pos, "CORE", 1, "x", 1));
	buf[63] = 1;		/* after the end: not looked at */
	elfcore_note_walk(&it, buf, sizeof(buf));
	CHECK(elfcore_note_next(&it, &note));
	CHECK(!elfcore_note_next(&it, &note));
	CHECK_EQ(it.why, ELFCORE_OK);
	CHECK_EQ(it.pos, pos);
	/* A note may have no name, and a name no NUL. */
	put_header(buf, 0, 4, 9);
	put_header(buf + 16, 4, 0, 3);
	memcpy(buf + 28, "CORE", 4);
	elfcore_note_walk(&it, buf, 32);
	CHECK(elfcore_note_next(&it, &note));
	CHECK(elfcore_note_is(&note, "", 9));
	CHECK(elfcore_note_next(&it, &note));
	CHECK(elfcore_note_is(&note, "CORE", 3));
}

const struct test note_tests[] = {
	{ "note.put_and_walk", test_put_and_walk },
	{ "note.no_room", test_no_room },
	{ "note.cut_everywhere", test_cut_everywhere },
	{ "note.bad", test_bad },
	{ "note.zeros_end", test_zeros_end },
	{ NULL, NULL },
};
