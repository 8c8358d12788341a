// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter of /proc/vmcore against what the crashed kernel itself said of its pages.
 *
 * The crashed kernel saved stable_page_flags() of each page (kernel/crash_dump/tests/pageflags.c).
 * Here the class of each page is taken from the file as a user has it: from where its holes are at
 * the levels that leave out one class each.
 *
 * Interface: pageflags HEAD_PA [garbage]; HEAD_PA is from the crashed kernel's log. Prints a line
 * for each of the first mismatches, then
 *
 *	pageflags PAGES compared, MISMATCHES mismatches, HIDDEN hidden; CLASS N, CLASS N, ...
 *
 * where hidden are pages left out that the kernel needs. With garbage, struct pages were over-
 * written after their flags had been saved; mismatches are counted, but no error. Exits with 0 if
 * all was right.
 * Context: the capture kernel, as root.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CHUNKS	64
#define MAGIC		0x5347414c46504b44ULL
#define MAX_PFNS	0x1000000ULL
#define SHOWN		12
/* Of linux/kernel-page-flags.h, where user space does not get it. */
#define KPF_PRIVATE	35

struct pageflags_head {
	uint64_t magic;
	uint64_t pfns;
	uint64_t chunk_pfns;
	uint64_t chunk_pa[MAX_CHUNKS];
};

enum class { KEEP, FREE, CACHE, CACHE_PRIVATE, USER, HWPOISON, OFFLINE, CLASSES };

static const char * const name[CLASSES] = {
	"keep", "free", "cache", "cache_private", "user", "hwpoison", "offline",
};

/* Levels at which holes are looked for, as bits of holes[]. */
static const unsigned int levels[] = { 0, 1, 2, 4, 8, 16, 31 };
#define LEVELS	(sizeof(levels) / sizeof(*levels))
enum { AT_0, AT_1, AT_CACHE, AT_PRIVATE, AT_USER, AT_FREE, AT_31 };

/* The crashed kernel's, too: it is of the same configuration. */
static uint64_t page_bytes;
static uint64_t pfns;
static uint8_t *holes;
static bool *is_ram;
static Elf64_Phdr *load;
static unsigned int loads;

static void set_level(unsigned int level)
{
	FILE *f = fopen("/sys/kernel/vmcore/filter", "w");

	if (!f || fprintf(f, "%u\n", level) < 0 || fclose(f))
		error(1, errno, "level %u can not be set", level);
}

static void *zeros(uint64_t nr, size_t bytes)
{
	void *p = calloc(nr, bytes);

	if (!p)
		error(1, errno, "no memory for %llu times %zu bytes", (unsigned long long)nr,
		      bytes);
	return p;
}

static int open_dump(void)
{
	int fd = open("/proc/vmcore", O_RDONLY);

	if (fd < 0)
		error(1, errno, "/proc/vmcore");
	return fd;
}

static void read_at(int fd, uint64_t off, void *to, size_t bytes)
{
	ssize_t got = pread(fd, to, bytes, off);

	if (got != (ssize_t)bytes)
		error(1, got < 0 ? errno : 0, "read of %zu bytes at 0x%llx: %zd", bytes,
		      (unsigned long long)off, got);
}

static void read_headers(int fd)
{
	Elf64_Ehdr ehdr;

	read_at(fd, 0, &ehdr, sizeof(ehdr));
	load = zeros(ehdr.e_phnum, sizeof(*load));
	for (unsigned int i = 0; i < ehdr.e_phnum; i++) {
		read_at(fd, ehdr.e_phoff + i * sizeof(*load), &load[loads], sizeof(*load));
		loads += load[loads].p_type == PT_LOAD;
	}
}

/* By physical address. */
static void read_pa(int fd, uint64_t pa, void *to, size_t bytes)
{
	for (unsigned int i = 0; i < loads; i++) {
		if (pa >= load[i].p_paddr && pa - load[i].p_paddr < load[i].p_filesz &&
		    bytes <= load[i].p_filesz - (pa - load[i].p_paddr)) {
			read_at(fd, load[i].p_offset + (pa - load[i].p_paddr), to, bytes);
			return;
		}
	}
	error(1, 0, "no PT_LOAD shows %zu bytes at 0x%llx", bytes, (unsigned long long)pa);
}

static void mark_holes(const Elf64_Phdr *seg, uint64_t from, uint64_t to, unsigned int bit)
{
	for (uint64_t off = from; off < to; off = (off | (page_bytes - 1)) + 1) {
		uint64_t pfn = (seg->p_paddr + (off - seg->p_offset)) / page_bytes;

		if (pfn < pfns)
			holes[pfn] |= 1U << bit;
	}
}

/* Where the file has holes at a level. */
static void find_holes(unsigned int bit)
{
	int fd;

	set_level(levels[bit]);
	fd = open_dump();
	for (unsigned int i = 0; i < loads; i++) {
		uint64_t off = load[i].p_offset, end = off + load[i].p_filesz;

		while (off < end) {
			off_t data = lseek(fd, off, SEEK_DATA), hole;

			if (data < 0 && errno != ENXIO)
				error(1, errno, "SEEK_DATA at 0x%llx", (unsigned long long)off);
			if (data < 0 || (uint64_t)data > end)
				data = end;
			mark_holes(&load[i], off, data, bit);
			if ((uint64_t)data == end)
				break;
			hole = lseek(fd, data, SEEK_HOLE);
			if (hole <= data)
				error(1, errno, "SEEK_HOLE at 0x%llx", (unsigned long long)data);
			off = hole;
		}
	}
	close(fd);
}

