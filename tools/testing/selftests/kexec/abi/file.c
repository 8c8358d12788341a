// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_file_load(2): what it takes, what it refuses and with which error, and that an armed
 * image stays armed whatever is refused.
 *
 * kexec-tools' -a falls back to kexec_load(2) on EINVAL, ENOEXEC and EOPNOTSUPP. That is right for
 * a file of another format, and wrong for a damaged kernel.
 *
 * Needs the guest's /boot/bzImage and /boot/capture.cpio.gz.
 */
#include <pthread.h>
#include <sys/stat.h>

#include "kexec_abi.h"

#define KERNEL		"/boot/bzImage"
#define INITRD		"/boot/capture.cpio.gz"
#define CMDLINE		"console=ttyS0 nr_cpus=1"
#define LONG_CMDLINE	(70 * 1024)

#ifndef KEXEC_FILE_DEBUG
#define KEXEC_FILE_DEBUG	0x00000008
#endif
#define UNKNOWN_FLAGS		0xfffffff0UL

static int file_load(int kernel, int initrd, const char *cmdline, unsigned long len,
		     unsigned long flags)
{
	return syscall(SYS_kexec_file_load, kernel, initrd, len, cmdline, flags) ? errno : 0;
}

static int file_unload(unsigned long flags)
{
	return file_load(-1, -1, NULL, 0, KEXEC_FILE_UNLOAD | flags);
}

/* A file with the first @bytes of another one, of which @zeros more follow. */
static int copy_of(const char *from, size_t bytes, size_t zeros)
{
	int in = open(from, O_RDONLY), out = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	char buf[65536];
	size_t total = bytes + zeros;
	ssize_t n;

	while (bytes && (n = read(in, buf, bytes < sizeof(buf) ? bytes : sizeof(buf))) > 0) {
		if (write(out, buf, n) != n)
			return -1;
		bytes -= n;
	}
	close(in);
	if (ftruncate(out, total))
		return -1;
	return out;
}

/* deny_write_access() refuses a file that is open for writing. */
static int read_only(int fd)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY);
	close(fd);
	return again;
}

FIXTURE(file)
{
	int kernel, initrd;
	size_t kernel_bytes;
	struct region region;
};

FIXTURE_SETUP(file)
{
	struct stat st;

	if (file_unload(0))
		SKIP(return, "needs CONFIG_KEXEC_FILE");
	self->kernel = open(KERNEL, O_RDONLY);
	self->initrd = open(INITRD, O_RDONLY);
	ASSERT_LE(0, self->kernel);
	ASSERT_LE(0, self->initrd);
	ASSERT_EQ(0, fstat(self->kernel, &st));
	self->kernel_bytes = st.st_size;
	self->region = crash_region();
	ASSERT_LT(self->region.start, self->region.end);
	ASSERT_EQ(0, file_unload(0));
	ASSERT_EQ(0, file_unload(KEXEC_FILE_ON_CRASH));
	ASSERT_EQ(0, crash_loaded());
	ASSERT_EQ(0, loaded());
}

FIXTURE_TEARDOWN(file)
{
	close(self->kernel);
	close(self->initrd);
	EXPECT_EQ(0, file_unload(0));
	EXPECT_EQ(0, file_unload(KEXEC_FILE_ON_CRASH));
	EXPECT_EQ(0, crash_loaded());
	EXPECT_EQ(0, loaded());
}

static int load_crash(int kernel, int initrd)
{
	return file_load(kernel, initrd, CMDLINE, sizeof(CMDLINE), KEXEC_FILE_ON_CRASH);
}

TEST_F(file, load_and_unload)
{
	EXPECT_EQ(0, load_crash(self->kernel, self->initrd));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(0, loaded());
	EXPECT_EQ(0, file_load(self->kernel, self->initrd, CMDLINE, sizeof(CMDLINE), 0));
	EXPECT_EQ(1, loaded());
	EXPECT_EQ(0, file_unload(0));
	EXPECT_EQ(0, loaded());
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(0, file_unload(KEXEC_FILE_ON_CRASH));
	EXPECT_EQ(0, crash_loaded());
	EXPECT_EQ(0, file_unload(KEXEC_FILE_ON_CRASH));
}

