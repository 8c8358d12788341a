// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the bench that runs in the guest: it moves old memory and looks at the clock.
 *
 * All that is compared is measured by one process in one capture kernel, a piece at a time in
 * rounds, so that a disturbance of the host hits what stands side by side alike. Pieces have
 * equal size and are evenly spread over the crashed machine's RAM, the same ones in each turn.
 * A look at all of them first, which is not reported, lets the host map those pages.
 *
 * Interface: one line of output a figure, each beginning with "bench".
 *
 *	speed TURNS PIECES PIECE_MIB	bench NAME BLOCK_BYTES BYTES NS
 *	memory PIECES PIECE_MIB		bench memory WHEN FIELD KIB
 *	time COUNT COMMAND...		bench time COMMAND NS, COUNT times
 *	holes				bench holes WHEN NS RUNS BYTES: lseek(2) from hole to hole
 *					through all of the dump, when nothing is known yet, and
 *					again; and bench memory
 *	crash DELAY_MS			bench crash TSC, then panic at that time
 *	tsc				bench tsc TSC_OF_INIT HZ
 *
 * As /init it notes the time-stamp counter (ppc64: the timebase) for "tsc" and becomes /sbin/agent.
 * That counter goes on over a kexec, so the difference to "crash" is the way from the panic to user
 * space.
 *
 * Context: user space of the system kernel (time, crash) or the capture kernel, as root.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#define KIB 1024UL
#define MIB (1024UL * KIB)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Kernel text is mapped from here on; below is the linear map, which is all of RAM. */
#define START_KERNEL_MAP 0xffffffff80000000UL
/* Pieces begin at a large page, as what a client reads usually does. */
#define PIECE_ALIGN_BYTES (2 * MIB)
#define PIECES_MAX 64
#define PHDRS_MAX 4096
/* A copy goes to a buffer of at most this size, which stays warm. */
#define CHUNK_MAX_BYTES MIB
/* Old memory is much larger than any cache, so memcpy's source is too. */
#define SOURCE_BYTES (32 * MIB)
#define CALIBRATE_NS 100000000UL
#define INIT_TSC_ENV "KDUMP_BENCH_TSC"

struct piece {
	uint64_t file_offset;
	uint64_t pa;
};

static struct piece pieces[PIECES_MAX];
static size_t nr_pieces, piece_bytes;
static unsigned char *buffer;
static int vmcore = -1, devmem = -1, pagecache = -1;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000UL + (uint64_t)now.tv_nsec;
}

static void *xmmap(size_t bytes, int prot, int flags, int fd, uint64_t offset, const char *what)
{
	void *map = mmap(NULL, bytes, prot, flags, fd, (off_t)offset);

	if (map == MAP_FAILED)
		error(1, errno, "mmap of %s, %zu KiB at %#lx", what, bytes / KIB, offset);
	return map;
}

static int xopen(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		error(1, errno, "%s", path);
	return fd;
}

static void read_fully(int fd, void *to, size_t bytes, uint64_t offset, const char *what)
{
	while (bytes) {
		ssize_t n = pread(fd, to, bytes, (off_t)offset);

		if (n <= 0)
			error(1, n ? errno : 0, "read of %s at %#lx: %zu bytes short", what, offset,
			      bytes);
		to = (char *)to + n;
		offset += (size_t)n;
		bytes -= (size_t)n;
	}
}

/* How many whole pieces @load holds, and where the first begins in it. */
static uint64_t pieces_in(const Elf64_Phdr *load, uint64_t *skip)
{
	*skip = -load->p_paddr & (PIECE_ALIGN_BYTES - 1);
	if (load->p_type != PT_LOAD || load->p_vaddr >= START_KERNEL_MAP ||
	    load->p_filesz <= *skip)
		return 0;
	return (load->p_filesz - *skip) / piece_bytes;
}

