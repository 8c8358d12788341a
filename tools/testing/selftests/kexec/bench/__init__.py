# SPDX-License-Identifier: GPL-2.0-only
"""The bench: speed and memory of the capture, beside a stock kernel's.

guest.c     what is measured in the guest
machine.py  one machine: boot, load, crash, measure
smallest.py the smallest crashkernel= with which a capture succeeds
holes.py    filtered dumps, beside makedumpfile's
table.py    medians, ratios, goals, and how they are printed
order.py    the order of it all

No figure fails the bench: only a machine that does not capture does.
"""
from .order import run                          # noqa: F401
