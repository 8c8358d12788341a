// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which kernels kexec_file_load(2) takes: the policy over what a signature says.
 *
 * What is signed by a key that this kernel has must be right: a file that was changed after that is
 * never loaded. The key is looked for first, so a signature by another key says nothing, of a
 * changed file as little as of a whole one. A kernel with such a signature, or without any, is
 * refused under KEXEC_SIG_FORCE (or where IMA asks for the same), and under lockdown, unless IMA's
 * own policy has appraised the file. Otherwise it is loaded. A kernel built without KEXEC_SIG
 * can verify nothing: to it every file is one without a signature.
 *
 * Interface: kexec_verify_file(), set_kexec_sig_enforced(), kexec_generic_verify_sig().
 * Context: process, may sleep.
 *
 * Elsewhere: kexec_arch_ops.file_verify_sig knows the formats and the keyrings.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/ima.h>
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/security.h>

#include "kexec_file.h"

static bool kexec_sig_enforced = IS_ENABLED(CONFIG_KEXEC_SIG_FORCE);

/**
 * set_kexec_sig_enforced() - from now on as with KEXEC_SIG_FORCE
 *
 * For IMA, on a machine that booted securely.
 *
 * Context: any.
 */
void set_kexec_sig_enforced(void)
{
	kexec_sig_enforced = true;
}

/**
 * kexec_generic_verify_sig() - for a port whose kernels carry no signature
 * @kernel: the file
 * @bytes: its length
 *
 * Context: process. Return: -ENODATA.
 */
int kexec_generic_verify_sig(const void *kernel, size_t bytes)
{
	return -ENODATA;
}

static const char *kexec_sig_reason(int err)
{
	switch (err) {
	case -ENODATA:
		return "it is not signed";
	case -ENOKEY:
		return "it is signed with a key that is in no trusted keyring of this kernel";
	case -ENOPKG:
		return "its signature needs an algorithm that this kernel does not have";
	case -EKEYREJECTED:
		return "it was changed after it was signed, or its key was revoked";
	}
	return "its signature can not be read";
}

/* May a kernel be loaded whose signature says nothing (@err)? */
static int kexec_sig_unverified(int err, bool debug)
{
	if (kexec_sig_enforced) {
		pr_notice("load refused: the kernel has to be signed, and %s\n",
			  kexec_sig_reason(err));
		return err;
	}
	/* IMA has appraised the file while it was read, if its policy says so. */
	if (!ima_appraise_signature(READING_KEXEC_IMAGE) &&
	    security_locked_down(LOCKDOWN_KEXEC)) {
		pr_notice("load refused under lockdown: the kernel has to be signed, and %s\n",
			  kexec_sig_reason(err));
		return err == -ENODATA ? -EPERM : err;
	}
	if (debug)
		pr_info("kernel not verified: %s\n", kexec_sig_reason(err));
	return 0;
}

/**
 * kexec_verify_file() - is the kernel one that may be loaded?
 * @file: what was read
 * @debug: say it also where there is nothing wrong
 *
 * Context: process, may sleep and load modules; kexec_lock() not held.
 * Return: 0; -EPERM, -ENODATA, -ENOKEY, -ENOPKG, -EKEYREJECTED, -EBADMSG, each with a line.
 */
int kexec_verify_file(const struct kexec_file *file, bool debug)
{
	int ret = -ENODATA;

	if (IS_ENABLED(CONFIG_KEXEC_SIG))
		ret = kexec_arch_ops.file_verify_sig(file->kernel, file->kernel_bytes);
	switch (ret) {
	case 0:
		if (debug)
			pr_info("kernel signature verified\n");
		return 0;
	case -ENODATA:
	case -ENOKEY:
	case -ENOPKG:
		return kexec_sig_unverified(ret, debug);
	case -ENOMEM:
	case -EINTR:
		return ret;
	}
	pr_notice("load refused: kernel signature: %s (%d)\n", kexec_sig_reason(ret), ret);
	return ret == -EINVAL ? -EBADMSG : ret;
}