/* Spreads @count pieces of @bytes evenly over the RAM of the dump. */
static void choose_pieces(size_t count, size_t bytes)
{
	uint64_t total = 0, first = 0, skip;
	Elf64_Phdr *phdrs;
	Elf64_Ehdr ehdr;

	piece_bytes = bytes;
	nr_pieces = 0;
	read_fully(vmcore, &ehdr, sizeof(ehdr), 0, "/proc/vmcore");
	if (memcmp(ehdr.e_ident, ELFMAG, SELFMAG) || ehdr.e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr.e_phnum > PHDRS_MAX)
		error(1, 0, "/proc/vmcore is no ELF64 core file with at most %d headers",
		      PHDRS_MAX);
	phdrs = calloc(ehdr.e_phnum, sizeof(*phdrs));
	if (!phdrs)
		error(1, ENOMEM, "program headers");
	read_fully(vmcore, phdrs, ehdr.e_phnum * sizeof(*phdrs), ehdr.e_phoff, "/proc/vmcore");

	for (int i = 0; i < ehdr.e_phnum; i++)
		total += pieces_in(&phdrs[i], &skip);
	if (total < count || !count || count > PIECES_MAX)
		error(1, 0, "the dump holds %lu pieces of %zu MiB, %zu (at most %d) are wanted",
		      total, bytes / MIB, count, PIECES_MAX);

	for (int i = 0; i < ehdr.e_phnum; i++) {
		uint64_t held = pieces_in(&phdrs[i], &skip);

		while (nr_pieces < count) {
			uint64_t want = count == 1 ? 0 : nr_pieces * (total - 1) / (count - 1);

			if (want - first >= held)
				break;
			skip += (want - first) * piece_bytes;
			pieces[nr_pieces].file_offset = phdrs[i].p_offset + skip;
			pieces[nr_pieces++].pa = phdrs[i].p_paddr + skip;
			skip -= (want - first) * piece_bytes;
		}
		first += held;
	}
	free(phdrs);
}

/* The measured actions: each moves one piece, in blocks of @block bytes. */

static void by_read(const struct piece *piece, size_t block)
{
	for (size_t at = 0; at < piece_bytes; at += block)
		read_fully(vmcore, buffer, block, piece->file_offset + at, "/proc/vmcore");
}

static void copy_chunks(const unsigned char *from, size_t bytes)
{
	size_t chunk = bytes < CHUNK_MAX_BYTES ? bytes : CHUNK_MAX_BYTES;

	for (size_t at = 0; at < bytes; at += chunk) {
		memcpy(buffer, from + at, chunk);
		asm volatile("" ::: "memory");
	}
}

static void by_window(int fd, uint64_t base, size_t window, const char *what)
{
	for (size_t at = 0; at < piece_bytes; at += window) {
		void *map = xmmap(window, PROT_READ, MAP_SHARED, fd, base + at, what);

		copy_chunks(map, window);
		munmap(map, window);
	}
}

static void by_mmap(const struct piece *piece, size_t window)
{
	by_window(vmcore, piece->file_offset, window, "/proc/vmcore");
}

static void by_devmem(const struct piece *piece, size_t window)
{
	by_window(devmem, piece->pa, window, "/dev/mem");
}

static const unsigned char *source;

static void by_memcpy(const struct piece *piece, size_t block)
{
	(void)piece;
	for (size_t done = 0; done < piece_bytes; done += block) {
		memcpy(buffer, source + done % SOURCE_BYTES, block);
		asm volatile("" ::: "memory");
	}
}

/* What read() costs where nothing needs to be mapped: a file in the page cache. */
static void by_pagecache(const struct piece *piece, size_t block)
{
	(void)piece;
	for (size_t done = 0; done < piece_bytes; done += block)
		read_fully(pagecache, buffer, block, done % SOURCE_BYTES, "a file in memory");
}

