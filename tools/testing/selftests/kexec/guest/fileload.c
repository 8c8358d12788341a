// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_file_load(2) and nothing else: for files that kexec-tools would look into first.
 *
 * usage: fileload KERNEL INITRD|- CMDLINE FLAGS
 *
 * Prints the errno, 0 if the image was loaded; the exit status says whether the call was made.
 * Context: a system kernel, root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long flags;
	int kernel, initrd = -1;
	long ret;

	if (argc != 5)
		error(1, 0, "usage: fileload KERNEL INITRD|- CMDLINE FLAGS");
	flags = strtoul(argv[4], NULL, 0);
	kernel = open(argv[1], O_RDONLY);
	if (kernel < 0)
		error(1, errno, "%s", argv[1]);
	if (!strcmp(argv[2], "-")) {
		flags |= KEXEC_FILE_NO_INITRAMFS;
	} else {
		initrd = open(argv[2], O_RDONLY);
		if (initrd < 0)
			error(1, errno, "%s", argv[2]);
	}
	ret = syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3], flags);
	printf("%d\n", ret ? errno : 0);
	return 0;
}
