// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may load an image, and how often.
 *
 * Three sysctls restrict the load system calls; each moves in one direction only, so that an
 * administrator can load once at boot and then be sure that nothing is loaded any more:
 *
 *	kernel.kexec_load_disabled	 0, then 1 for ever
 *	kernel.kexec_load_limit_panic	 calls left for crash images, -1: no limit
 *	kernel.kexec_load_limit_reboot	 the same for ordinary images
 *
 * Contract: Documentation/admin-guide/sysctl/kernel.rst.
 *
 * Interface: kexec_load_permitted(). Context: process, may sleep.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/capability.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/sysctl.h>

#include "kexec_internal.h"

#define KEXEC_UNLIMITED		(-1)

/* Guards the limits: taking one call off, and replacing a limit by a lower one. */
static DEFINE_MUTEX(kexec_limit_lock);

static int kexec_load_disabled;
static int kexec_load_limit[] = {
	[KEXEC_TYPE_DEFAULT] = KEXEC_UNLIMITED,
	[KEXEC_TYPE_CRASH] = KEXEC_UNLIMITED,
};

/**
 * kexec_load_permitted() - may the caller load or unload, now?
 * @type: KEXEC_TYPE_DEFAULT or KEXEC_TYPE_CRASH
 *
 * Takes one call off the limit of @type.
 *
 * Context: process, may sleep.
 * Return: 0 or -EPERM.
 */
int kexec_load_permitted(int type)
{
	int *left = &kexec_load_limit[type];
	int ret = 0;

	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (READ_ONCE(kexec_load_disabled)) {
		pr_info("load refused: sysctl kernel.kexec_load_disabled is 1\n");
		return -EPERM;
	}

	mutex_lock(&kexec_limit_lock);
	if (!*left) {
		pr_info("load refused: no call left in sysctl kernel.kexec_load_limit_%s\n",
			type == KEXEC_TYPE_CRASH ? "panic" : "reboot");
		ret = -EPERM;
	} else if (*left != KEXEC_UNLIMITED) {
		(*left)--;
	}
	mutex_unlock(&kexec_limit_lock);
	return ret;
}

#ifdef CONFIG_SYSCTL

/* A limit may be read by everybody, and written if the new one is stricter. */
static int kexec_limit_sysctl(const struct ctl_table *table, int write, void *buffer,
			      size_t *lenp, loff_t *ppos)
{
	int *left = table->data;
	int value;
	struct ctl_table local = {
		.procname = table->procname,
		.data = &value,
		.maxlen = sizeof(value),
		.mode = table->mode,
	};
	int ret;

	mutex_lock(&kexec_limit_lock);
	value = *left;
	ret = proc_dointvec(&local, write, buffer, lenp, ppos);
	if (!ret && write) {
		if (value < 0 || (*left != KEXEC_UNLIMITED && value >= *left))
			ret = -EINVAL;
		else
			*left = value;
	}
	mutex_unlock(&kexec_limit_lock);
	return ret;
}

static struct ctl_table kexec_limit_table[] = {
	{
		.procname	= "kexec_load_disabled",
		.data		= &kexec_load_disabled,
		.maxlen		= sizeof(kexec_load_disabled),
		.mode		= 0644,
		/* From 0 to 1, and never back. */
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ONE,
		.extra2		= SYSCTL_ONE,
	},
	{
		.procname	= "kexec_load_limit_panic",
		.data		= &kexec_load_limit[KEXEC_TYPE_CRASH],
		.mode		= 0644,
		.proc_handler	= kexec_limit_sysctl,
	},
	{
		.procname	= "kexec_load_limit_reboot",
		.data		= &kexec_load_limit[KEXEC_TYPE_DEFAULT],
		.mode		= 0644,
		.proc_handler	= kexec_limit_sysctl,
	},
};

static int __init kexec_limit_init(void)
{
	register_sysctl_init("kernel", kexec_limit_table);
	return 0;
}
late_initcall(kexec_limit_init);

#endif /* CONFIG_SYSCTL */
