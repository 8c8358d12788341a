# SPDX-License-Identifier: GPL-2.0-only
"""The test harness of kexec and kdump: virtual machines, dumps, verdicts.

vm        one virtual machine: start, talk to its agent, stop, inject
initramfs what the guests boot
guest     load, crash and capture in a running machine, for every test
elfcore   read a dump: headers, notes, VMCOREINFO, memory, the log
report    result lines and the parallel runner
demo, matrix, kunit, abi, truth, clients: one test area each
"""
