// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the crash dump code that need a running kernel.
 *
 * What needs none is tested on the host, with sanitizers and fuzzers:
 * tools/testing/kdump-host. Here a few of the same cases show that the kernel's
 * build of the pure files agrees, and the reserved memory is looked at.
 *
 * Context: module load, process.
 */
#include <linux/kexec.h>
#include <linux/module.h>

#include "tests.h"

static void locked_left(void *unused)
{
	kexec_unlock();
}

/**
 * kdump_locked() - run the body of a case under kexec_lock()
 * @test: the test
 * @body: what is run; what it leaves to be released, an image of its own, is released unlocked
 *
 * A body that is aborted, its task with it, leaves the lock to the cleanup.
 */
void kdump_locked(struct kunit *test, void (*body)(struct kunit *test))
{
	KUNIT_ASSERT_EQ(test, 0, kexec_lock());
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, locked_left, NULL));
	body(test);
	kunit_release_action(test, locked_left, NULL);
}

kunit_test_suites(&kdump_cmdline_suite, &kdump_elfcore_suite,
		  &kdump_reserve_suite, &kdump_dump_suite,
		  &kdump_oldmem_suite, &kdump_holes_suite, &kdump_filter_suite,
		  &kdump_image_suite, &kdump_notes_suite, &kdump_pagedesc_suite);

#ifdef CONFIG_KEXEC_FILE
kunit_test_suites(&kdump_file_suite);
#endif

#ifdef CONFIG_CRASH_HOTPLUG
kunit_test_suites(&kdump_headers_suite);
#endif

MODULE_DESCRIPTION("KUnit tests of crash dump");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
