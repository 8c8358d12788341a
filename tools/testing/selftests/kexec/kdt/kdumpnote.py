# SPDX-License-Identifier: GPL-2.0-only
"""Read the KDUMP note: what the crashed kernel says of itself.

The format is the contract in include/uapi/linux/kdump.h; this reader is
written from its text, independent of the kernel's writer and reader.
"""
import collections
import struct
import zlib

from .elfcore import DumpError

NAME, TYPE = "KDUMP", 0x4b440001
MAGIC, MAJOR = 0x504d444b, 1
SEALED = 1
SECTION_CRASH, SECTION_CPUS, SECTION_STACKS = 1, 2, 3
OFFLINE, RUNNING, CRASHING, STOPPED, SILENT = range(5)
STATES = ("offline", "running", "crashing", "stopped", "silent")
STACK_NONE, STACK_TASK, STACK_IRQ = range(3)

Crash = collections.namedtuple(
    "Crash", "crashing_cpu entries begin_ns verify_ns stop_ns seal_ns")
Cpu = collections.namedtuple("Cpu",
                             "cpu state pid stacks task_va stopped_ns")
Stack = collections.namedtuple("Stack", "va pa bytes cpu kind")
RECORDS = {SECTION_CRASH: (Crash, "<IIQQQQ"),
           SECTION_CPUS: (Cpu, "<IIIIQQ"),
           SECTION_STACKS: (Stack, "<QQIII4x")}


class KdumpNote:
    """crash: Crash; cpus: {number: Cpu}; stacks: [Stack]."""

    def __init__(self, core):
        found = [n for n in core.notes if n.name == NAME and n.type == TYPE]
        if len(found) != 1:
            raise DumpError(f"{len(found)} KDUMP notes, 1 is right")
        desc = found[0].desc
        if len(desc) < 24:
            raise DumpError(f"the KDUMP note is {len(desc)} bytes short")
        magic, major, self.minor, header, total, crc, self.flags = \
            struct.unpack_from("<IHHIIII", desc)
        if magic != MAGIC or major != MAJOR:
            raise DumpError(f"the KDUMP note has magic {magic:#x}, version "
                            f"{major}; {MAGIC:#x} and {MAJOR} are right")
        if not 24 <= header <= total <= len(desc):
            raise DumpError(f"the KDUMP note's sizes do not fit: header "
                            f"{header}, total {total} of {len(desc)}")
        real = zlib.crc32(desc[:16] + bytes(4) + desc[20:total])
        if real != crc:
            raise DumpError(f"the KDUMP note's checksum is {crc:#x}, its "
                            f"bytes give {real:#x}")
        self._records = {}
        at = header
        while at < total:
            kind, size, record, count = struct.unpack_from("<IIII", desc, at)
            if size < 16 or size % 8 or at + size > total or \
                    record * count > size - 16:
                raise DumpError(f"section {kind} of the KDUMP note does not "
                                f"fit: {size} bytes at {at} of {total}")
            if kind in RECORDS:
                make, layout = RECORDS[kind]
                if record < struct.calcsize(layout):
                    raise DumpError(f"records of section {kind} are {record} "
                                    "bytes")
                self._records[kind] = [
                    make(*struct.unpack_from(layout, desc,
                                             at + 16 + i * record))
                    for i in range(count)]
            at += size
        if len(self._records.get(SECTION_CRASH, [])) != 1:
            raise DumpError("the KDUMP note has no crash section")
        self.crash = self._records[SECTION_CRASH][0]
        self.cpus = {c.cpu: c for c in self._records.get(SECTION_CPUS, [])}
        self.stacks = [s for s in self._records.get(SECTION_STACKS, [])
                       if s.kind != STACK_NONE]

    @property
    def sealed(self):
        return bool(self.flags & SEALED)
