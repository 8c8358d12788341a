/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test is a function; a check that fails ends it and says what was wrong.
 *
 * Each test runs in a process of its own, so that a sanitizer's report or an
 * endless loop costs that test and not the run; see main.c.
 */
#ifndef KDUMP_HOST_TEST_H
#define KDUMP_HOST_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "../../../kernel/crash_dump/pure.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* One line to the runner, which prints it after "not ok NAME: ". */
_Noreturn void test_fail(const char *file, int line, const char *fmt, ...);

#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			test_fail(__FILE__, __LINE__, "%s", #cond);	\
	} while (0)

/* Numbers are compared wide; the message shows both. */
#define CHECK_EQ(got, want)						\
	do {								\
		long long _got = (long long)(got);			\
		long long _want = (long long)(want);			\
									\
		if (_got != _want)					\
			test_fail(__FILE__, __LINE__,			\
				  "%s is %lld (%#llx), not %lld (%#llx)", \
				  #got, _got, _got, _want, _want);	\
	} while (0)

/* The same with the name of a table's row. */
#define CHECK_ROW(row, got, want)					\
	do {								\
		long long _got = (long long)(got);			\
		long long _want = (long long)(want);			\
									\
		if (_got != _want)					\
			test_fail(__FILE__, __LINE__,			\
				  "\"%s\": %s is %lld (%#llx), not %lld (%#llx)", \
				  row, #got, _got, _got, _want, _want);	\
	} while (0)

struct test {
	const char *name;
	void (*run)(void);
};

/* Each file's tests, ended by an empty one. */
extern const struct test cmdline_tests[];
extern const struct test ranges_tests[];
extern const struct test place_tests[];
extern const struct test extents_tests[];
extern const struct test elfcore_tests[];
extern const struct test note_tests[];
extern const struct test build_tests[];
extern const struct test purgatory_tests[];
extern const struct test bzimage_tests[];
extern const struct test kexecelf_tests[];
extern const struct test memmap_tests[];
extern const struct test pagefilter_tests[];
extern const struct test pagelookup_tests[];
extern const struct test pagedesc_tests[];

/* A small repeatable generator (Marsaglia's xorshift64). */
static inline u64 test_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif /* KDUMP_HOST_TEST_H */
