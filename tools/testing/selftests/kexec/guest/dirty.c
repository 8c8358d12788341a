// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory with a past: a freshly booted machine's free pages are zeros, and hide errors.
 *
 * Writes random data to most of the free memory and frees it, in turns of different sizes so
 * that free blocks of all orders come about; leaves page cache of a file on a tmpfs and, if there
 * is one, on another file system, and processes with memory of their own, small and huge
 * pages, that stay.
 *
 * Interface: dirty SHARE_PERCENT KEEP_MIB [FILE...]; the files, and what each process keeps, are of
 * KEEP_MIB. Prints "dirty BYTES" and exits when all is done; the processes stay.
 * Context: the system kernel, as root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIB 1024UL
#define MIB (1024UL * KIB)
#define TURNS 3

static uint64_t state = 88172645463325252ULL;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void fill(void *to, size_t bytes)
{
	uint64_t *words = to;

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		words[i] = next();
}

static size_t available_bytes(void)
{
	FILE *info = fopen("/proc/meminfo", "r");
	size_t kib = 0;
	char line[128];

	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "MemAvailable: %zu kB", &kib) == 1)
			break;
	if (!kib)
		error(1, errno, "/proc/meminfo has no MemAvailable");
	fclose(info);
	return kib * KIB;
}

static void *take(size_t bytes, int advice)
{
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		error(1, errno, "mmap of %zu MiB", bytes / MIB);
	/* Where there are no huge pages that is no error. */
	madvise(map, bytes, advice);
	fill(map, bytes);
	return map;
}

/* A process that has memory and does nothing with it. */
static void keep(size_t bytes, int advice)
{
	int ready[2];
	char c;

	if (pipe(ready))
		error(1, errno, "pipe");
	switch (fork()) {
	case -1:
		error(1, errno, "fork");
		break;
	case 0:
		close(ready[0]);
		setsid();
		take(bytes, advice);
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		error(1, 0, "a process could not have its %zu MiB", bytes / MIB);
	close(ready[0]);
}

static void write_file(const char *name, size_t bytes)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	static uint64_t block[MIB / sizeof(uint64_t)];

	if (fd < 0)
		error(1, errno, "%s", name);
	for (size_t done = 0; done < bytes; done += sizeof(block)) {
		fill(block, sizeof(block));
		if (write(fd, block, sizeof(block)) != sizeof(block))
			error(1, errno, "writing %s", name);
	}
	close(fd);
}

/* All of it at once, then every other stretch first: free blocks of many sizes. */
static size_t dirty_and_free(size_t bytes, unsigned int turn)
{
	size_t stretch = (size_t)sysconf(_SC_PAGESIZE) << (4 * turn);
	char *map = take(bytes, turn & 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);

	for (size_t at = 0; at + stretch <= bytes; at += 2 * stretch)
		munmap(map + at, stretch);
	munmap(map, bytes);
	return bytes;
}

int main(int argc, char **argv)
{
	size_t share = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, dirtied = 0;
	size_t kept = argc > 2 ? strtoul(argv[2], NULL, 10) * MIB : 0;

	if (argc < 3 || !share || share > 95)
		error(2, 0, "usage: dirty SHARE_PERCENT KEEP_MIB [FILE...]");
	signal(SIGCHLD, SIG_IGN);
	for (unsigned int turn = 0; turn < TURNS; turn++)
		dirtied += dirty_and_free(available_bytes() / 100 * share & ~(2 * MIB - 1), turn);
	for (int i = 3; i < argc; i++)
		write_file(argv[i], kept);
	if (kept) {
		keep(kept, MADV_NOHUGEPAGE);
		keep(kept, MADV_HUGEPAGE);
	}
	printf("dirty %zu\n", dirtied);
	return 0;
}
