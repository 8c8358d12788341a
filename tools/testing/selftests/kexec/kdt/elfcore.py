# SPDX-License-Identifier: GPL-2.0-only
"""Read a dump: ELF headers, notes, VMCOREINFO, memory, registers, the log.

Written for the tests, independent of the kernel code and of the dump tools it
is held against. A dump is anything that can be read at an offset: a file on
the host, or /proc/vmcore in a running capture kernel through its agent.
"""
import bisect
import collections
import os
import struct

PT_LOAD, PT_NOTE = 1, 4
NT_PRSTATUS = 1
PAGE_BYTES = 4096
# Linux: kernel text is mapped from here on (Documentation/arch/x86/x86_64/mm.rst)
START_KERNEL_MAP = 0xffffffff80000000

# struct elf_prstatus of a 64-bit kernel: pr_pid, then pr_reg.
PRSTATUS_PID = 32
PRSTATUS_REGS = 112

# How a machine's registers are noted down.
Machine = collections.namedtuple("Machine", "name prstatus_bytes registers "
                                 "pc sp")
# By e_machine: user_regs_struct of x86_64, the first of ELF_NGREG of ppc64.
MACHINES = {
    62: Machine("x86_64", 336, (
        "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax "
        "rip cs eflags rsp ss fs_base gs_base ds es fs gs").split(),
        "rip", "rsp"),
    21: Machine("ppc64", 504, [f"gpr{n}" for n in range(32)] + (
        "nip msr orig_gpr3 ctr link xer ccr softe trap dar dsisr "
        "result").split(), "nip", "gpr1"),
}

Segment = collections.namedtuple("Segment",
                                 "type flags offset vaddr paddr filesz memsz")
Note = collections.namedtuple("Note", "name type desc")


class DumpError(Exception):
    """The dump does not hold what it should."""


class File:
    """A dump in a file of the host."""

    def __init__(self, path):
        self.path = path
        self._fd = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._fd).st_size

    def read(self, offset, size):
        return os.pread(self._fd, size, offset)

    def close(self):
        os.close(self._fd)


class Remote:
    """A dump in the guest, read through its agent."""

    def __init__(self, vm, path="/proc/vmcore"):
        self._vm, self.path = vm, path
        self.size = int(vm.run(f"stat -c %s {path}"))

    def read(self, offset, size):
        return self._vm.read(self.path, offset, size)