TEST_F(file, without_initrd_and_cmdline)
{
	EXPECT_EQ(0, file_load(self->kernel, -1, NULL, 0, KEXEC_FILE_NO_INITRAMFS));
	EXPECT_EQ(1, loaded());
	EXPECT_EQ(0, file_load(self->kernel, -1, NULL, 0,
			       KEXEC_FILE_NO_INITRAMFS | KEXEC_FILE_ON_CRASH));
	EXPECT_EQ(1, crash_loaded());
	/* The descriptor is not looked at, whatever it is. */
	EXPECT_EQ(0, file_load(self->kernel, self->kernel, "", 1, KEXEC_FILE_NO_INITRAMFS));
}

/* Either system call unloads and replaces what the other one loaded. */
TEST_F(file, beside_kexec_load)
{
	unsigned char *buf = pages(PAGE);
	struct kexec_segment seg = segment(buf, PAGE, self->region.start + MIB, PAGE);

	ASSERT_NE(NULL, buf);
	ASSERT_EQ(0, load_crash(self->kernel, self->initrd));
	EXPECT_EQ(0, kexec_load((unsigned long)seg.mem, 1, &seg, KEXEC_ON_CRASH));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(0, load_crash(self->kernel, self->initrd));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(0, kexec_unload(KEXEC_ON_CRASH));
	EXPECT_EQ(0, crash_loaded());
	EXPECT_EQ(0, kexec_load((unsigned long)seg.mem, 1, &seg, KEXEC_ON_CRASH));
	EXPECT_EQ(0, file_unload(KEXEC_FILE_ON_CRASH));
	EXPECT_EQ(0, crash_loaded());
}

/* What a kernel without the system call says is the fourth. */
static bool falls_back(int error)
{
	int no_such_call = syscall(-1) ? errno : 0;

	return error == no_such_call || error == EINVAL || error == ENOEXEC || error == EOPNOTSUPP;
}

/* Each is refused with the error of the manual page, and the image stays armed. */
TEST_F(file, refused)
{
	char *long_cmdline = calloc(1, LONG_CMDLINE);
	int empty = read_only(copy_of(KERNEL, 0, 0));
	int zeros = read_only(copy_of(KERNEL, 0, MIB));
	int text = read_only(copy_of("/proc/iomem", 4096, 0));
	int directory = open("/", O_RDONLY | O_DIRECTORY);
	int write_only = open("/tmp/write-only", O_WRONLY | O_CREAT, 0600);
	int kernel = self->kernel, initrd = self->initrd;
	const struct {
		int kernel, initrd;
		const char *cmdline;
		unsigned long len, flags;
		int error;
	} bad[] = {
		{ -1, initrd, CMDLINE, sizeof(CMDLINE), 0, EBADF },
		{ 1000, initrd, CMDLINE, sizeof(CMDLINE), 0, EBADF },
		{ write_only, initrd, CMDLINE, sizeof(CMDLINE), 0, EBADF },
		{ kernel, -1, CMDLINE, sizeof(CMDLINE), 0, EBADF },
		{ kernel, write_only, CMDLINE, sizeof(CMDLINE), 0, EBADF },
		{ empty, initrd, CMDLINE, sizeof(CMDLINE), 0, EINVAL },
		{ kernel, empty, CMDLINE, sizeof(CMDLINE), 0, EINVAL },
		{ directory, initrd, CMDLINE, sizeof(CMDLINE), 0, EINVAL },
		{ zeros, initrd, CMDLINE, sizeof(CMDLINE), 0, ENOEXEC },
		{ text, initrd, CMDLINE, sizeof(CMDLINE), 0, ENOEXEC },
		{ initrd, initrd, CMDLINE, sizeof(CMDLINE), 0, ENOEXEC },
		{ kernel, initrd, CMDLINE, sizeof(CMDLINE) - 1, 0, EINVAL },
		{ kernel, initrd, (char *)PAGE, 16, 0, EFAULT },
		{ kernel, initrd, long_cmdline, LONG_CMDLINE, 0, E2BIG },
		{ kernel, initrd, CMDLINE, sizeof(CMDLINE), 0x10, EINVAL },
		{ kernel, initrd, CMDLINE, sizeof(CMDLINE), UNKNOWN_FLAGS, EINVAL },
		{ kernel, initrd, CMDLINE, sizeof(CMDLINE), 1UL << 40, EINVAL },
		{ kernel, initrd, CMDLINE, sizeof(CMDLINE), 0x10 | KEXEC_FILE_UNLOAD, EINVAL },
	};
	unsigned int i, crash;

	ASSERT_NE(NULL, long_cmdline);
	memset(long_cmdline, 'a', LONG_CMDLINE - 1);
	ASSERT_LE(0, empty);
	ASSERT_LE(0, zeros);
	ASSERT_LE(0, text);
	ASSERT_LE(0, directory);
	ASSERT_LE(0, write_only);
	ASSERT_EQ(0, load_crash(kernel, initrd));
	ASSERT_EQ(0, file_load(kernel, initrd, CMDLINE, sizeof(CMDLINE), 0));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		for (crash = 0; crash < 2; crash++) {
			EXPECT_EQ(bad[i].error,
				  file_load(bad[i].kernel, bad[i].initrd, bad[i].cmdline,
					    bad[i].len, bad[i].flags |
					    (crash ? KEXEC_FILE_ON_CRASH : 0))) {
				TH_LOG("bad load %u, %s", i, crash ? "crash" : "reboot");
			}
			EXPECT_EQ(1, crash_loaded());
			EXPECT_EQ(1, loaded());
		}
	}
	close(empty);
	close(zeros);
	close(text);
	close(directory);
	close(write_only);
	unlink("/tmp/write-only");
	free(long_cmdline);
}

