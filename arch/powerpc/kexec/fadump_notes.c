// SPDX-License-Identifier: GPL-2.0-only
/*
 * ELF notes for firmware-assisted dump.
 *
 * Firmware keeps the registers of each CPU, and the kernel that starts again writes them down as
 * notes, one behind the other in a buffer of its own. These two functions have the names
 * that fadump calls; the rest of kexec and kdump does not use them.
 *
 * Interface: append_elf_note(), final_note(), declared in asm/kexec.h. Context: boot.
 */
#include <linux/elf.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/string.h>

/**
 * append_elf_note() - write a note
 * @buf: where to, 4-byte aligned
 * @name: whose kind of note it is
 * @type: NT_*
 * @data: its content
 * @data_len: bytes of it
 *
 * Context: any.
 * Return: where the next one goes.
 */
u32 *append_elf_note(u32 *buf, char *name, unsigned int type, void *data, size_t data_len)
{
	size_t name_bytes = strlen(name) + 1;
	struct elf_note head = {
		.n_namesz = name_bytes,
		.n_descsz = data_len,
		.n_type = type,
	};

	memcpy(buf, &head, sizeof(head));
	buf += sizeof(head) / sizeof(*buf);
	memcpy(buf, name, name_bytes);
	buf += DIV_ROUND_UP(name_bytes, sizeof(*buf));
	memcpy(buf, data, data_len);
	return buf + DIV_ROUND_UP(data_len, sizeof(*buf));
}

/**
 * final_note() - write the empty note that ends a list
 * @buf: where to
 *
 * Context: any.
 */
void final_note(u32 *buf)
{
	memset(buf, 0, sizeof(struct elf_note));
}
