/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spinning with planted registers: the C side's view of spin.S.
 */
#ifndef KDTEST_SPIN_H
#define KDTEST_SPIN_H

#include <linux/types.h>

void kdtest_spin(unsigned long seed, bool irqs_off);

#endif