/* Each stands beside the memcpy that it is compared with. */
static const struct measure {
	const char *name;
	void (*move)(const struct piece *piece, size_t block);
	size_t block_bytes;
} measures[] = {
	{ "read", by_read, 4 * KIB },
	{ "memcpy", by_memcpy, 4 * KIB },
	{ "pagecache", by_pagecache, 4 * KIB },
	{ "pagecache", by_pagecache, 64 * KIB },
	{ "read", by_read, 64 * KIB },
	{ "memcpy", by_memcpy, 64 * KIB },
	{ "mmap", by_mmap, 64 * KIB },
	{ "devmem", by_devmem, 64 * KIB },
	{ "mmap", by_mmap, 4 * MIB },
	{ "devmem", by_devmem, 4 * MIB },
	{ "mmap", by_mmap, 64 * MIB },
	{ "devmem", by_devmem, 64 * MIB },
	{ "memcpy", by_memcpy, MIB },
	{ "read", by_read, MIB },
	{ "pagecache", by_pagecache, MIB },
};

static void prepare_sources(void)
{
	unsigned char *anon;

	buffer = xmmap(CHUNK_MAX_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0,
		       "a buffer");
	memset(buffer, 1, CHUNK_MAX_BYTES);
	anon = xmmap(SOURCE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0,
		     "a source");
	for (size_t at = 0; at < SOURCE_BYTES; at += sizeof(uint64_t))
		*(uint64_t *)(anon + at) = at;
	source = anon;
	pagecache = memfd_create("source", MFD_CLOEXEC);
	if (pagecache < 0)
		error(1, errno, "memfd_create");
	for (size_t at = 0; at < SOURCE_BYTES; at += CHUNK_MAX_BYTES)
		if (write(pagecache, anon + at, CHUNK_MAX_BYTES) != CHUNK_MAX_BYTES)
			error(1, errno, "write to a file in memory");
}

static void do_speed(size_t turns, size_t count, size_t bytes)
{
	prepare_sources();
	devmem = xopen("/dev/mem");
	choose_pieces(count, bytes);
	for (size_t i = 0; i < nr_pieces; i++)
		by_devmem(&pieces[i], piece_bytes < 4 * MIB ? piece_bytes : 4 * MIB);
	for (size_t round = 0; round < turns * nr_pieces; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(measures); i++) {
			const struct measure *m = &measures[i];
			uint64_t start_ns;

			if (m->block_bytes > piece_bytes)
				continue;
			start_ns = now_ns();
			m->move(&pieces[round % nr_pieces], m->block_bytes);
			printf("bench %s %zu %zu %lu\n", m->name, m->block_bytes, piece_bytes,
			       now_ns() - start_ns);
		}
	}
}

static void print_memory(const char *when)
{
	static const char *const wanted[] = {
		"MemTotal", "MemFree", "Slab", "SUnreclaim", "KernelStack", "PageTables",
		"VmallocUsed", "AnonPages", "Cached",
	};
	FILE *f = fopen("/proc/meminfo", "r");
	char line[256], field[64];
	unsigned long kib;

	if (!f)
		error(1, errno, "/proc/meminfo");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63[^:]: %lu", field, &kib) != 2)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
			if (!strcmp(field, wanted[i]))
				printf("bench memory %s %s %lu\n", when, field, kib);
	}
	fclose(f);
}

/* The file stays open, and the last window mapped, while "after" is looked at. */
static void do_memory(size_t count, size_t bytes)
{
	void *map;

	buffer = xmmap(CHUNK_MAX_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0,
		       "a buffer");
	memset(buffer, 1, CHUNK_MAX_BYTES);
	print_memory("before");		/* brings in what stdio needs */
	print_memory("before");
	vmcore = xopen("/proc/vmcore");
	choose_pieces(count, bytes);
	for (size_t i = 0; i < nr_pieces; i++)
		by_read(&pieces[i], MIB);
	print_memory("read");
	map = xmmap(piece_bytes, PROT_READ, MAP_SHARED, vmcore, pieces[0].file_offset,
		    "/proc/vmcore");
	copy_chunks(map, piece_bytes);
	print_memory("mmap");
	munmap(map, piece_bytes);
	close(vmcore);
	print_memory("closed");
}