/* A kernel that is cut anywhere is refused, and with an error that does not fall back. */
TEST_F_TIMEOUT(file, cut_short, 120)
{
	const size_t cut[] = {
		/* The set-up header begins at 0x1f1 and is not whole before 0x268. */
		0x300, 4096, 32768, 100000, self->kernel_bytes / 2, self->kernel_bytes - 65536,
	};
	unsigned int i;

	ASSERT_EQ(0, load_crash(self->kernel, self->initrd));
	for (i = 0; i < ARRAY_SIZE(cut); i++) {
		int fd = read_only(copy_of(KERNEL, cut[i], 0)), error;

		ASSERT_LE(0, fd);
		error = load_crash(fd, self->initrd);
		EXPECT_NE(0, error);
		EXPECT_FALSE(falls_back(error)) {
			TH_LOG("cut to %zu bytes: %s", cut[i], strerror(error));
		}
		EXPECT_EQ(1, crash_loaded());
		close(fd);
	}
}

/* Signing appends; what stands behind the kernel is no reason to refuse it. */
TEST_F(file, longer_than_it_says)
{
	int fd = read_only(copy_of(KERNEL, self->kernel_bytes, 8192));

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, load_crash(fd, self->initrd));
	EXPECT_EQ(1, crash_loaded());
	close(fd);
}

/* An initrd for which the region has no room, while an image is armed. */
TEST_F_TIMEOUT(file, too_large, 120)
{
	size_t region_bytes = self->region.end - self->region.start;
	int fd = read_only(copy_of(INITRD, 0, region_bytes));
	int error;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, load_crash(self->kernel, self->initrd));
	error = load_crash(self->kernel, fd);
	EXPECT_NE(0, error);
	EXPECT_FALSE(falls_back(error)) {
		TH_LOG("%s", strerror(error));
	}
	EXPECT_EQ(1, crash_loaded());
	close(fd);
}

