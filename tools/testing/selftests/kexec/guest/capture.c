// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does every way of reading old memory give the same bytes, and every way of asking the same holes?
 *
 * Reads /proc/vmcore and /dev/oldmem in each way that the kernel offers, at places and in sizes
 * that are no multiple of anything, and compares. Whether the bytes are the right ones is not
 * asked here: the comparison with the machine's memory does that. Nor whether the right pages are
 * holes; but what is said to be one reads and maps as zeros, and all else is what /dev/oldmem has.
 *
 * Interface: capture [SEED [REFUSED]], the latter the number of pages that callbacks refuse; a line
 * "ok NAME" or "not ok NAME: why" each; the exit status is 1 when one failed. Context: the capture
 * kernel, as root.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUEST_MAX (3UL << 20)
#define ROUNDS 60
#define READERS 4
#define FILTER "/sys/kernel/vmcore/filter"
#define UNREADABLE "/sys/kernel/vmcore/unreadable"
/* Seeking through the whole file ends within that time when it is killed. */
#define KILL_MS 2000

static unsigned long page;	/* its size, in bytes */
static int vmcore, oldmem, level;
static uint64_t vmcore_bytes, oldmem_bytes, refused_bytes;
static unsigned char *one, *other;
static bool failed;

static void verdict(const char *name, const char *why, ...)
{
	va_list args;

	if (!why) {
		printf("ok %s\n", name);
		return;
	}
	failed = true;
	printf("not ok %s: ", name);
	va_start(args, why);
	vprintf(why, args);
	va_end(args);
	printf("\n");
}

static uint64_t any(uint64_t limit)
{
	uint64_t r = (uint64_t)random() << 31 ^ (uint64_t)random();

	return limit ? r % limit : 0;
}

