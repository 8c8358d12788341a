// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_load(2) from a 32-bit program. Built on the kernel's nolibc, so that no 32-bit C
 * library is needed; therefore without the harness, with the same output.
 */
#include <linux/kexec.h>

#define PAGE		4096
#define DEST		(64 << 20)
#define NR_KEXEC_LOAD	283	/* arch/x86/entry/syscalls/syscall_32.tbl */

static int number, failures;
static char content[4 * PAGE];

static int load(unsigned long entry, unsigned long nr, const struct kexec_segment *seg,
		unsigned long flags)
{
	return -my_syscall4(NR_KEXEC_LOAD, entry, nr, seg, flags);
}

static int flag(const char *path)
{
	char c = '?';
	int fd = open(path, O_RDONLY);

	if (fd >= 0) {
		if (read(fd, &c, 1) != 1)
			c = '?';
		close(fd);
	}
	return c == '1' ? 1 : c == '0' ? 0 : -1;
}

static int loaded(void)
{
	return flag("/sys/kernel/kexec_loaded");
}

static void result(const char *name, int want, int got)
{
	if (want != got) {
		failures++;
		printf("# %s: expected %d, got %d\n", name, want, got);
	}
	printf("%s %d compat.%s\n", want == got ? "ok" : "not ok", ++number, name);
}

int main(void)
{
	struct kexec_segment seg[2] = {
		{ content, sizeof(content), (void *)DEST, sizeof(content) },
		{ content, 100, (void *)(DEST + (1 << 20)), PAGE },
	};
	struct kexec_segment bad;

	printf("TAP version 13\n1..16\n");
	memset(content, 0x5a, sizeof(content));
	result("unload_at_start", 0, load(0, 0, NULL, KEXEC_ARCH_X86_64));
	/* The default architecture of a 32-bit program is not that of the kernel. */
	result("default_architecture", EINVAL, load(DEST, 2, seg, 0));
	result("foreign_architecture", EINVAL, load(DEST, 2, seg, KEXEC_ARCH_386));
	result("load", 0, load(DEST, 2, seg, KEXEC_ARCH_X86_64));
	result("is_loaded", 1, loaded());
	result("too_many_segments", EINVAL, load(DEST, 17, seg, KEXEC_ARCH_X86_64));
	result("bad_flag", EINVAL, load(DEST, 2, seg, KEXEC_ARCH_X86_64 | 0x80));
	result("bad_table", EFAULT, load(DEST, 2, (void *)8, KEXEC_ARCH_X86_64));

	bad = seg[0];
	bad.buf = (void *)8;
	result("bad_content", EFAULT, load(DEST, 1, &bad, KEXEC_ARCH_X86_64));
	bad = seg[0];
	bad.mem = (void *)(DEST + 16);
	result("unaligned", EADDRNOTAVAIL, load(DEST, 1, &bad, KEXEC_ARCH_X86_64));
	bad = seg[0];
	bad.bufsz = bad.memsz + 1;
	result("more_content_than_room", EINVAL, load(DEST, 1, &bad, KEXEC_ARCH_X86_64));
	/* 32 bits do not wrap in the kernel; the address is just not that of the crash region. */
	bad = seg[0];
	bad.mem = (void *)-PAGE;
	result("top_of_32_bits_in_crash_region", EADDRNOTAVAIL,
	       load(-PAGE, 1, &bad, KEXEC_ARCH_X86_64 | KEXEC_ON_CRASH));
	bad = seg[1];
	bad.mem = seg[0].mem;
	seg[1] = bad;
	result("overlap", EINVAL, load(DEST, 2, seg, KEXEC_ARCH_X86_64));
	result("still_loaded", 1, loaded());
	result("unload", 0, load(0, 0, NULL, KEXEC_ARCH_X86_64));
	result("is_unloaded", 0, loaded());
	printf("# Totals: pass:%d fail:%d\n", number - failures, failures);
	return failures != 0;
}
