// SPDX-License-Identifier: GPL-2.0-only
/*
 * All of a test in one program, for a machine that there is no user space for: as /init it loads a
 * capture kernel by kexec_file_load(2) and crashes; as /init of that, it reads the dump.
 *
 * Before the crash it fills memory with numbered pages that carry a token of this run. The capture
 * kernel's /proc/vmcore has to hold each of them, whole, registers of each CPU, and this kernel's
 * VMCOREINFO; its headers have to be of this machine's byte order.
 *
 * Interface: archives with this as /init; in the first /boot/kernel and /boot/capture. The kernel
 * parameter alone_token=TEXT is the token. Lines to the virtio port: "hello KIND UPTIME_MS
 * RELEASE", as agent.c has it, and from the capture kernel "alone WHAT NUMBER" for each thing
 * found, then "alone end 0". Then the machine is switched off.
 * Context: root, nothing else runs.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define UNIT		4096UL
#define PLANTED		4096UL
#define BLOCK_BYTES	(1024UL * 1024)
#define TOKEN_BYTES	64
#define PORT_TRIES	100
#define PORT_WAIT_NS	50000000

static int port = -1;
static char token[TOKEN_BYTES];

static void put(const char *line)
{
	size_t bytes = strlen(line);

	if (write(port, line, bytes) < 0 || write(1, line, bytes) < 0)
		return;
}

/* "alone WHAT NUMBER" */
static void say(const char *what, size_t number)
{
	char line[256];

	snprintf(line, sizeof(line), "alone %s %zu\n", what, number);
	put(line);
}

static void off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void die(const char *what)
{
	char line[256];

	snprintf(line, sizeof(line), "alone failed %d %s\n", errno, what);
	put(line);
	off();
}

static void open_port(void)
{
	const struct timespec wait = { .tv_nsec = PORT_WAIT_NS };
	char name[32];

	for (int tries = 0; tries < PORT_TRIES && port < 0; tries++) {
		for (int i = 0; i < 16 && port < 0; i++) {
			snprintf(name, sizeof(name), "/dev/vport%dp%d", i / 4, i % 4);
			port = open(name, O_RDWR | O_CLOEXEC);
		}
		if (port < 0)
			nanosleep(&wait, NULL);
	}
	if (port < 0)
		off();
}

static void greet(const char *kind)
{
	struct utsname name;
	struct timespec now;
	char line[256];

	uname(&name);
	clock_gettime(CLOCK_BOOTTIME, &now);
	snprintf(line, sizeof(line), "hello %s %lld %s\n", kind,
		 (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, name.release);
	put(line);
}

static void find_token(void)
{
	char line[2048] = "", *at;
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0)
		die("/proc/cmdline");
	close(fd);
	at = strstr(line, "alone_token=");
	if (!at || sscanf(at, "alone_token=%63s", token) != 1)
		die("no alone_token= on the command line");
}

/* What stands in unit @number: the same bytes in both kernels. */
static void fill_unit(char *unit, size_t number)
{
	uint32_t state = number * 2654435761U + 1;
	size_t at;

	memset(unit, 0, UNIT);
	at = 1 + snprintf(unit, UNIT, "ALONE %s %08zu", token, number);
	for (; at < UNIT; at++) {
		state = state * 1664525 + 1013904223;
		unit[at] = state >> 24;
	}
}

static void system_kernel(void)
{
	char *map = mmap(NULL, PLANTED * UNIT, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int kernel = open("/boot/kernel", O_RDONLY), initrd = open("/boot/capture", O_RDONLY);
	char cmdline[256];
	int trigger;

	greet("system");
	if (map == MAP_FAILED || kernel < 0 || initrd < 0)
		die("memory and files");
	snprintf(cmdline, sizeof(cmdline),
		 "console=hvc0 nr_cpus=1 loglevel=5 panic=1 alone_token=%s", token);
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1, cmdline,
		    (unsigned long)KEXEC_FILE_ON_CRASH))
		die("kexec_file_load");
	for (size_t i = 0; i < PLANTED; i++)
		fill_unit(map + i * UNIT, i);
	trigger = open("/proc/sysrq-trigger", O_WRONLY);
	if (trigger < 0 || write(trigger, "c", 1) != 1)
		die("/proc/sysrq-trigger");
	for (;;)
		pause();
}

static size_t in_kernel;

