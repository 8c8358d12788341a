// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the test guests: does what the host asks over a virtio port.
 *
 * One program serves the system kernel and the capture kernel, so that the
 * host drives both the same way and no test logic lives in the guest. It is
 * the init process itself: a test of "death of init" ends it, and no shell
 * stands between the request and the panic.
 *
 * Interface: requests from the host are one line each, then a payload where
 * the line says so; lengths are decimal bytes.
 *
 *	run LEN\n<script>		run it with /bin/sh
 *	read OFFSET LEN PATH\n		read a file
 *	exit STATUS CPU\n		pin to CPU, then exit (kills the kernel)
 *	off\n				sync and power off
 *
 * Answers:
 *
 *	hello KIND UPTIME_MS RELEASE\n	once; KIND is "system" or "capture"
 *	out LEN\n<bytes>		output of a running script, as it comes
 *	done STATUS\n			the script ended (wait status as in sh)
 *	data LEN\n<bytes>		what was read; shorter at the end of file
 *	fail ERRNO\n			the read failed
 *
 * Context: user space of either kernel, as root. Any failure before the port
 * is open can only be told on the console.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The port's device appears asynchronously; a slow guest needs seconds. */
#define PORT_WAIT_MS 30000
#define PORT_POLL_US 2000

/* One read request is answered in one piece, so it must fit. */
#define READ_MAX_BYTES (4 << 20)
#define OUT_BYTES 16384
#define LINE_BYTES 4352

static int port = -1;

static void console(const char *what, int error)
{
	dprintf(STDERR_FILENO, "agent: %s%s%s\n", what, error ? ": " : "",
		error ? strerror(error) : "");
}