/* How many bytes pread gives, however many calls it takes; -errno on error. */
static ssize_t get(int fd, void *to, size_t bytes, uint64_t off)
{
	size_t done = 0;
	ssize_t got;

	while (done < bytes) {
		got = pread(fd, (char *)to + done, bytes - done, (off_t)(off + done));
		if (got < 0)
			return -errno;
		if (!got)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

/* The same by mmap; the window is page aligned, the bytes need not be. */
static int get_mapped(int fd, void *to, size_t bytes, uint64_t off)
{
	uint64_t start = off & ~(page - 1);
	size_t window = ((off + bytes + page - 1) & ~(page - 1)) - start;
	void *map = mmap(NULL, window, PROT_READ, MAP_PRIVATE, fd, (off_t)start);

	if (map == MAP_FAILED)
		return -errno;
	memcpy(to, (char *)map + (off - start), bytes);
	munmap(map, window);
	return 0;
}

static void read_equals_mmap(const char *name, int fd, uint64_t size)
{
	for (int i = 0; i < ROUNDS; i++) {
		size_t bytes = 1 + any(REQUEST_MAX);
		uint64_t off = any(size);
		ssize_t got;
		int err;

		if (off + bytes > size)
			bytes = size - off;
		got = get(fd, one, bytes, off);
		if (got != (ssize_t)bytes) {
			verdict(name, "read of %zu at %#lx gives %zd", bytes, off, got);
			return;
		}
		err = get_mapped(fd, other, bytes, off);
		if (err) {
			verdict(name, "mmap of %zu at %#lx: %s", bytes, off, strerror(-err));
			return;
		}
		if (memcmp(one, other, bytes)) {
			verdict(name, "read and mmap of %zu at %#lx differ", bytes, off);
			return;
		}
	}
	verdict(name, NULL);
}

static const Elf64_Phdr *load_headers(size_t *nr)
{
	static Elf64_Phdr phdr[4096];
	Elf64_Ehdr ehdr;

	if (get(vmcore, &ehdr, sizeof(ehdr), 0) != sizeof(ehdr) || ehdr.e_phnum > 4096)
		error(1, 0, "/proc/vmcore has no ELF64 header of a size that fits");
	*nr = ehdr.e_phnum;
	if (get(vmcore, phdr, *nr * sizeof(*phdr), ehdr.e_phoff) != (ssize_t)(*nr * sizeof(*phdr)))
		error(1, 0, "/proc/vmcore has no program headers");
	return phdr;
}

static bool in_hole(uint64_t off)
{
	off_t data = lseek(vmcore, (off_t)off, SEEK_DATA);

	return data < 0 ? errno == ENXIO : (uint64_t)data > off;
}

/* Bytes of the ELF file beside those of the memory: equal, or zeros of a hole. */
static bool is_shown(uint64_t off, size_t bytes)
{
	for (size_t at = 0, step; at < bytes; at += step) {
		step = page - (off + at) % page;
		if (step > bytes - at)
			step = bytes - at;
		if (!memcmp(one + at, other + at, step))
			continue;
		for (size_t i = 0; i < step; i++)
			if (one[at + i])
				return false;
		if (!level || !in_hole(off + at))
			return false;
	}
	return true;
}

/* By file offset and by physical address, from the first, the last and any place of each. */
static void vmcore_equals_oldmem(void)
{
	const char *name = "vmcore-equals-oldmem";
	const Elf64_Phdr *phdr;
	size_t nr;

	phdr = load_headers(&nr);
	for (size_t i = 0; i < nr; i++) {
		if (phdr[i].p_type != PT_LOAD)
			continue;
		for (int round = 0; round < 6; round++) {
			uint64_t at = any(phdr[i].p_filesz);
			size_t bytes = 1 + any(REQUEST_MAX);

			if (round == 0)
				at = 0;
			if (at + bytes > phdr[i].p_filesz)
				bytes = phdr[i].p_filesz - at;
			if (get(vmcore, one, bytes, phdr[i].p_offset + at) != (ssize_t)bytes ||
			    get(oldmem, other, bytes, phdr[i].p_paddr + at) != (ssize_t)bytes) {
				verdict(name, "short read of %zu at %#lx", bytes,
					phdr[i].p_paddr + at);
				return;
			}
			if (!is_shown(phdr[i].p_offset + at, bytes)) {
				verdict(name, "%zu bytes at %#lx differ", bytes,
					phdr[i].p_paddr + at);
				return;
			}
		}
	}
	verdict(name, NULL);
}

static void sendfile_equals_read(const char *name, int fd, uint64_t size)
{
	uint64_t at = any(size > REQUEST_MAX ? size - REQUEST_MAX : 1) | 1;
	size_t bytes = REQUEST_MAX - 12345, done = 0;
	off_t off = (off_t)at;
	int copy = open("/tmp/copy", O_RDWR | O_CREAT | O_TRUNC, 0600);

	while (done < bytes) {
		ssize_t sent = sendfile(copy, fd, &off, bytes - done);

		if (sent <= 0) {
			verdict(name, "sendfile gives %zd (%s) after %zu bytes", sent,
				strerror(errno), done);
			return;
		}
		done += (size_t)sent;
	}
	if (get(fd, one, bytes, at) != (ssize_t)bytes || get(copy, other, bytes, 0) !=
	    (ssize_t)bytes || memcmp(one, other, bytes))
		verdict(name, "%zu bytes at %#lx differ", bytes, at);
	else
		verdict(name, NULL);
	close(copy);
	unlink("/tmp/copy");
}

static void ends(const char *name, int fd, uint64_t size)
{
	char byte;

	if (get(fd, &byte, 1, size - 1) != 1)
		verdict(name, "the last byte can not be read");
	else if (get(fd, &byte, 1, size))
		verdict(name, "there is a byte after the end");
	else if (lseek(fd, -1, SEEK_SET) != -1 || errno != EINVAL)
		verdict(name, "seeking before the start works");
	else if (mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE, fd,
		      (off_t)((size - 1) & ~(page - 1))) != MAP_FAILED || errno != EINVAL)
		verdict(name, "mapping over the end works");
	else if (mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED ||
		 errno != EPERM)
		verdict(name, "mapping for writing works");
	else
		verdict(name, NULL);
}

static void fault_is_reported(const char *name, int fd)
{
	void *hole = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t got = pread(fd, hole, page, 0);

	if (got != -1 || errno != EFAULT)
		verdict(name, "reading to a bad address gives %zd", got);
	else
		verdict(name, NULL);
	munmap(hole, page);
}

/* Room for some pages and none behind it: what fits is there, wherever data and holes meet. */
static void fault_in_the_middle(const char *name)
{
	const size_t room = 8 * page, asked = 24 * page;
	unsigned char *buf = mmap(NULL, room + asked, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (buf == MAP_FAILED || mprotect(buf + room, asked, PROT_NONE))
		error(1, errno, "setting up");
	for (int i = 0; i < ROUNDS; i++) {
		size_t skip = any(room), fits = room - skip;
		uint64_t off = any(vmcore_bytes - asked);
		ssize_t got = pread(vmcore, buf + skip, asked, (off_t)off);

		/* Zeros are written in words. */
		if (got < 0 ? fits >= 64 : (size_t)got > fits || fits - (size_t)got >= 64) {
			verdict(name, "%zd of %zu bytes that fit at %#lx", got, fits, off);
			return;
		}
		if (got > 0 && (get(vmcore, one, (size_t)got, off) != got ||
				memcmp(one, buf + skip, (size_t)got))) {
			verdict(name, "%zd bytes at %#lx differ", got, off);
			return;
		}
	}
	verdict(name, NULL);
	munmap(buf, room + asked);
}

/* A mapping for reading stays one, of data and of holes. */
static void no_mprotect(const char *name)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t off = any(vmcore_bytes / page) * page;
		void *map = mmap(NULL, page, PROT_READ, i & 1 ? MAP_PRIVATE : MAP_SHARED, vmcore,
				 (off_t)off);

		if (map == MAP_FAILED || !mprotect(map, page, PROT_READ | PROT_WRITE) ||
		    errno != EACCES) {
			verdict(name, "at %#lx: %s", off, strerror(errno));
			return;
		}
		munmap(map, page);
	}
	verdict(name, NULL);
}

