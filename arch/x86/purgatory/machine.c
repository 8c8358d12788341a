// SPDX-License-Identifier: GPL-2.0-only
/*
 * The x86 half of purgatory in C: I/O ports and the reset.
 *
 * The reset needs no table of the firmware: the keyboard controller's line, then the register
 * that chipsets have at port 0xcf9, then a fault without an IDT, which shuts the CPU down and
 * which every PC answers with a reset. One of them works, and nothing comes after the last.
 *
 * Interface: lib/purgatory/purgatory.h. Context: purgatory.
 */
#include "../../../lib/purgatory/purgatory.h"

#define KEYBOARD_COMMAND_PORT	0x64
#define KEYBOARD_BUSY		0x02
#define KEYBOARD_PULSE_RESET	0xfe

#define CHIPSET_RESET_PORT	0xcf9
#define CHIPSET_RESET_COLD	0x0e

/* Reads of a port that does nothing: some 50 ms, for a reset to come into effect. */
#define RESET_WAIT_PORT		0x80
#define RESET_WAIT_READS	50000

/**
 * purgatory_port_read() - read a byte from an I/O port
 * @port: the port
 *
 * Context: purgatory.
 * Return: the byte.
 */
u8 purgatory_port_read(u64 port)
{
	u8 value;

	asm volatile("inb %w1, %0" : "=a" (value) : "Nd" ((u16)port));
	return value;
}

/**
 * purgatory_port_write() - write a byte to an I/O port
 * @port: the port
 * @value: the byte
 *
 * Context: purgatory.
 */
void purgatory_port_write(u64 port, u8 value)
{
	asm volatile("outb %0, %w1" : : "a" (value), "Nd" ((u16)port));
}

static void purgatory_reset_wait(void)
{
	unsigned int reads;

	for (reads = 0; reads < RESET_WAIT_READS; reads++)
		purgatory_port_read(RESET_WAIT_PORT);
}

/**
 * purgatory_reset() - reset the machine
 *
 * Context: purgatory; does not come back.
 */
void __noreturn purgatory_reset(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed no_idt;
	unsigned int reads;

	for (reads = 0; reads < RESET_WAIT_READS; reads++)
		if (!(purgatory_port_read(KEYBOARD_COMMAND_PORT) & KEYBOARD_BUSY))
			break;
	purgatory_port_write(KEYBOARD_COMMAND_PORT, KEYBOARD_PULSE_RESET);
	purgatory_reset_wait();

	purgatory_port_write(CHIPSET_RESET_PORT, CHIPSET_RESET_COLD);
	purgatory_reset_wait();

	asm volatile("lidt %0; ud2" : : "m" (no_idt));
	__builtin_unreachable();
}
