# SPDX-License-Identifier: GPL-2.0-only
"""One virtual machine under QEMU: start it, talk to it, stop it.

The machine is driven through three channels, each a socket pair made here and
handed to QEMU, so that no name in the file system is needed:

port     the agent in the guest (guest/agent.c); verdicts come from here
qmp      QEMU itself: NMI, memory, stop and go
console  the serial line: only logged, and written to for the sysrq key

Every wait ends: at the machine's deadline, or when QEMU ends. Failure is a
VmError whose text says what was awaited and quotes the console's last lines.
"""
import ctypes
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import threading
import time

from . import arch as archs

# How often QEMU is asked what it will not tell by itself.
POLL_S = 0.05
# From a closed channel to the end of the process.
EXIT_S = 5


_libc = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1            # linux/prctl.h


def _die_with_parent():
    """No machine outlives the harness, however that ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class VmError(Exception):
    """The machine did not do what was awaited."""


class QemuDied(VmError):
    """A fault of QEMU's own: it says nothing of the guest."""


class Channel:
    """A socket with buffered, deadline-bound reads."""

    def __init__(self, vm, sock):
        self.vm, self.sock, self.buf = vm, sock, bytearray()

    def _fill(self, what):
        while True:
            left = self.vm.deadline - time.monotonic()
            if left <= 0:
                raise VmError(f"timeout waiting for {what}"
                              + self.vm.console_tail())
            ready, _, _ = select.select([self.sock], [], [], min(left, 0.5))
            if ready:
                try:
                    data = self.sock.recv(1 << 20)
                except ConnectionResetError:
                    data = b""
                if not data:
                    raise self.vm.ended(f"waiting for {what}")
                self.buf += data
                return
            if self.vm.process.poll() is not None:
                raise self.vm.ended(f"waiting for {what}")

    def line(self, what):
        while b"\n" not in self.buf:
            self._fill(what)
        end = self.buf.index(b"\n")
        text = bytes(self.buf[:end])
        del self.buf[:end + 1]
        return text.decode(errors="replace")

    def exactly(self, size, what):
        while len(self.buf) < size:
            self._fill(what)
        data = bytes(self.buf[:size])
        del self.buf[:size]
        return data

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise self.vm.ended(str(error)) from error


