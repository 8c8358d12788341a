// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ppc64 half of purgatory in C: the terminal, the reset, the first bytes of memory.
 *
 * Where there is no kernel there still is firmware: under a hypervisor a terminal, by
 * H_PUT_TERM_CHAR, and RTAS, which resets the machine; on bare metal OPAL, which does both. OPAL
 * has no thread of its own: what it began goes on when it is polled.
 *
 * Interface: lib/purgatory/purgatory.h, the terminal in place of serial.c; purgatory_keep_low() for
 * entry.S. Context: purgatory.
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <asm/byteorder.h>
#include <asm/opal-api.h>
#include <asm/purgatory_info.h>

#include "../../../lib/purgatory/purgatory.h"
#include "entry.h"

/* PAPR: hypervisor call and what it answers. */
#define H_PUT_TERM_CHAR		0x58
#define H_BUSY			1

/* A hypervisor, or OPAL, that is busy for that many calls does not take it at all. */
#define TERMINAL_ATTEMPTS	100000

/* As entry.S and the loader have them. */
static_assert(sizeof(struct purgatory_header) == PURGATORY_INFO_OFFSET);
static_assert(sizeof(struct purgatory_info) == PURGATORY_INFO_BYTES);
static_assert(offsetof(struct purgatory_info, self_pa) == 0);

/* RTAS takes its arguments below 4 GiB; no vector is there, and no kernel is left to need it. */
#define RTAS_ARGS_PA		0x4000

static long opal_call(u64 token, u64 a, u64 b, u64 c)
{
	return purgatory_opal(purgatory_info.firmware_base, purgatory_info.firmware_entry, token,
			      a, b, c);
}

/* Whether it is worth another attempt; OPAL has gone on then. */
static bool opal_is_busy(long ret)
{
	if (ret != OPAL_BUSY && ret != OPAL_BUSY_EVENT)
		return false;
	opal_call(OPAL_POLL_EVENTS, 0, 0, 0);
	return true;
}

/* One attempt; false: none more is needed. */
static bool terminal_is_busy(u8 c)
{
	__be64 bytes = cpu_to_be64(1);

	if (!purgatory_info.firmware_is_opal)
		return purgatory_hcall(H_PUT_TERM_CHAR, purgatory_info.terminal, 1, (u64)c << 56,
				       0) == H_BUSY;
	return opal_is_busy(opal_call(OPAL_CONSOLE_WRITE, purgatory_info.terminal,
				      (unsigned long)&bytes, (unsigned long)&c));
}

/**
 * purgatory_put_char() - send a character
 * @console: state of the report
 * @c: the character
 *
 * Context: purgatory; bounded.
 */
void purgatory_put_char(struct purgatory_console *console, char c)
{
	unsigned int attempts;

	if (console->stuck || !purgatory_info.has_terminal)
		return;
	for (attempts = 0; attempts < TERMINAL_ATTEMPTS; attempts++)
		if (!terminal_is_busy(c))
			return;
	console->stuck = true;
}

/**
 * purgatory_drain() - wait until all is sent
 * @console: state of the report
 *
 * The hypervisor has it, once it took it. OPAL says so until all is out.
 *
 * Context: purgatory; bounded, as far as the firmware's calls are.
 */
void purgatory_drain(struct purgatory_console *console)
{
	unsigned int attempts;
	long ret;

	if (console->stuck || !purgatory_info.firmware_is_opal || !purgatory_info.has_terminal)
		return;
	for (attempts = 0; attempts < TERMINAL_ATTEMPTS; attempts++) {
		ret = opal_call(OPAL_CONSOLE_FLUSH, purgatory_info.terminal, 0, 0);
		if (ret != OPAL_PARTIAL && !opal_is_busy(ret))
			return;
	}
}

/*
 * It resets the machine at a moment of its own; until then polling is all there is to do. It is
 * asked once: each time costs it a message of its own.
 */
static void __noreturn opal_reset(void)
{
	while (opal_is_busy(opal_call(OPAL_CEC_REBOOT, 0, 0, 0)))
		;
	for (;;)
		opal_call(OPAL_POLL_EVENTS, 0, 0, 0);
}

/**
 * purgatory_reset() - reset the machine
 *
 * Context: purgatory; does not come back.
 */
void __noreturn purgatory_reset(void)
{
	const struct purgatory_info *info = &purgatory_info;
	__be32 *args = (__be32 *)RTAS_ARGS_PA;

	if (info->firmware_entry && info->firmware_is_opal)
		opal_reset();
	/* PAPR: token, number of arguments, number of results, the result. */
	args[0] = cpu_to_be32(info->reboot_token);
	args[1] = 0;
	args[2] = cpu_to_be32(1);
	args[3] = 0;
	if (info->firmware_entry)
		purgatory_rtas(args, info->firmware_base, info->firmware_entry);
	/* No vectors are here: a trap is what is left. */
	__builtin_trap();
}

/**
 * purgatory_keep_low() - put right what of low memory was overwritten before it was copied
 *
 * Context: purgatory, after purgatory_main().
 */
void purgatory_keep_low(void)
{
	const struct purgatory_params *params = &purgatory_params;

	if (!params->backup_bytes || !purgatory_info.low_saved)
		return;
	memcpy((void *)(unsigned long)params->backup_dst_pa,
	       (const void *)(unsigned long)(purgatory_info.self_pa + purgatory_info.low_saved),
	       PURGATORY_LOW_BYTES);
}
