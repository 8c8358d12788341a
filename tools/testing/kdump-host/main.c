// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run the host tests of the pure files.
 *
 * usage: kdump-host-test [NAME...]
 *
 * Prints "ok NAME (SECONDS)" or "not ok NAME: why" for each; NAME selects the
 * tests whose name begins with it. The exit code is 0 only if at least one test
 * was run and all were ok.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

/* A test of pure functions that takes longer than this does not end. */
#define TEST_SECONDS	60

static int report_fd = -1;

void test_fail(const char *file, int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "%s:%d: ", file, line);
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	if (write(report_fd, text, strlen(text)) < 0)
		perror("write");
	_exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void print_why(int status, const char *why)
{
	if (why[0])
		printf("%s\n", why);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		printf("no end after %d s\n", TEST_SECONDS);
	else if (WIFSIGNALED(status))
		printf("killed by signal %d\n", WTERMSIG(status));
	else
		printf("exit code %d, see the sanitizer's report above\n",
		       WEXITSTATUS(status));
}

static int run(const struct test *test)
{
	char why[512] = "";
	double start = now();
	ssize_t n, have = 0;
	int fds[2], status;
	pid_t pid;

	fflush(stdout);
	if (pipe(fds)) {
		perror("pipe");
		exit(2);
	}
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!pid) {
		close(fds[0]);
		report_fd = fds[1];
		alarm(TEST_SECONDS);
		test->run();
		/* Not _exit(): the leak check runs at exit. */
		exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], why + have, sizeof(why) - 1 - have)) > 0)
		have += n;
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid) {
		perror("waitpid");
		exit(2);
	}
	if (!status && !have) {
		printf("ok %s (%.2f)\n", test->name, now() - start);
		return 0;
	}
	printf("not ok %s: ", test->name);
	print_why(status, why);
	return 1;
}

static int wanted(const struct test *test, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strncmp(test->name, argv[i], strlen(argv[i])))
			return 1;
	}
	return argc == 1;
}

int main(int argc, char **argv)
{
	static const struct test * const all[] = {
		cmdline_tests, ranges_tests, place_tests, extents_tests,
		elfcore_tests, note_tests, build_tests, purgatory_tests,
		bzimage_tests, kexecelf_tests, memmap_tests, pagefilter_tests,
		pagelookup_tests, pagedesc_tests,
	};
	int done = 0, failed = 0;
	const struct test *test;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (test = all[i]; test->name; test++) {
			if (!wanted(test, argc, argv))
				continue;
			done++;
			failed += run(test);
		}
	}
	if (!done)
		fprintf(stderr, "%s: no test of that name\n", argv[0]);
	return !done || failed;
}
