/* SPDX-License-Identifier: GPL-2.0-only */
/* The suites of crash_dump_kunit; main.c registers them. */
#ifndef _KERNEL_CRASH_DUMP_TESTS_H
#define _KERNEL_CRASH_DUMP_TESTS_H

#include <kunit/test.h>

extern struct kunit_suite kdump_cmdline_suite;
extern struct kunit_suite kdump_elfcore_suite;
extern struct kunit_suite kdump_reserve_suite;
extern struct kunit_suite kdump_dump_suite;
extern struct kunit_suite kdump_oldmem_suite;
extern struct kunit_suite kdump_filter_suite;
extern struct kunit_suite kdump_image_suite;
extern struct kunit_suite kdump_notes_suite;
extern struct kunit_suite kdump_pagedesc_suite;
extern struct kunit_suite kdump_file_suite;
extern struct kunit_suite kdump_headers_suite;

#endif /* _KERNEL_CRASH_DUMP_TESTS_H */
