// SPDX-License-Identifier: GPL-2.0-only
/*
 * socketpair() for a kernel without sockets, as the tests' is: a pipe.
 *
 * rsync's processes talk to each other through socket pairs of which each end is only read or
 * only written; it takes pipes itself where it is built without socketpair().
 *
 * Interface: LD_PRELOAD. Context: the capture kernel.
 */
#include <sys/socket.h>
#include <unistd.h>

int socketpair(int domain, int type, int protocol, int fds[2])
{
	(void)domain;
	(void)type;
	(void)protocol;
	return pipe(fds);
}
