// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last line of a crash: texts and numbers, character by character.
 *
 * Where a character goes is serial.c's business, or that of an architecture that has no such port.
 *
 * Interface: purgatory.h. Context: purgatory.
 */
#include "purgatory.h"

/**
 * purgatory_put_text() - send a text
 * @console: state of the report
 * @text: ends with a zero byte
 *
 * Context: purgatory.
 */
void purgatory_put_text(struct purgatory_console *console, const char *text)
{
	while (*text)
		purgatory_put_char(console, *text++);
}

/**
 * purgatory_put_hex() - send a number
 * @console: state of the report
 * @value: sent as hexadecimal digits, without leading zeros
 *
 * Context: purgatory.
 */
void purgatory_put_hex(struct purgatory_console *console, u64 value)
{
	int shift = 60;

	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		purgatory_put_char(console, "0123456789abcdef"[value >> shift & 0xf]);
}