/* Without the host there is nothing to do: stop the machine, do not hang. */
static void give_up(const char *what, int error)
{
	console(what, error);
	sync();
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void put(const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(port, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			give_up("write to the port", errno);
		p += n;
		len -= (size_t)n;
	}
}

/* A macro, so that the compiler checks the format. */
#define put_line(...)						\
	do {							\
		if (dprintf(port, __VA_ARGS__) < 0)		\
			give_up("write to the port", errno);	\
	} while (0)

static char get_byte(void)
{
	static char buf[4096];
	static ssize_t have, used;

	while (used == have) {
		used = 0;
		have = read(port, buf, sizeof(buf));
		if (have < 0 && errno != EINTR)
			give_up("read from the port", errno);
		if (have <= 0) {
			/* The host end is not connected (yet). */
			have = 0;
			usleep(PORT_POLL_US);
		}
	}
	return buf[used++];
}

static void get_line(char *line, size_t size)
{
	size_t len = 0;
	char c;

	while ((c = get_byte()) != '\n') {
		if (len + 1 < size)
			line[len++] = c;
	}
	line[len] = '\0';
}

static void mount_one(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		console(dir, errno);
}

static void mount_all(void)
{
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("devtmpfs", "/dev");
	mount_one("tmpfs", "/tmp");
	mount_one("debugfs", "/sys/kernel/debug");
	mount_one("securityfs", "/sys/kernel/security");
}

/* The device of the port that the host named @name, or -1. */
static int open_port_named(const char *name)
{
	static const char class[] = "/sys/class/virtio-ports";
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	dir = opendir(class);
	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir))) {
		char path[512], found[64] = "";
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s/name", class, entry->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(found, sizeof(found), f))
			found[strcspn(found, "\n")] = '\0';
		fclose(f);
		if (strcmp(found, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	closedir(dir);
	return fd;
}

static void open_port(void)
{
	int waited_us;

	for (waited_us = 0; waited_us < PORT_WAIT_MS * 1000;
	     waited_us += PORT_POLL_US) {
		port = open_port_named("kdump");
		if (port >= 0)
			return;
		usleep(PORT_POLL_US);
	}
	give_up("no virtio port named \"kdump\" appeared", ENODEV);
}

static void say_hello(void)
{
	struct utsname name;
	struct timespec now;

	uname(&name);
	clock_gettime(CLOCK_BOOTTIME, &now);
	put_line("hello %s %ld %s\n",
		 access("/proc/vmcore", F_OK) ? "system" : "capture",
		 (long)(now.tv_sec * 1000 + now.tv_nsec / 1000000),
		 name.release);
}

static void relay(int out)
{
	char buf[OUT_BYTES];
	ssize_t n;

	while ((n = read(out, buf, sizeof(buf))) > 0) {
		put_line("out %zd\n", n);
		put(buf, (size_t)n);
	}
}

static pid_t start_script(char *script, int *out)
{
	int pipes[2];
	sigset_t none;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid) {
		close(pipes[1]);
		*out = pipes[0];
		fcntl(*out, F_SETFL, O_NONBLOCK);
		return pid;
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(pipes[1], STDOUT_FILENO);
	dup2(pipes[1], STDERR_FILENO);
	execl("/bin/sh", "sh", "-c", script, NULL);
	_exit(127);
}

/*
 * A script's background jobs may keep its output open, so the end of the
 * script is its exit and not the end of the pipe.
 */
static void do_run(size_t len)
{
	static int sigchld = -1;
	struct pollfd fds[2];
	int status = 0, out;
	bool ended = false;
	char *script;
	sigset_t set;
	pid_t pid;
	size_t i;

	if (sigchld < 0) {
		sigemptyset(&set);
		sigaddset(&set, SIGCHLD);
		sigprocmask(SIG_BLOCK, &set, NULL);
		sigchld = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	}
	script = malloc(len + 1);
	if (!script)
		give_up("no memory for a script", ENOMEM);
	for (i = 0; i < len; i++)
		script[i] = get_byte();
	script[len] = '\0';

	pid = start_script(script, &out);
	free(script);
	if (pid < 0) {
		put_line("done 126\n");
		return;
	}
	fds[0] = (struct pollfd){ .fd = out, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = sigchld, .events = POLLIN };
	while (!ended) {
		struct signalfd_siginfo info;
		int one_status;
		pid_t one;

		poll(fds, 2, -1);
		relay(out);
		/* A pipe at its end polls ready for ever: leave it out. */
		if (fds[0].revents & POLLHUP)
			fds[0].fd = -1;
		while (read(sigchld, &info, sizeof(info)) > 0)
			;
		while ((one = waitpid(-1, &one_status, WNOHANG)) > 0) {
			if (one != pid)
				continue;
			status = one_status;
			ended = true;
		}
	}
	relay(out);
	close(out);
	put_line("done %d\n", WIFEXITED(status) ? WEXITSTATUS(status) :
		 128 + WTERMSIG(status));
}

static void do_read(off_t offset, size_t len, const char *path)
{
	static char *buf;
	size_t have = 0;
	int fd;

	if (!buf)
		buf = malloc(READ_MAX_BYTES);
	if (!buf || len > READ_MAX_BYTES) {
		put_line("fail %d\n", buf ? EINVAL : ENOMEM);
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		put_line("fail %d\n", errno);
		return;
	}
	while (have < len) {
		ssize_t n = pread(fd, buf + have, len - have,
				  offset + (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && !have) {
			put_line("fail %d\n", errno);
			close(fd);
			return;
		}
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	close(fd);
	put_line("data %zu\n", have);
	put(buf, have);
}

static void do_exit(int status, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		give_up("pin to a CPU", errno);
	_exit(status);
}

int main(void)
{
	char line[LINE_BYTES], path[4096];
	unsigned long long offset;
	size_t len;
	int status, cpu;

	mount_all();
	open_port();
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/", 1);
	say_hello();
	for (;;) {
		get_line(line, sizeof(line));
		if (sscanf(line, "run %zu", &len) == 1) {
			do_run(len);
		} else if (sscanf(line, "read %llu %zu %4095s", &offset, &len,
				  path) == 3) {
			do_read((off_t)offset, len, path);
		} else if (sscanf(line, "exit %d %d", &status, &cpu) == 2) {
			do_exit(status, cpu);
		} else if (!strcmp(line, "off")) {
			sync();
			reboot(RB_POWER_OFF);
		} else {
			put_line("fail %d\n", EOPNOTSUPP);
		}
	}
}