class Core:
    """An ELF64 core of a little-endian kernel."""

    def __init__(self, source):
        self.source = source
        head = self._at(0, 64)
        if head[:6] != b"\x7fELF\x02\x01":
            raise DumpError("not a little-endian ELF64 file: "
                            + head[:6].hex())
        (self.type, self.machine, _, _, phoff, _, _, _, phentsize,
         phnum) = struct.unpack_from("<HHIQQQIHHH", head, 16)
        if self.type != 4 or self.machine not in MACHINES or phentsize != 56:
            raise DumpError(f"not a core: type {self.type}, machine "
                            f"{self.machine}, phentsize {phentsize}")
        raw = self._at(phoff, phnum * 56)
        self.segments = []
        for number in range(phnum):
            kind, flags, *rest, _ = struct.unpack_from("<IIQQQQQQ", raw,
                                                       number * 56)
            self.segments.append(Segment(kind, flags, *rest))
        self.loads = [s for s in self.segments if s.type == PT_LOAD]
        self.notes = []
        for segment in self.segments:
            if segment.type == PT_NOTE:
                self.notes += list(self._notes(segment))
        self.vmcoreinfo_raw = b""
        for note in self.notes:
            if note.name == "VMCOREINFO":
                self.vmcoreinfo_raw = note.desc
        self.vmcoreinfo = dict(
            line.split("=", 1) for line in
            self.vmcoreinfo_raw.decode(errors="replace").splitlines()
            if "=" in line)
        by_pa = sorted((s for s in self.loads if s.filesz),
                       key=lambda s: s.paddr)
        self._by_va = sorted((s for s in self.loads if s.filesz),
                             key=lambda s: s.vaddr)
        self._va_starts = [s.vaddr for s in self._by_va]
        self._by_pa = by_pa
        self._pa_starts = [s.paddr for s in by_pa]

    def _at(self, offset, size):
        data = self.source.read(offset, size)
        if len(data) != size:
            raise DumpError(f"the dump ends at {offset + len(data):#x}, "
                            f"{size} bytes wanted at {offset:#x}")
        return data

    def _notes(self, segment):
        data = self._at(segment.offset, segment.filesz)
        at = 0
        while at + 12 <= len(data):
            namesz, descsz, kind = struct.unpack_from("<III", data, at)
            name = at + 12
            desc = name + (namesz + 3 & ~3)
            end = desc + (descsz + 3 & ~3)
            if not namesz and not descsz and not kind:
                break
            if end > len(data):
                raise DumpError(f"note at {at:#x} of the PT_NOTE overruns it")
            yield Note(data[name:name + namesz].rstrip(b"\0").decode(),
                       kind, data[desc:desc + descsz])
            at = end

    # Registers.

    def prstatus(self):
        """One dict a CPU with notes, in order: pid and the registers.

        pc and sp are what the machine has for those.
        """
        found, machine = [], MACHINES[self.machine]
        layout = f"<{len(machine.registers)}Q"
        for note in self.notes:
            if note.name != "CORE" or note.type != NT_PRSTATUS:
                continue
            if len(note.desc) != machine.prstatus_bytes:
                raise DumpError(f"NT_PRSTATUS of {len(note.desc)} bytes, "
                                f"{machine.prstatus_bytes} are right")
            regs = dict(zip(machine.registers, struct.unpack_from(
                layout, note.desc, PRSTATUS_REGS)))
            regs["pc"], regs["sp"] = regs[machine.pc], regs[machine.sp]
            regs["pid"], = struct.unpack_from("<I", note.desc, PRSTATUS_PID)
            found.append(regs)
        return found

    # Memory.

    @staticmethod
    def _find(starts, segments, address, field):
        at = bisect.bisect_right(starts, address) - 1
        # Segments may overlap (one aliases a page of another): look back.
        while at >= 0:
            segment = segments[at]
            inside = address - getattr(segment, field)
            if inside < segment.filesz:
                return segment, inside
            at -= 1
        raise DumpError(f"{field} {address:#x} is in no PT_LOAD")

    def _memory(self, starts, segments, address, size, field):
        parts = []
        while size:
            segment, inside = self._find(starts, segments, address, field)
            step = min(size, segment.filesz - inside)
            parts.append(self._at(segment.offset + inside, step))
            address, size = address + step, size - step
        return b"".join(parts)

    def virtual(self, address, size):
        return self._memory(self._va_starts, self._by_va, address, size,
                            "vaddr")

    def physical(self, address, size):
        return self._memory(self._pa_starts, self._by_pa, address, size,
                            "paddr")

    def u32(self, address):
        return struct.unpack("<I", self.virtual(address, 4))[0]

    def u64(self, address):
        return struct.unpack("<Q", self.virtual(address, 8))[0]

    # VMCOREINFO.

    def info(self, kind, name):
        key = f"{kind}({name})"
        try:
            return int(self.vmcoreinfo[key],
                       16 if kind in ("SYMBOL",) else 10)
        except KeyError:
            raise DumpError(f"VMCOREINFO lacks {key}") from None

    def kaslr_offset(self):
        try:
            return int(self.vmcoreinfo["KERNELOFFSET"], 16)
        except KeyError:
            raise DumpError("VMCOREINFO lacks KERNELOFFSET") from None

    def log(self):
        """The kernel log as text, read from the printk ring buffer.

        Layout: kernel/printk/printk_ringbuffer.h; offsets from VMCOREINFO.
        """
        def off(what, field):
            return self.info("OFFSET", f"{what}.{field}")

        def word(raw, at):
            return struct.unpack_from("<Q", raw, at)[0]

        ring = self.virtual(self.u64(self.info("SYMBOL", "prb")),
                            self.info("SIZE", "printk_ringbuffer"))
        counter = self.info("OFFSET", "atomic_long_t.counter")
        desc_ring = off("printk_ringbuffer", "desc_ring")
        text_ring = off("printk_ringbuffer", "text_data_ring")
        bits, = struct.unpack_from(
            "<I", ring, desc_ring + off("prb_desc_ring", "count_bits"))
        count = 1 << bits
        desc_size = self.info("SIZE", "prb_desc")
        info_size = self.info("SIZE", "printk_info")
        descs = self.virtual(
            word(ring, desc_ring + off("prb_desc_ring", "descs")),
            count * desc_size)
        infos = self.virtual(
            word(ring, desc_ring + off("prb_desc_ring", "infos")),
            count * info_size)
        tail = word(ring, desc_ring + off("prb_desc_ring", "tail_id") + counter)
        head = word(ring, desc_ring + off("prb_desc_ring", "head_id") + counter)
        size_bits, = struct.unpack_from(
            "<I", ring, text_ring + off("prb_data_ring", "size_bits"))
        text_size = 1 << size_bits
        text = self.virtual(word(ring, text_ring + off("prb_data_ring", "data")),
                            text_size)
        id_mask = (1 << 62) - 1
        lines = []
        for step in range(count):
            ident = (tail + step) & id_mask
            at = (ident % count) * desc_size
            state = word(descs, at + off("prb_desc", "state_var") + counter)
            if state & id_mask == ident and state >> 62 in (1, 2):
                blk = at + off("prb_desc", "text_blk_lpos")
                begin = word(descs, blk + off("prb_data_blk_lpos", "begin"))
                end = word(descs, blk + off("prb_data_blk_lpos", "next"))
                at = (ident % count) * info_size
                stamp = word(infos, at + off("printk_info", "ts_nsec"))
                length, = struct.unpack_from(
                    "<H", infos, at + off("printk_info", "text_len"))
                if not begin & 1:
                    if begin >> size_bits == end >> size_bits:
                        start = begin % text_size
                    else:
                        start = 0
                    start += 8
                    lines.append("[%5d.%06d] %s" % (
                        stamp // 10**9, stamp // 1000 % 10**6,
                        text[start:start + length].decode(errors="replace")))
            if ident == head & id_mask:
                break
        return "\n".join(lines) + "\n"


