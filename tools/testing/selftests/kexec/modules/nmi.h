/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts that can not be masked, of each machine: the C side's view of nmi_*.c.
 */
#ifndef KDTEST_NMI_H
#define KDTEST_NMI_H

#include <linux/types.h>

/* One that nobody knows, to this CPU. Process context. Returns 0 or -errno. */
int kdtest_nmi_self(void);

/*
 * Puts @cpu where it takes no further one, and counts @placed up there. Process context.
 * Returns 0; -EOPNOTSUPP where a machine has no such place.
 */
int kdtest_deafen(int cpu, atomic_t *placed);

#endif
