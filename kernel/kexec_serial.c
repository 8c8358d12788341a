// SPDX-License-Identifier: GPL-2.0-only
/*
 * The serial port that purgatory reports to: the one that this kernel's console writes to.
 *
 * Only an 8250, because purgatory has a driver for nothing else, and only one that is a console,
 * because then speed and format are set and somebody is listening. Nothing is guessed: without
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

static bool kexec_take_port(struct purgatory_params *params, const struct uart_port *port)
{
	switch (port->iotype) {
	case UPIO_PORT:
		params->serial_kind = PURGATORY_SERIAL_8250_PORT;
		params->serial_pa = port->iobase;
		break;
	case UPIO_MEM:
		params->serial_kind = PURGATORY_SERIAL_8250_MMIO;
		params->serial_pa = port->mapbase;
		break;
	case UPIO_MEM32:
		params->serial_kind = PURGATORY_SERIAL_8250_MMIO32;
		params->serial_pa = port->mapbase;
		break;
	default:
		return false;
	}
	params->serial_shift = port->regshift;
	return true;
}

/**
 * purgatory_set_serial() - name the serial port that purgatory reports to
 * @params: its parameters; serial_pa, serial_kind and serial_shift are written
 *
 * Context: process, may sleep.
 */
void purgatory_set_serial(struct purgatory_params *params)
{
	struct console *con;

	params->serial_kind = PURGATORY_SERIAL_NONE;
	params->serial_pa = 0;
	params->serial_shift = 0;
	if (!IS_BUILTIN(CONFIG_SERIAL_8250_CONSOLE))
		return;

	console_list_lock();
	for_each_console(con) {
		const struct uart_port *port = kexec_console_port(con);

		if (port && kexec_take_port(params, port)) {
			kexec_dprintk("purgatory reports to %s%d at 0x%llx\n", con->name,
				      con->index, params->serial_pa);
			break;
		}
	}
	console_list_unlock();
}
