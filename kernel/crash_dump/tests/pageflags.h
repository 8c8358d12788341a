/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own word on each page, saved at the crash; see pageflags.c.
 */
#ifndef _KERNEL_CRASH_DUMP_TESTS_PAGEFLAGS_H
#define _KERNEL_CRASH_DUMP_TESTS_PAGEFLAGS_H

#ifdef CONFIG_KDUMP_TEST_PAGEFLAGS
/* Panic, when all CPUs have stopped. */
void kdump_test_save_pageflags(void);
#else
static inline void kdump_test_save_pageflags(void) { }
#endif

#endif /* _KERNEL_CRASH_DUMP_TESTS_PAGEFLAGS_H */
