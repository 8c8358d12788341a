/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ABI tests share: the system call, the crash region, what sysfs says.
 *
 * The numbers of kexec_load(2) come from the kernel's uapi header; nothing here knows how the
 * kernel does it. Context: a root process in a guest that nobody else uses.
 */
#ifndef KEXEC_ABI_H
#define KEXEC_ABI_H

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"

#ifndef KEXEC_UPDATE_ELFCOREHDR
#define KEXEC_UPDATE_ELFCOREHDR		0x00000004
#endif
#ifndef KEXEC_CRASH_HOTPLUG_SUPPORT
#define KEXEC_CRASH_HOTPLUG_SUPPORT	0x00000008
#endif

#define PAGE		4096UL
#define MIB		0x100000UL
/* Destination of ordinary test images: RAM in every guest, never entered. */
#define DEST		(64 * MIB)

/* Half-open. */
struct region {
	unsigned long start, end;
};

static inline int kexec_load(unsigned long entry, unsigned long nr,
			     const struct kexec_segment *seg, unsigned long flags)
{
	return syscall(SYS_kexec_load, entry, nr, seg, flags) ? errno : 0;
}

static inline int kexec_unload(unsigned long flags)
{
	return kexec_load(0, 0, NULL, flags);
}

static inline struct kexec_segment segment(const void *buf, size_t bufsz, unsigned long mem,
					   size_t memsz)
{
	return (struct kexec_segment){
		.buf = buf,
		.bufsz = bufsz,
		.mem = (const void *)mem,
		.memsz = memsz,
	};
}

static inline long read_number(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -1000;
	if (read(fd, text, sizeof(text) - 1) < 1)
		text[0] = 0;
	close(fd);
	return text[0] ? atol(text) : -1001;
}

static inline int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = errno;
	close(fd);
	return ret;
}

static inline int loaded(void)
{
	return read_number("/sys/kernel/kexec_loaded");
}

static inline int crash_loaded(void)
{
	return read_number("/sys/kernel/kexec_crash_loaded");
}

/* The highest "Crash kernel" of /proc/iomem: with crashkernel=,high the other one is for DMA. */
static inline struct region crash_region(void)
{
	struct region best = {};
	unsigned long start, last;
	char line[256];
	FILE *f = fopen("/proc/iomem", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "Crash kernel") &&
		    sscanf(line, " %lx-%lx", &start, &last) == 2)
			best = (struct region){ start, last + 1 };
	if (f)
		fclose(f);
	return best;
}

/* Content that differs in every word, page and seed. */
static inline void fill(void *buf, size_t bytes, unsigned long seed)
{
	unsigned long *p = buf;
	size_t i;

	for (i = 0; i < bytes / sizeof(*p); i++)
		p[i] = (seed * 0x9e3779b97f4a7c15UL + i) * 0xbf58476d1ce4e5b9UL;
}

/* Free memory, with what the allocator keeps ready on each CPU, which may be tens of MiB. */
static inline long free_pages(void)
{
	long sum = sysconf(_SC_AVPHYS_PAGES), count;
	FILE *f = fopen("/proc/zoneinfo", "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " count: %ld", &count) == 1)
			sum += count;
	if (f)
		fclose(f);
	return sum;
}

static inline void *pages(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

#endif /* KEXEC_ABI_H */
