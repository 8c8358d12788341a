// SPDX-License-Identifier: GPL-2.0-only
/*
 * The serial port that purgatory reports to: the one that this kernel's console writes to.
 *
 * Only an 8250 at I/O ports, because purgatory has a driver for nothing else and page tables for no
 * device, and only one that is a console, because then speed and format are set and somebody is
 * listening. Nothing is guessed: without
 * such a console purgatory is told that it has none.
 *
 * Interface: linux/purgatory.h, kexec_file.h. Context: process, may sleep.
 *
 * Elsewhere: lib/purgatory/serial.c writes to it.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/console.h>
#include <linux/kexec.h>
#include <linux/purgatory.h>
#include <linux/serial_core.h>
#include <linux/string.h>

/* The port of a console that is an 8250, or NULL. */
static const struct uart_port *kexec_console_port(const struct console *con)
{
	const struct uart_driver *driver;

	if (con->device != uart_console_device || con->index < 0)
		return NULL;
	/* Other drivers' registers are something else, whatever their devices are called. */
	driver = con->data;
	if (strcmp(driver->driver_name, "serial") || strcmp(driver->dev_name, "ttyS") ||
	    con->index >= driver->nr)
		return NULL;
	return driver->state[con->index].uart_port;
}

/**
 * purgatory_set_serial() - name the serial port that purgatory reports to
 * @params: its parameters; serial_port, serial_kind and serial_shift are written
 *
 * Context: process, may sleep.
 */
void purgatory_set_serial(struct purgatory_params *params)
{
	struct console *con;

	params->serial_kind = PURGATORY_SERIAL_NONE;
	params->serial_port = 0;
	params->serial_shift = 0;
	if (!IS_BUILTIN(CONFIG_SERIAL_8250_CONSOLE))
		return;

	console_list_lock();
	for_each_console(con) {
		const struct uart_port *port = kexec_console_port(con);

		if (!port || port->iotype != UPIO_PORT)
			continue;
		params->serial_kind = PURGATORY_SERIAL_8250;
		params->serial_port = port->iobase;
		params->serial_shift = port->regshift;
		kexec_dprintk("purgatory reports to %s%d at I/O port 0x%llx\n", con->name,
			      con->index, params->serial_port);
		break;
	}
	console_list_unlock();
}
