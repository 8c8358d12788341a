// SPDX-License-Identifier: GPL-2.0-only
/*
 * The signature of a bzImage: that of a PE file, as UEFI's secure boot verifies it.
 *
 * The keys are those that this kernel was built with and those that were added to its secondary
 * keyring; then, where firmware has enrolled some, the platform's. A vmlinux has no place for
 * a signature.
 *
 * Interface: kexec_arch_ops.file_verify_sig. Context: process, may sleep.
 *
 * Elsewhere: kernel/kexec_sig.c says what follows from it.
 */
#include <linux/kexec.h>
#include <linux/pe.h>
#include <linux/unaligned.h>
#include <linux/verification.h>

#include "bzimage_parse.h"
#include "internal.h"

/* A file that the loader will refuse has no format, hence no signature. */
static bool x86_is_bzimage(const void *kernel, size_t bytes)
{
	struct bzimage_error err;
	struct bzimage bz;

	bzimage_parse(kernel, bytes, &bz, &err);
	return err.reason != BZIMAGE_NONE && bytes >= sizeof(u16) &&
	       get_unaligned_le16(kernel) == MZ_MAGIC;
}

/**
 * x86_file_verify_sig() - verify the signature of a kernel
 * @kernel: the file
 * @bytes: its length
 *
 * Context: process, may sleep.
 * Return: 0; -ENODATA without a signature; -EKEYREJECTED if it does not match or its key was
 * revoked; -ENOKEY if no keyring has its key; -ENOPKG for an algorithm that this kernel does not
 * have; -EBADMSG or -ELIBBAD if it can not be read; -EFBIG.
 */
int x86_file_verify_sig(const void *kernel, size_t bytes)
{
	int ret;

	if (!x86_is_bzimage(kernel, bytes))
		return -ENODATA;
	if (bytes > UINT_MAX)
		return -EFBIG;
	ret = verify_pefile_signature(kernel, bytes, VERIFY_USE_SECONDARY_KEYRING,
				      VERIFYING_KEXEC_PE_SIGNATURE);
	if (ret == -ENOKEY && IS_ENABLED(CONFIG_INTEGRITY_PLATFORM_KEYRING))
		ret = verify_pefile_signature(kernel, bytes, VERIFY_USE_PLATFORM_KEYRING,
					      VERIFYING_KEXEC_PE_SIGNATURE);
	return ret;
}