static void read_only(void)
{
	int fd = open("/dev/oldmem", O_RDWR);

	if (fd >= 0 || errno != EACCES)
		verdict("oldmem-read-only", "open for writing: %s",
			fd < 0 ? strerror(errno) : "works");
	else
		verdict("oldmem-read-only", NULL);
}

/* The file's mode lets root open it; the kernel asks for CAP_SYS_RAWIO besides. */
static void needs_rawio(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	int status;

	fflush(stdout);
	if (!fork()) {
		if (syscall(SYS_capget, &head, data))
			_exit(255);
		data[0].effective &= ~(1U << CAP_SYS_RAWIO);
		if (syscall(SYS_capset, &head, data))
			_exit(255);
		_exit(open("/dev/oldmem", O_RDONLY) < 0 ? errno : 0);
	}
	wait(&status);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EPERM)
		verdict("oldmem-needs-rawio", "open without CAP_SYS_RAWIO: status %#x",
			(unsigned int)status);
	else
		verdict("oldmem-needs-rawio", NULL);
}

/* Several readers at once, each with its own places. */
static void readers_at_once(void)
{
	int bad = 0, status;

	fflush(stdout);
	for (int i = 0; i < READERS; i++) {
		if (fork())
			continue;
		srandom((unsigned int)(1000 + i));
		failed = false;
		if (!freopen("/dev/null", "w", stdout))
			_exit(2);
		read_equals_mmap("child", vmcore, vmcore_bytes);
		_exit(failed);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	verdict("readers-at-once", bad ? "%d of them saw differences" : NULL, bad);
}

static bool are_zeros(const unsigned char *from, size_t bytes)
{
	return !from[0] && !memcmp(from, from + 1, bytes - 1);
}

/* A stretch of a hole, by read and by mmap. */
static bool hole_is_zeros(uint64_t start, uint64_t end)
{
	size_t bytes = end - start > REQUEST_MAX ? REQUEST_MAX : end - start;
	uint64_t off = start + any((end - start - bytes) / page + 1) * page;

	memset(one, 1, bytes);
	memset(other, 1, bytes);
	return get(vmcore, one, bytes, off) == (ssize_t)bytes && are_zeros(one, bytes) &&
	       !get_mapped(vmcore, other, bytes, off) && are_zeros(other, bytes);
}

/* From one end of the file to the other; how much of it is data, or -1. */
static int64_t walk_holes(const char *name)
{
	uint64_t at = 0, data, hole;
	int64_t bytes = 0;
	off_t found;

	while (at < vmcore_bytes) {
		found = lseek(vmcore, (off_t)at, SEEK_DATA);
		if (found < 0 && errno != ENXIO) {
			verdict(name, "SEEK_DATA from %#lx: %s", at, strerror(errno));
			return -1;
		}
		data = found < 0 ? vmcore_bytes : (uint64_t)found;
		if (data < at || data > vmcore_bytes || (data > at && !hole_is_zeros(at, data))) {
			verdict(name, "[%#lx, %#lx) is no hole", at, data);
			return -1;
		}
		if (data == vmcore_bytes)
			break;
		hole = (uint64_t)lseek(vmcore, (off_t)data, SEEK_HOLE);
		if (hole <= data || hole > vmcore_bytes || (hole % page && hole != vmcore_bytes)) {
			verdict(name, "SEEK_HOLE from %#lx is %#lx", data, hole);
			return -1;
		}
		bytes += (int64_t)(hole - data);
		at = hole;
	}
	return bytes;
}

static void check_holes(const struct stat *st)
{
	const char *name = "vmcore-holes";
	int64_t bytes = walk_holes(name);

	if (bytes < 0)
		return;
	if (lseek(vmcore, (off_t)vmcore_bytes, SEEK_DATA) != -1 || errno != ENXIO ||
	    lseek(vmcore, (off_t)vmcore_bytes, SEEK_HOLE) != -1 || errno != ENXIO)
		verdict(name, "seeking at the end works");
	else if (!level && (uint64_t)bytes + refused_bytes != vmcore_bytes)
		verdict(name, "%ld bytes are data, at level 0 it is all %lu but %lu", bytes,
			vmcore_bytes, refused_bytes);
	else if ((level & 16) && (uint64_t)bytes > vmcore_bytes / 2)
		verdict(name, "%ld of %lu bytes are data, most of the memory is free", bytes,
			vmcore_bytes);
	else
		verdict(name, NULL);
	printf("# level %d: %ld of %lu bytes are data, %lu by st_blocks\n", level, bytes,
	       vmcore_bytes, (unsigned long)st->st_blocks * 512);
}

static void check_blocks(const struct stat *st)
{
	uint64_t whole = (vmcore_bytes + 511) / 512, said = (uint64_t)st->st_blocks;

	if (level ? said && said < whole : said == whole)
		verdict("vmcore-blocks", NULL);
	else
		verdict("vmcore-blocks", "st_blocks is %lu at level %d, the size %lu blocks", said,
			level, whole);
}

static int write_level(const char *text)
{
	int fd = open(FILTER, O_WRONLY), err = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* While the file is open nothing changes; what is no level never does anything. */
static void levels_are_guarded(void)
{
	static const char *const bad[] = { "32", "-1", "x", "1x", NULL };
	int err = write_level(level ? "0" : "31");

	if (err != EBUSY) {
		verdict("filter-busy", "setting a level while the file is open: %s", strerror(err));
		return;
	}
	verdict("filter-busy", NULL);
	for (const char *const *text = bad; *text; text++) {
		err = write_level(*text);
		if (err != EINVAL) {
			verdict("filter-invalid", "level \"%s\": %s", *text, strerror(err));
			return;
		}
	}
	verdict("filter-invalid", NULL);
}

/* One that looks for holes all the time can be killed. */
static void scan_is_killed(void)
{
	int alive[2], status;
	struct pollfd end;
	pid_t pid;

	if (pipe(alive))
		error(1, errno, "pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(alive[0]);
		vmcore = open("/proc/vmcore", O_RDONLY);
		for (uint64_t at = 0;; at = (at + page) % vmcore_bytes)
			lseek(vmcore, (off_t)at, SEEK_HOLE);
	}
	close(alive[1]);
	usleep(200000);
	kill(pid, SIGKILL);
	end = (struct pollfd){ .fd = alive[0], .events = POLLIN };
	if (poll(&end, 1, KILL_MS) == 1)
		verdict("scan-killed", NULL);
	else
		verdict("scan-killed", "still there after %d ms", KILL_MS);
	waitpid(pid, &status, 0);
	close(alive[0]);
}

/* A page that is listed is the same text in each way; its neighbour, mapped with it, is not. */
static bool is_pattern(int fd, uint64_t off)
{
	static const char pattern[] = "KDUMP-UNREADABLE";
	const size_t step = sizeof(pattern) - 1;

	if (get(fd, one, 2 * page, off) != (ssize_t)(2 * page) ||
	    get_mapped(fd, other, 2 * page, off) ||
	    memcmp(one, other, 2 * page) || !memcmp(one + page, pattern, step))
		return false;
	for (size_t at = 0; at < page; at += step)
		if (memcmp(one + at, pattern, step))
			return false;
	return true;
}

static void unreadable_is_pattern(void)
{
	FILE *from = fopen(UNREADABLE, "r");
	const Elf64_Phdr *phdr;
	unsigned int pages = 0;
	unsigned long pa;
	size_t nr;

	if (!from)
		error(1, errno, UNREADABLE);
	phdr = load_headers(&nr);
	for (; fscanf(from, "%lx", &pa) == 1; pages++) {
		for (size_t i = 0; i < nr; i++) {
			if (phdr[i].p_type != PT_LOAD || pa < phdr[i].p_paddr ||
			    pa + 2 * page > phdr[i].p_paddr + phdr[i].p_filesz)
				continue;
			if (is_pattern(vmcore, phdr[i].p_offset + pa - phdr[i].p_paddr) &&
			    is_pattern(oldmem, pa))
				continue;
			verdict("unreadable", "%#lx is not the pattern, or what follows is", pa);
			fclose(from);
			return;
		}
	}
	fclose(from);
	verdict("unreadable", NULL);
	printf("# %u pages that can not be read\n", pages);
}

static int current_level(void)
{
	FILE *from = fopen(FILTER, "r");
	int found;

	if (!from || fscanf(from, "%d", &found) != 1)
		error(1, errno, FILTER " has no level");
	fclose(from);
	return found;
}

int main(int argc, char **argv)
{
	struct stat st;

	page = (unsigned long)sysconf(_SC_PAGESIZE);
	srandom(argc > 1 ? (unsigned int)atoi(argv[1]) : 1);
	if (argc > 2)
		refused_bytes = (uint64_t)atoi(argv[2]) * page;
	level = current_level();
	vmcore = open("/proc/vmcore", O_RDONLY);
	oldmem = open("/dev/oldmem", O_RDONLY);
	if (vmcore < 0 || oldmem < 0)
		error(1, errno, "/proc/vmcore or /dev/oldmem can not be opened");
	one = malloc(REQUEST_MAX);
	other = malloc(REQUEST_MAX);
	if (!one || !other || fstat(vmcore, &st))
		error(1, errno, "setting up");

	vmcore_bytes = (uint64_t)lseek(vmcore, 0, SEEK_END);
	oldmem_bytes = (uint64_t)lseek(oldmem, 0, SEEK_END);
	check_blocks(&st);
	check_holes(&st);
	levels_are_guarded();
	scan_is_killed();
	verdict("size", vmcore_bytes == (uint64_t)st.st_size ? NULL : "st_size is %ld, the end %lu",
		(long)st.st_size, vmcore_bytes);
	read_equals_mmap("vmcore-read-equals-mmap", vmcore, vmcore_bytes);
	read_equals_mmap("oldmem-read-equals-mmap", oldmem, oldmem_bytes);
	vmcore_equals_oldmem();
	sendfile_equals_read("vmcore-sendfile", vmcore, vmcore_bytes);
	sendfile_equals_read("oldmem-sendfile", oldmem, oldmem_bytes);
	ends("vmcore-ends", vmcore, vmcore_bytes);
	ends("oldmem-ends", oldmem, oldmem_bytes);
	fault_is_reported("vmcore-fault", vmcore);
	fault_in_the_middle("vmcore-fault-middle");
	no_mprotect("vmcore-mprotect");
	unreadable_is_pattern();
	read_only();
	needs_rawio();
	readers_at_once();
	return failed;
}
