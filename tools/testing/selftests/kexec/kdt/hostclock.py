# SPDX-License-Identifier: GPL-2.0-only
"""The rate of the time stamp counter, told to the guests.

Under TCG a guest's TSC runs at the host's rate, but its timers run when QEMU
gets a CPU. On a busy host the guest's calibration is then off by as much as a
factor of ten, and with it its clock, its delays and every detector of lockups.
So the rate is measured here, and the guest is told (tsc_early_khz=). The
check at boot that the timer ticks as often as the TSC says is left out for
the same reason (no_timer_check): a busy host made kernels panic there.
"""
import ctypes
import mmap
import platform
import statistics
import time

# rdtsc; shl $32, %rdx; or %rdx, %rax; ret
READ_TSC = bytes.fromhex("0f3148c1e2204809d0c3")
SAMPLES = 5
SAMPLE_S = 0.02
# A pair of readings further apart than this was interrupted.
PAIR_NS = 5000
PAIR_ATTEMPTS = 1000


def _pair(read_tsc):
    for _ in range(PAIR_ATTEMPTS):
        before = time.monotonic_ns()
        tsc = read_tsc()
        after = time.monotonic_ns()
        if after - before < PAIR_NS:
            break
    return before, tsc


def tsc_khz():
    """The host's rate in kHz, or None where there is none to be had."""
    if platform.machine() != "x86_64":
        return None
    try:
        page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ
                         | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:                     # a policy forbids such pages
        return None
    page.write(READ_TSC)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    read_tsc = ctypes.CFUNCTYPE(ctypes.c_uint64)(address)
    rates = []
    for _ in range(SAMPLES):
        t0, c0 = _pair(read_tsc)
        time.sleep(SAMPLE_S)
        t1, c1 = _pair(read_tsc)
        rates.append((c1 - c0) * 1000000 // (t1 - t0))
    return int(statistics.median(rates))


def kernel_parameter():
    khz = tsc_khz()
    return "no_timer_check" + (f" tsc_early_khz={khz}" if khz else "")
