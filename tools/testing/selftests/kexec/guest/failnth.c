// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_load(2) and kexec_file_load(2) with one allocation after the other failing.
 *
 * /proc/self/fail-nth makes the kernel fail the Nth allocation of what this task does next. Each
 * load is tried with N = 1, 2, ... until none fails; the caller looks at what is armed
 * meanwhile, and may have the loads that failed done again with another image armed.
 *
 * Interface: failnth normal|crash|unload|file-normal|file-crash [FIRST LAST [STEP]]
 *
 * prints a line "N ERRNO ARMED" for each try, ERRNO of the load and whether an image is armed
 * afterwards, and at the end "whole N ERRNO ARMED" for the one in which no allocation failed.
 * "unload" is a crash load each time after an unload; the file loads are of /boot/bzImage with the
 * first page of the capture archive. The exit status is 1 if the test itself can not go on.
 * Context: a debug kernel (CONFIG_FAULT_INJECTION, FAILSLAB, FAIL_PAGE_ALLOC), root, with
 * crashkernel=.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096UL
#define MIB 0x100000UL
#define SEGMENTS 3
#define CONTENT_BYTES (3 * PAGE)
/* More allocations than any load of so little makes. */
#define TRIES_MAX 50000
#define CMDLINE "console=ttyS0 nr_cpus=1"

static int fail_fd;

static unsigned long crash_region_start(void)
{
	unsigned long start, best = 0;
	FILE *f = fopen("/proc/iomem", "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "Crash kernel") && sscanf(line, " %lx-", &start) == 1)
			best = start;
	if (!best)
		error(1, 0, "/proc/iomem has no \"Crash kernel\"; crashkernel= is needed");
	return best;
}

static void set_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_fd, text, len, 0) != len)
		error(1, errno, "/proc/self/fail-nth takes no %u", n);
}

/* What is left of N; 0 if the Nth came and was made to fail. */
static unsigned int left_of_nth(void)
{
	char text[16] = "";

	if (pread(fail_fd, text, sizeof(text) - 1, 0) < 1)
		error(1, errno, "/proc/self/fail-nth can not be read");
	return strtoul(text, NULL, 10);
}

static bool is_armed(const char *path)
{
	char state = 0;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, &state, 1) != 1)
		error(1, errno, "%s can not be read", path);
	close(fd);
	return state == '1';
}

static bool crash, file;
static struct kexec_segment seg[SEGMENTS];
static int kernel_fd, initrd_fd;

static int load(void)
{
	long ret;

	if (file)
		ret = syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, sizeof(CMDLINE), CMDLINE,
			      crash ? KEXEC_FILE_ON_CRASH : 0);
	else
		ret = syscall(SYS_kexec_load, seg[0].mem, SEGMENTS, seg,
			      crash ? KEXEC_ON_CRASH : 0);
	return ret ? errno : 0;
}

static void prepare_files(void)
{
	char page[PAGE];
	int in = open("/boot/capture.cpio.gz", O_RDONLY);
	int out = open("/tmp/failnth.initrd", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	kernel_fd = open("/boot/bzImage", O_RDONLY);
	if (kernel_fd < 0 || read(in, page, PAGE) != PAGE || write(out, page, PAGE) != PAGE)
		error(1, errno, "/boot/bzImage or /boot/capture.cpio.gz");
	close(in);
	close(out);
	initrd_fd = open("/tmp/failnth.initrd", O_RDONLY);
	if (initrd_fd < 0)
		error(1, errno, "/tmp/failnth.initrd");
}

static void prepare_segments(void)
{
	unsigned long at = crash ? crash_region_start() + MIB : 64 * MIB;
	unsigned char *content;

	content = mmap(NULL, SEGMENTS * CONTENT_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (content == MAP_FAILED)
		error(1, errno, "no memory");
	memset(content, 0x5a, SEGMENTS * CONTENT_BYTES);
	for (int i = 0; i < SEGMENTS; i++)
		seg[i] = (struct kexec_segment){
			.buf = content + i * CONTENT_BYTES,
			.bufsz = CONTENT_BYTES,
			.mem = (void *)(at + i * MIB),
			.memsz = CONTENT_BYTES + PAGE,
		};
}

int main(int argc, char **argv)
{
	bool unload = argc > 1 && !strcmp(argv[1], "unload");
	unsigned int first = argc > 3 ? atoi(argv[2]) : 1;
	unsigned int last = argc > 3 ? atoi(argv[3]) : TRIES_MAX;
	unsigned int step = argc > 4 ? atoi(argv[4]) : 1;

	if (argc < 2)
		error(1, 0, "usage: failnth HOW [FIRST LAST [STEP]]");
	crash = !strstr(argv[1], "normal");
	file = !strncmp(argv[1], "file-", 5);
	fail_fd = open("/proc/self/fail-nth", O_RDWR);
	if (fail_fd < 0)
		error(1, errno, "/proc/self/fail-nth (CONFIG_FAULT_INJECTION)");
	if (file)
		prepare_files();
	else
		prepare_segments();

	for (unsigned int n = first; n <= last; n += step) {
		unsigned int left;
		int err;

		if (unload && syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ON_CRASH))
			error(1, errno, "nothing can be unloaded");
		set_nth(n);
		err = load();
		left = left_of_nth();
		set_nth(0);
		printf("%s%u %d %d\n", left ? "whole " : "", n, err,
		       is_armed(crash ? "/sys/kernel/kexec_crash_loaded" :
					"/sys/kernel/kexec_loaded"));
		fflush(stdout);
		if (left)
			return 0;
	}
	return argc > 3 ? 0 : 1;
}
