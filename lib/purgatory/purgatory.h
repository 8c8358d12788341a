/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the C half of purgatory, its architecture half and SHA-256 are to each other.
 *
 * The C half is compiled into purgatory and, for its tests, into a host program; this header is
 * the only place that knows which of the two it is. No other kernel function may be called from
 * there: what is linked is lib/purgatory, arch/.../purgatory and lib/crypto/sha256.c.
 *
 * Context: between the kernels; one CPU, interrupts off, physical addresses are pointers.
 */
#ifndef _LIB_PURGATORY_H
#define _LIB_PURGATORY_H

#ifdef __KERNEL__

#include <crypto/sha2.h>
#include <linux/compiler.h>
#include <linux/purgatory.h>
#include <linux/string.h>
#include <linux/types.h>

#else /* the host's tests */

#include "../../kernel/crash_dump/pure.h"
#include "../../include/linux/purgatory.h"

struct sha256_state {
	u32 state[8];
	u64 count;
	u8 buf[64];
};

void sha256_init(struct sha256_state *sha);
void sha256_update(struct sha256_state *sha, const u8 *data, unsigned int bytes);
void sha256_final(struct sha256_state *sha, u8 *out);

#define __noreturn

#endif

/**
 * struct purgatory_console - where purgatory reports to, while it does
 * @params: where that is
 * @stuck: it did not take a character in time, and gets no more
 */
struct purgatory_console {
	const struct purgatory_params *params;
	bool stuck;
};

/*
 * purgatory.c: called by the architecture's entry, with what the linker knows of its own place.
 * Comes back only if all is right.
 */
void purgatory_main(const struct purgatory_header *self, const struct purgatory_params *params,
		    const void *end);

/* params.c: in the blob. */
extern struct purgatory_params purgatory_params;

/* report.c */
void purgatory_put_text(struct purgatory_console *console, const char *text);
void purgatory_put_hex(struct purgatory_console *console, u64 value);

/* serial.c, or the architecture: a character; wait until all is sent. Both bounded. */
void purgatory_put_char(struct purgatory_console *console, char c);
void purgatory_drain(struct purgatory_console *console);

/* The architecture, for serial.c: I/O ports. */
u8 purgatory_port_read(u64 port);
void purgatory_port_write(u64 port, u8 value);

/* The architecture: the reset, which does not come back. */
void __noreturn purgatory_reset(void);

#endif /* _LIB_PURGATORY_H */