/* The last segment table in the log; needs KEXEC_FILE_DEBUG. Returns how many. */
static int last_segments(struct region *out, int max)
{
	static char log[1 << 20];
	unsigned long start, bytes;
	int n = syscall(SYS_syslog, 3, log, sizeof(log) - 1), nr = 0;
	char *line, *next;
	unsigned int index;

	if (n < 0)
		return -1;
	log[n] = 0;
	for (line = log; line; line = next) {
		char *at = strstr(line, "kexec: segment ");

		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		at = strstr(line, "kexec: segment ");
		if (!at || sscanf(at, "kexec: segment %u:", &index) != 1)
			continue;
		at = strchr(at, '[');
		if (!at || sscanf(at, "[%lx, +%lx)", &start, &bytes) != 2 || index >= max)
			continue;
		out[index] = (struct region){ start, start + bytes };
		nr = index + 1;
	}
	return nr;
}

/* Where there is room for both, the new image takes nothing that the armed one has. */
TEST_F(file, stands_beside)
{
	struct region a[KEXEC_SEGMENT_MAX], b[KEXEC_SEGMENT_MAX];
	int i, k, nr_a, nr_b;

	ASSERT_EQ(0, file_load(self->kernel, -1, CMDLINE, sizeof(CMDLINE), KEXEC_FILE_ON_CRASH |
			       KEXEC_FILE_NO_INITRAMFS | KEXEC_FILE_DEBUG));
	nr_a = last_segments(a, KEXEC_SEGMENT_MAX);
	ASSERT_EQ(0, file_load(self->kernel, -1, CMDLINE, sizeof(CMDLINE), KEXEC_FILE_ON_CRASH |
			       KEXEC_FILE_NO_INITRAMFS | KEXEC_FILE_DEBUG));
	nr_b = last_segments(b, KEXEC_SEGMENT_MAX);
	ASSERT_LE(4, nr_a);
	ASSERT_EQ(nr_a, nr_b);
	for (i = 0; i < nr_a; i++) {
		EXPECT_LE(self->region.start, a[i].start);
		EXPECT_GE(self->region.end, a[i].end);
		for (k = 0; k < nr_b; k++)
			EXPECT_TRUE(a[i].end <= b[k].start || b[k].end <= a[i].start) {
				TH_LOG("[%lx, %lx) and [%lx, %lx)", a[i].start, a[i].end,
				       b[k].start, b[k].end);
			}
	}
}

struct watch {
	int stop;
	long seen, gaps;
};

static void *watch(void *arg)
{
	struct watch *w = arg;

	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		w->seen++;
		if (crash_loaded() != 1)
			w->gaps++;
	}
	return NULL;
}

/* At every moment of a re-load an image is armed. */
TEST_F_TIMEOUT(file, reload_without_a_gap, 180)
{
	struct watch w = {};
	pthread_t t;
	int i;

	ASSERT_EQ(0, load_crash(self->kernel, self->initrd));
	ASSERT_EQ(0, pthread_create(&t, NULL, watch, &w));
	for (i = 0; i < 6; i++)
		EXPECT_EQ(0, load_crash(self->kernel, self->initrd));
	__atomic_store_n(&w.stop, 1, __ATOMIC_RELEASE);
	pthread_join(t, NULL);
	TH_LOG("%ld looks, %ld without an armed image", w.seen, w.gaps);
	EXPECT_LT(0, w.seen);
	EXPECT_EQ(0, w.gaps);
}

TEST_F_TIMEOUT(file, memory_comes_back, 240)
{
	int cut = read_only(copy_of(KERNEL, self->kernel_bytes / 2, 0));
	long before = 0, after;
	int i;

	ASSERT_LE(0, cut);
	for (i = -2; i < 8; i++) {
		if (!i)
			before = free_pages();
		ASSERT_EQ(0, load_crash(self->kernel, self->initrd));
		ASSERT_EQ(0, file_load(self->kernel, self->initrd, CMDLINE, sizeof(CMDLINE), 0));
		ASSERT_NE(0, load_crash(cut, self->initrd));
		ASSERT_EQ(0, file_unload(0));
		ASSERT_EQ(0, file_unload(KEXEC_FILE_ON_CRASH));
	}
	after = free_pages();
	/* 8 rounds with a kernel and an initrd of several MiB each. */
	EXPECT_GT((long)(8 * MIB / PAGE), before - after);
	close(cut);
}

TEST_HARNESS_MAIN