def _symbol_table(vmlinux):
    """(name, st_info, st_other, section's index, value) of each symbol."""
    with open(vmlinux, "rb") as f:
        head = f.read(64)
        shoff, = struct.unpack_from("<Q", head, 40)
        entsize, shnum = struct.unpack_from("<HH", head, 58)
        f.seek(shoff)
        table = f.read(entsize * shnum)
        sections = [struct.unpack_from("<IIQQQQIIQQ", table, i * entsize)
                    for i in range(shnum)]
        for section in sections:
            if section[1] != 2:         # SHT_SYMTAB
                continue
            f.seek(section[4])
            raw = f.read(section[5])
            names = sections[section[6]]
            f.seek(names[4])
            strings = f.read(names[5])
            for name, info, other, index, value, _ in struct.iter_unpack(
                    "<IBBHQQ", raw):
                end = strings.index(b"\0", name)
                yield strings[name:end].decode(), info, other, index, value


def file_ends(path):
    """Where the content of each PT_LOAD ends in an ELF64 file; none if the file
    is no such one."""
    with open(path, "rb") as f:
        head = f.read(64)
        if head[:5] != b"\x7fELF\2":
            return []
        phoff, = struct.unpack_from("<Q", head, 32)
        entsize, phnum = struct.unpack_from("<HH", head, 54)
        f.seek(phoff)
        table = f.read(entsize * phnum)
    headers = [struct.unpack_from("<IIQQQQ", table, i * entsize)
               for i in range(phnum)]
    return [offset + filesz for kind, _, offset, _, _, filesz in headers
            if kind == PT_LOAD]


def symbols(vmlinux):
    """Names and link-time addresses from an ELF64 file's symbol table."""
    found = {}
    for name, info, _, index, value in _symbol_table(vmlinux):
        if index and info & 15 < 3:
            found.setdefault(name, value)
    return found


def local_entries(vmlinux):
    """By name, how many bytes behind its symbol a function is entered that is
    called from the same file; those that are not there have one entry.

    Power's 64-bit ELF V2 ABI, 3.4.1, "Symbol values": three bits of st_other.
    """
    found = {}
    for name, info, other, index, _ in _symbol_table(vmlinux):
        power = other >> 5
        if index and info & 15 == 2 and power > 1:
            found.setdefault(name, (1 << power) // 4 * 4)
    return found
