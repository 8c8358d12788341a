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
extern struct kunit_suite kdump_holes_suite;
extern struct kunit_suite kdump_image_suite;
extern struct kunit_suite kdump_notes_suite;
extern struct kunit_suite kdump_pagedesc_suite;
extern struct kunit_suite kdump_file_suite;
extern struct kunit_suite kdump_headers_suite;

void kdump_locked(struct kunit *test, void (*body)(struct kunit *test));

/*
 * A case under kexec_lock(). KUnit's init and exit are of no use for that: they may run in other
 * tasks, and a mutex belongs to one.
 */
#define LOCKED(_body)								\
	static void _body##_locked(struct kunit *test)				\
	{									\
		kdump_locked(test, _body);					\
	}

#define LOCKED_CASE(_body)							\
	{ .run_case = _body##_locked, .name = #_body, .module_name = KBUILD_MODNAME }
#define LOCKED_CASE_SLOW(_body)							\
	{ .run_case = _body##_locked, .name = #_body, .module_name = KBUILD_MODNAME,	\
	  .attr.speed = KUNIT_SPEED_SLOW }

#endif /* _KERNEL_CRASH_DUMP_TESTS_H */