static void walk_holes(const char *when)
{
	uint64_t start_ns = now_ns(), runs = 0, bytes = 0;
	off_t data, hole = 0;

	while ((data = lseek(vmcore, hole, SEEK_DATA)) >= 0) {
		hole = lseek(vmcore, data, SEEK_HOLE);
		if (hole <= data)
			error(1, errno, "SEEK_HOLE from %#lx", (unsigned long)data);
		bytes += (uint64_t)(hole - data);
		runs++;
	}
	if (errno != ENXIO)
		error(1, errno, "SEEK_DATA from %#lx", (unsigned long)hole);
	printf("bench holes %s %lu %lu %lu\n", when, now_ns() - start_ns, runs, bytes);
}

static void do_holes(void)
{
	print_memory("before");
	print_memory("before");
	vmcore = xopen("/proc/vmcore");
	walk_holes("first");
	print_memory("holes");
	walk_holes("again");
	close(vmcore);
	print_memory("closed");
}

static void do_time(size_t count, char **command)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t start_ns = now_ns();
		int status;
		pid_t pid = fork();

		if (!pid) {
			execvp(command[0], command);
			error(127, errno, "%s", command[0]);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			error(1, errno, "%s", command[0]);
		if (status)
			error(1, 0, "%s ended with %#x", command[0], (unsigned int)status);
		printf("bench time %s %lu\n", command[0], now_ns() - start_ns);
	}
}

/* A counter that goes on over a kexec. */
static uint64_t ticks(void)
{
#if defined(__x86_64__)
	return __rdtsc();
#elif defined(__powerpc64__)
	return __builtin_ppc_get_timebase();
#else
#error "no counter is known for this machine"
#endif
}

static uint64_t tsc_hz(void)
{
	uint64_t start_ns = now_ns(), start = ticks(), ns;

	do {
		ns = now_ns() - start_ns;
	} while (ns < CALIBRATE_NS);
	return (uint64_t)((double)(ticks() - start) * 1e9 / (double)ns);
}

/* After the panic nothing can be said, so the time is told first and then awaited. */
static void do_crash(size_t delay_ms)
{
	uint64_t when = ticks() + tsc_hz() / 1000 * delay_ms;
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		error(1, errno, "/proc/sysrq-trigger");
	printf("bench crash %lu\n", when);
	fflush(stdout);
	while (ticks() < when)
		;
	if (write(fd, "c", 1) != 1)
		error(1, errno, "/proc/sysrq-trigger");
	error(1, 0, "/proc/sysrq-trigger took a 'c' and did not panic");
}

static void be_init(char **argv)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", ticks());
	setenv(INIT_TSC_ENV, text, 1);
	execv("/sbin/agent", argv);
	error(1, errno, "/sbin/agent");
}

static size_t number(char **argv, int argc, int at)
{
	char *end;
	size_t value;

	if (at >= argc)
		error(2, 0, "%s: argument %d is missing", argv[1], at - 1);
	value = strtoul(argv[at], &end, 10);
	if (!value || *end)
		error(2, 0, "%s: \"%s\" must be above 0", argv[1], argv[at]);
	return value;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (getpid() == 1)
		be_init(argv);
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (!strcmp(what, "time")) {
		size_t count = number(argv, argc, 2);

		if (argc < 4)
			error(2, 0, "time: the command is missing");
		do_time(count, argv + 3);
	} else if (!strcmp(what, "crash")) {
		do_crash(number(argv, argc, 2));
	} else if (!strcmp(what, "tsc")) {
		const char *init = getenv(INIT_TSC_ENV);

		if (!init)
			error(1, 0, "tsc: this program was not /init");
		printf("bench tsc %s %lu\n", init, tsc_hz());
	} else if (!strcmp(what, "memory")) {
		do_memory(number(argv, argc, 2), number(argv, argc, 3) * MIB);
	} else if (!strcmp(what, "holes")) {
		do_holes();
	} else if (!strcmp(what, "speed")) {
		size_t turns = number(argv, argc, 2);

		vmcore = xopen("/proc/vmcore");
		do_speed(turns, number(argv, argc, 3), number(argv, argc, 4) * MIB);
	} else {
		error(2, 0, "\"%s\" is none of speed, memory, time, holes, crash, tsc", what);
	}
	return 0;
}