/*
 * elf_prstatus of ppc64: registers begin at byte 112, as words of the kernel's byte order; gpr1 is
 * the stack, word 32 is where the CPU was. Each CPU has both, and the one that crashed was in the
 * kernel.
 */
static bool look_at_registers(const char *desc, size_t bytes)
{
	unsigned long regs[48];

	if (bytes != 504)
		return false;
	memcpy(regs, desc + 112, sizeof(regs));
	in_kernel += regs[32] >> 60 == 0xc && regs[1] >> 60 == 0xc;
	return regs[1] && regs[32];
}

static void look_at_notes(const char *notes, size_t bytes)
{
	size_t cpus = 0, sane = 0, infos = 0, at = 0;

	while (at + sizeof(Elf64_Nhdr) <= bytes) {
		const Elf64_Nhdr *note = (const void *)(notes + at);
		const char *name = notes + at + sizeof(*note);

		if (!note->n_namesz)
			break;
		if (note->n_type == NT_PRSTATUS && !strcmp(name, "CORE")) {
			cpus++;
			sane += look_at_registers(name + ((note->n_namesz + 3UL) & ~3UL),
						  note->n_descsz);
		}
		infos += !strcmp(name, "VMCOREINFO");
		at += sizeof(*note) + ((note->n_namesz + 3UL) & ~3UL) +
		      ((note->n_descsz + 3UL) & ~3UL);
	}
	say("registers", cpus);
	say("sane", sane);
	say("crashed", in_kernel > 0);
	say("vmcoreinfo", infos);
}

static void look_at_headers(int fd)
{
	static Elf64_Phdr phdr[256];
	static char notes[BLOCK_BYTES];
	Elf64_Ehdr ehdr;

	if (pread(fd, &ehdr, sizeof(ehdr), 0) != sizeof(ehdr) ||
	    memcmp(ehdr.e_ident, ELFMAG, SELFMAG))
		die("the ELF header");
	say("elfdata", ehdr.e_ident[EI_DATA]);
	say("machine", ehdr.e_machine);
	if (ehdr.e_phnum > 256 || pread(fd, phdr, ehdr.e_phnum * sizeof(*phdr), ehdr.e_phoff) < 0)
		die("program headers");
	for (int i = 0; i < ehdr.e_phnum; i++) {
		ssize_t bytes = phdr[i].p_filesz;

		if (phdr[i].p_type == PT_NOTE && phdr[i].p_filesz <= sizeof(notes) &&
		    pread(fd, notes, bytes, phdr[i].p_offset) == bytes)
			look_at_notes(notes, bytes);
	}
}

/* Units of the dump that are what was planted; each counts once. */
static void look_at_memory(int fd)
{
	static bool seen[PLANTED];
	static char block[BLOCK_BYTES], right[UNIT];
	size_t found = 0, damaged = 0, units = 0, number;
	char begin[TOKEN_BYTES + 16];
	int begin_bytes = snprintf(begin, sizeof(begin), "ALONE %s ", token);
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, block, sizeof(block), at)) > 0) {
		for (size_t i = 0; i + UNIT <= (size_t)got; i += UNIT, units++) {
			if (memcmp(block + i, begin, begin_bytes))
				continue;
			number = strtoul(block + i + begin_bytes, NULL, 10);
			if (number >= PLANTED)
				continue;
			fill_unit(right, number);
			if (memcmp(block + i, right, UNIT))
				damaged++;
			else if (!seen[number])
				found++;
			seen[number] = true;
		}
		at += got < (ssize_t)UNIT ? got : got - got % (ssize_t)UNIT;
	}
	if (got < 0)
		die("reading /proc/vmcore");
	say("units", units);
	say("found", found);
	say("damaged", damaged);
}

static void capture_kernel(int fd)
{
	greet("capture");
	look_at_headers(fd);
	look_at_memory(fd);
	say("end", 0);
	off();
}

int main(void)
{
	int vmcore;

	mount("none", "/proc", "proc", 0, NULL);
	mount("none", "/sys", "sysfs", 0, NULL);
	mount("none", "/dev", "devtmpfs", 0, NULL);
	open_port();
	find_token();
	vmcore = open("/proc/vmcore", O_RDONLY);
	if (vmcore >= 0)
		capture_kernel(vmcore);
	else
		system_kernel();
	return 1;
}
