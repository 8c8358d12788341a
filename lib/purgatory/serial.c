// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where purgatory reports to: a serial port.
 *
 * The port is an 8250 which the kernel that loaded the image had as its console: speed and format
 * are set, so that all there is to do is to wait until it takes a character. Each wait is
 * bounded, and after one that was in vain nothing more is sent: a port that is not there, or whose
 * other side holds the line, must not keep the machine from its reset. Only I/O ports: the enter
 * stub's page tables map no device.
 *
 * Interface: purgatory.h. Context: purgatory.
 */
#include "purgatory.h"

/* Registers of an 8250, by number. */
#define UART_TRANSMIT		0
#define UART_LINE_STATUS	5

#define UART_HOLDING_EMPTY	0x20
#define UART_ALL_SENT		0x40

/* A read takes a microsecond on a bus of old: a second in all, more than any speed needs. */
#define UART_WAIT_READS		1000000

static u64 uart_port(const struct purgatory_params *params, unsigned int number)
{
	return params->serial_port + ((u64)number << params->serial_shift);
}

static bool uart_known(const struct purgatory_params *params)
{
	return params->serial_kind == PURGATORY_SERIAL_8250 && params->serial_shift < 8;
}

static void uart_wait(struct purgatory_console *console, u8 bit)
{
	u64 port = uart_port(console->params, UART_LINE_STATUS);
	unsigned int reads;

	for (reads = 0; reads < UART_WAIT_READS; reads++)
		if (purgatory_port_read(port) & bit)
			return;
	console->stuck = true;
}

/**
 * purgatory_put_char() - send a character
 * @console: the port
 * @c: the character
 *
 * Context: purgatory; waits at most about a second, once.
 */
void purgatory_put_char(struct purgatory_console *console, char c)
{
	if (console->stuck || !uart_known(console->params))
		return;
	uart_wait(console, UART_HOLDING_EMPTY);
	if (!console->stuck)
		purgatory_port_write(uart_port(console->params, UART_TRANSMIT), c);
}

/**
 * purgatory_drain() - wait until all is sent
 * @console: the port
 *
 * Context: purgatory; waits at most about a second.
 */
void purgatory_drain(struct purgatory_console *console)
{
	if (!console->stuck && uart_known(console->params))
		uart_wait(console, UART_ALL_SENT);
}
