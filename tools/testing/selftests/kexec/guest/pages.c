// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of kinds that ordinary memory use does not bring about, held by a process that stays.
 *
 *	pages huge SIZE_KIB NR	NR HugeTLB pages of this size
 *	pages merge NR		NR equal pages, to be merged (KSM)
 *	pages lock NR		NR pages that are locked in memory
 *	pages poison NR		NR pages that are told to be broken, one of each second
 *	pages poison-huge KIB	two HugeTLB pages that are told to be broken, private and shared
 *
 * Exits when the process has its pages. Context: the system kernel, as root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <error.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* asm-generic/mman-common.h; a C library may not have it. */
#define POISON	100

#define HUGE_SHIFT	26

static void *take(size_t bytes, int flags)
{
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_ANONYMOUS | flags, -1, 0);

	if (map == MAP_FAILED)
		error(1, errno, "mmap of %zu KiB", bytes / 1024);
	return map;
}

static void tell(void *map, size_t bytes, int advice, const char *what)
{
	if (madvise(map, bytes, advice))
		error(1, errno, "%s", what);
}

static void *take_huge(size_t kib, size_t nr, int flags)
{
	size_t bytes = kib * 1024;
	char *map = take(nr * bytes,
			 flags | MAP_HUGETLB | (__builtin_ctzl(bytes) << HUGE_SHIFT));

	for (size_t i = 0; i < nr; i++)
		map[i * bytes] = 1;
	return map;
}

/* The kernel ends a process that only ignores it. */
static void told_of_broken_page(int signal)
{
	(void)signal;
}

static void make(const char *kind, size_t a, size_t b)
{
	const size_t page_bytes = sysconf(_SC_PAGESIZE);
	char *map;

	if (!strcmp(kind, "huge")) {
		take_huge(a, b, MAP_PRIVATE);
	} else if (!strcmp(kind, "poison-huge")) {
		/* The one goes back to small pages, the other stays what it is. */
		map = take_huge(a, 1, MAP_PRIVATE);
		tell(map + page_bytes, page_bytes, POISON, "poison of a huge page");
		map = take_huge(a, 1, MAP_SHARED);
		tell(map + 70 * page_bytes, page_bytes, POISON, "poison of a shared huge page");
	} else if (!strcmp(kind, "merge")) {
		map = take(a * page_bytes, MAP_PRIVATE);
		tell(map, a * page_bytes, MADV_MERGEABLE, "merge");
		memset(map, 0x5a, a * page_bytes);
	} else if (!strcmp(kind, "lock")) {
		map = take(a * page_bytes, MAP_PRIVATE);
		if (mlock(map, a * page_bytes))
			error(1, errno, "mlock");
	} else if (!strcmp(kind, "poison")) {
		map = take(2 * a * page_bytes, MAP_PRIVATE);
		memset(map, 1, 2 * a * page_bytes);
		for (size_t i = 0; i < a; i++)
			tell(map + 2 * i * page_bytes, page_bytes, POISON, "poison");
	} else {
		error(2, 0, "usage: pages huge|merge|lock|poison|poison-huge NUMBER [NUMBER]");
	}
}

int main(int argc, char **argv)
{
	int ready[2];
	char c;

	if (argc < 3 || pipe(ready))
		error(2, 0, "usage: pages KIND NUMBER [NUMBER]");
	if (!fork()) {
		close(ready[0]);
		setsid();
		signal(SIGBUS, told_of_broken_page);
		make(argv[1], strtoul(argv[2], NULL, 10),
		     argc > 3 ? strtoul(argv[3], NULL, 10) : 0);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		error(1, 0, "%s: the process could not have its pages", argv[1]);
	return 0;
}