class Vm:
    """A running QEMU. Use as a context manager: leaving it ends QEMU."""

    def __init__(self, directory, kernel, initrd, append="", cpus=2,
                 mem_mb=256, cpu=None, disks=(), timeout_s=120,
                 gdb=False, extra=(), arch=archs.X86_64):
        """arch: the kernel's, from kdt/arch.py
        disks: (path, read_only) of raw images, in order vda, vdb, ..."""
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.start_s = time.monotonic()
        self.deadline = self.start_s + timeout_s
        self.mem_mb, self.cpus, self.arch = mem_mb, cpus, arch
        self.release = self.uptime_ms = None
        self.transcript = open(self.directory / "transcript.log", "wb",
                               buffering=0)
        ours, theirs = [], []
        for _ in range(4 if gdb else 3):
            pair = socket.socketpair()
            ours.append(pair[0])
            theirs.append(pair[1])
        fds = [s.fileno() for s in theirs]
        log = self.directory / "console.log"
        if log.exists():
            log.unlink()
        args = [arch.qemu, "-nodefaults", "-no-user-config",
                "-display", "none", "-no-reboot", "-nographic",
                *arch.machine, "-accel", "tcg,thread=multi",
                "-cpu", cpu or arch.cpu,
                "-smp", str(cpus), "-m", f"{mem_mb}M",
                "-kernel", str(kernel), "-initrd", str(initrd),
                "-append", f"console={arch.console} {append}",
                "-chardev", f"socket,id=port,fd={fds[0]}",
                "-chardev", f"socket,id=qmp,fd={fds[1]}",
                "-chardev", f"socket,id=con,fd={fds[2]},logfile={log}",
                "-mon", "chardev=qmp,mode=control", "-serial", "chardev:con",
                "-device", "virtio-serial-pci" + arch.bus.format(0),
                "-device", "virtserialport,chardev=port,name=kdump"]
        for number, (path, read_only) in enumerate(disks):
            args += ["-drive", f"file={path},if=none,id=disk{number},"
                     "format=raw,cache=unsafe,discard=unmap,readonly="
                     + ("on" if read_only else "off"),
                     "-device", f"virtio-blk-pci,drive=disk{number}"
                     + arch.bus.format(number + 1)]
        if gdb:
            args += ["-chardev", f"socket,id=gdb,fd={fds[3]}",
                     "-gdb", "chardev:gdb"]
        args += list(extra)
        self.args = args
        with open(self.directory / "qemu.log", "wb") as errors:
            errors.write((" ".join(args) + "\n").encode())
            errors.flush()
            self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=errors,
                                            pass_fds=fds,
                                            preexec_fn=_die_with_parent)
        for sock in theirs:
            sock.close()
        self.port = Channel(self, ours[0])
        self._qmp = Channel(self, ours[1])
        self.console = ours[2]
        self.gdb_socket = ours[3] if gdb else None
        self._drain_console()
        try:
            json.loads(self._qmp.line("QMP's greeting"))
            self.qmp("qmp_capabilities")
        except VmError as error:
            self.close()
            text = (self.directory / "qemu.log").read_text(errors="replace")
            raise VmError(f"{error}; QEMU said: "
                          + " ".join(text.splitlines()[1:])) from error

    def _drain_console(self):
        """QEMU stops writing to a full socket; the log file has it all."""
        def drain():
            try:
                while self.console.recv(65536):
                    pass
            except OSError:
                pass
        threading.Thread(target=drain, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for sock in (self.port.sock, self._qmp.sock, self.console,
                     self.gdb_socket):
            if sock:
                sock.close()
        self.transcript.close()

    def ended(self, doing):
        """What to raise when a channel is closed: QEMU exits with 0 when the
        machine is reset or powered off, and dies of a signal by a bug."""
        try:
            status = self.process.wait(EXIT_S)
        except subprocess.TimeoutExpired:
            return VmError(f"a channel closed, {doing}" + self.console_tail())
        if status < 0:
            return QemuDied(f"QEMU died of signal {-status}, {doing}")
        return VmError(f"the machine ended (QEMU's exit status {status}), "
                       + doing + self.console_tail())

    def elapsed_s(self):
        return time.monotonic() - self.start_s

    def note(self, text):
        self.transcript.write(b"[%7.2f] %s\n" % (self.elapsed_s(),
                                                 text.encode()))

    # The console: evidence for a person, never a verdict.

    def console_text(self):
        path = self.directory / "console.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def console_tail(self, lines=3):
        found = [re.sub(r"[^\x20-\x7e]", "", line)
                 for line in self.console_text().splitlines()]
        found = [line for line in found if line.strip()][-lines:]
        return ("; console: " + " | ".join(found)) if found else ""

    def sysrq(self, key):
        """Press a key on the serial console, after break or what stands for it."""
        if not self.arch.sysrq:
            self.qmp("chardev-send-break", id="con")
        self.console.sendall((self.arch.sysrq + key).encode())

    # QEMU's own control.

    def qmp(self, command, **arguments):
        message = {"execute": command}
        if arguments:
            message["arguments"] = arguments
        self._qmp.send(json.dumps(message).encode() + b"\n")
        while True:
            answer = json.loads(self._qmp.line(f"QMP {command}"))
            if "error" in answer:
                raise VmError(f"QMP {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def inject_nmi(self):
        self.qmp("inject-nmi")

    def save_memory(self, path, start=0, end=None):
        """The guest's RAM, all or [start, end), as a raw file.

        The guest should stand still.
        """
        end = end or self.mem_mb << 20
        self.qmp("pmemsave", val=start, size=end - start, filename=str(path))

    def wait_paused(self, status):
        """Wait until QEMU holds the machine in a run state of its own."""
        while (found := self.qmp("query-status")["status"]) != status:
            if time.monotonic() > self.deadline:
                raise VmError(f"timeout: QEMU's status is {found}, {status} "
                              "was awaited" + self.console_tail())
            time.sleep(POLL_S)

    def wait_end(self):
        """Wait for QEMU's own end: the guest powered off or reset."""
        left = self.deadline - time.monotonic()
        try:
            return self.process.wait(max(left, 0.1))
        except subprocess.TimeoutExpired:
            raise VmError("timeout waiting for power off"
                          + self.console_tail()) from None

    # The agent in the guest.

    def wait_hello(self, kind):
        """Wait until the agent of the system or capture kernel speaks."""
        while True:
            line = self.port.line(f"the {kind} kernel's agent")
            self.note("< " + line)
            words = line.split()
            if words[:1] == ["out"]:
                self.transcript.write(self.port.exactly(int(words[1]), "out"))
            elif words[:1] == ["hello"]:
                if words[1] != kind:
                    raise VmError(f"a {words[1]} kernel came up where a "
                                  f"{kind} kernel was awaited"
                                  + self.console_tail())
                self.uptime_ms, self.release = int(words[2]), words[3]
                return self.uptime_ms

    def start(self, script):
        """Send a script and do not wait: for one that never returns."""
        self.note("> " + script)
        data = script.encode()
        self.port.send(b"run %d\n" % len(data) + data)

    def finish(self, on_output=None):
        """Wait for the end of a script. Returns (status, output)."""
        output = bytearray()
        while True:
            words = self.port.line("the end of a script").split()
            if words[0] == "out":
                data = self.port.exactly(int(words[1]), "a script's output")
                self.transcript.write(data)
                output += data
                if on_output:
                    on_output(data.decode(errors="replace"))
            elif words[0] == "done":
                self.note("< done " + words[1])
                return int(words[1]), output.decode(errors="replace")
            elif words[0] == "hello":
                raise VmError(f"the guest rebooted into a {words[1]} kernel "
                              "while a script ran")
            else:
                raise VmError(f"the agent said {' '.join(words)}")

    def run(self, script, on_output=None, check=True):
        """Run a script in the guest; its output, or a VmError."""
        self.start(script)
        status, output = self.finish(on_output)
        if check and status:
            raise VmError(f"`{script.strip().splitlines()[0]}` ended with "
                          f"{status}: {output.strip()[-300:]}")
        return output if check else (status, output)

    def read(self, path, offset, size):
        """Bytes of a file in the guest; fewer at its end."""
        parts, limit = [], 1 << 20
        while size:
            want = min(size, limit)
            self.port.send(b"read %d %d %s\n" % (offset, want, path.encode()))
            words = self.port.line(f"a read of {path}").split()
            if words[0] != "data":
                raise OSError(int(words[1]), os.strerror(int(words[1])), path)
            data = self.port.exactly(int(words[1]), f"a read of {path}")
            parts.append(data)
            offset, size = offset + len(data), size - len(data)
            if len(data) < want:
                break
        return b"".join(parts)

    def exit_init(self, status, cpu):
        self.note(f"> exit {status} {cpu}")
        self.port.send(b"exit %d %d\n" % (status, cpu))

    def power_off(self):
        self.port.send(b"off\n")
        return self.wait_end()