static enum class class_by_holes(uint64_t pfn)
{
	uint8_t at = holes[pfn];

	if (at & 1 << AT_0)
		return HWPOISON;
	if (at & 1 << AT_1)
		return OFFLINE;
	if (at & 1 << AT_FREE)
		return FREE;
	if (at & 1 << AT_USER)
		return USER;
	if (at & 1 << AT_CACHE)
		return CACHE;
	return at & 1 << AT_PRIVATE ? CACHE_PRIVATE : KEEP;
}

/* What follows from one bit at one level must be so at the others. */
static bool holes_agree(uint64_t pfn, enum class class)
{
	static const uint8_t right[CLASSES] = {
		[FREE]		= 1 << AT_FREE | 1 << AT_31,
		[CACHE]		= 1 << AT_CACHE | 1 << AT_PRIVATE | 1 << AT_31,
		[CACHE_PRIVATE]	= 1 << AT_PRIVATE | 1 << AT_31,
		[USER]		= 1 << AT_USER | 1 << AT_31,
		[HWPOISON]	= (1 << LEVELS) - 1,
		[OFFLINE]	= (1 << LEVELS) - 2,
	};

	return holes[pfn] == right[class];
}

static bool has(uint64_t flags, unsigned int bit)
{
	return flags >> bit & 1;
}

static enum class class_by_flags(uint64_t flags)
{
	if (has(flags, KPF_NOPAGE))
		return KEEP;
	if (has(flags, KPF_HWPOISON))
		return HWPOISON;
	if (has(flags, KPF_BUDDY))
		return FREE;
	if (has(flags, KPF_OFFLINE))
		return OFFLINE;
	if (has(flags, KPF_SLAB) || has(flags, KPF_PGTABLE))
		return KEEP;
	if (has(flags, KPF_HUGE) || has(flags, KPF_ANON))
		return USER;
	if (has(flags, KPF_LRU) || has(flags, KPF_SWAPCACHE))
		return has(flags, KPF_PRIVATE) ? CACHE_PRIVATE : CACHE;
	return KEEP;
}

static uint64_t *read_flags(uint64_t head_pa)
{
	struct pageflags_head head;
	uint64_t *flags, part;
	int fd;

	set_level(0);
	fd = open_dump();
	read_headers(fd);
	read_pa(fd, head_pa, &head, sizeof(head));
	if (head.magic != MAGIC || !head.pfns || head.pfns > MAX_PFNS || !head.chunk_pfns)
		error(1, 0, "no page flags were saved at 0x%llx", (unsigned long long)head_pa);
	flags = zeros(head.pfns, sizeof(*flags));
	for (uint64_t at = 0; at < head.pfns; at += part) {
		part = head.pfns - at < head.chunk_pfns ? head.pfns - at : head.chunk_pfns;
		read_pa(fd, head.chunk_pa[at / head.chunk_pfns], flags + at, part * sizeof(*flags));
	}
	close(fd);
	pfns = head.pfns;
	return flags;
}

static void find_ram(void)
{
	for (unsigned int i = 0; i < loads; i++) {
		uint64_t pfn = load[i].p_paddr / page_bytes;
		uint64_t end = (load[i].p_paddr + load[i].p_filesz + page_bytes - 1) / page_bytes;

		if (end > pfns)
			error(1, 0, "of pages 0x%llx to 0x%llx no flags were saved",
			      (unsigned long long)(pfn > pfns ? pfn : pfns),
			      (unsigned long long)end);
		for (; pfn < end; pfn++)
			is_ram[pfn] = true;
	}
}

int main(int argc, char **argv)
{
	uint64_t *flags, compared = 0, bad = 0, hidden = 0, count[CLASSES] = { 0 };
	bool garbage = argc > 2 && !strcmp(argv[2], "garbage");

	if (argc < 2)
		error(2, 0, "usage: pageflags HEAD_PA [garbage]");
	page_bytes = sysconf(_SC_PAGESIZE);
	flags = read_flags(strtoull(argv[1], NULL, 0));
	holes = zeros(pfns, sizeof(*holes));
	is_ram = zeros(pfns, sizeof(*is_ram));
	find_ram();
	for (unsigned int bit = 0; bit < LEVELS; bit++)
		find_holes(bit);

	for (uint64_t pfn = 0; pfn < pfns; pfn++) {
		enum class ours, theirs;

		if (!is_ram[pfn])
			continue;
		ours = class_by_holes(pfn);
		theirs = class_by_flags(flags[pfn]);
		compared++;
		count[theirs]++;
		if (ours == theirs && holes_agree(pfn, ours))
			continue;
		hidden += theirs == KEEP;
		if (bad++ < SHOWN)
			printf("page 0x%llx: %s by its holes (0x%x), %s by its flags (0x%llx)\n",
			       (unsigned long long)pfn, name[ours], holes[pfn], name[theirs],
			       (unsigned long long)flags[pfn]);
	}
	printf("pageflags %llu compared, %llu mismatches, %llu hidden;",
	       (unsigned long long)compared, (unsigned long long)bad, (unsigned long long)hidden);
	for (unsigned int i = 0; i < CLASSES; i++)
		printf(" %s %llu%s", name[i], (unsigned long long)count[i],
		       i < CLASSES - 1 ? "," : "\n");
	return !compared || (bad && !garbage);
}
