# SPDX-License-Identifier: GPL-2.0-only
"""Result lines, and the runner that keeps a few machines busy at once.

Lines: "ok NAME (SECONDS)", "not ok NAME: why", "skip NAME: why". They are
printed as results come in, also from threads, so a line is one write.
"""
import concurrent.futures
import sys
import threading
import time
import traceback

from .elfcore import DumpError
from .vm import QemuDied, VmError


class Skip(Exception):
    """This test cannot run here; the text says why."""


class Failure(Exception):
    """A check did not hold; the text says what was found and awaited."""


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self._lock = threading.Lock()

    def _line(self, text):
        with self._lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    @staticmethod
    def _name(name):
        return "-".join(name.split())

    def ok(self, name, seconds, extra=""):
        self.passed += 1
        self._line(f"ok {self._name(name)} ({seconds:.1f})" + (f" {extra}" if extra else ""))

    def not_ok(self, name, why):
        self.failed += 1
        self._line(f"not ok {self._name(name)}: " + " ".join(str(why).split()))

    def skip(self, name, why):
        self.skipped += 1
        self._line(f"skip {self._name(name)}: {why}")

    def info(self, text):
        self._line("# " + text)

    def run(self, name, function):
        """Run one test; function may return a remark for its line."""
        start = time.monotonic()
        try:
            try:
                remark = function()
            except QemuDied as why:
                # QEMU 7.2 does so now and then when a guest with several CPUs
                # sizes its PCI BARs.
                self.info(f"{self._name(name)}: {why}; run once more")
                remark = function()
        except Skip as why:
            self.skip(name, why)
        except (Failure, VmError, DumpError, OSError) as why:
            self.not_ok(name, why)
        except Exception:               # a fault of the harness is a failure
            self.not_ok(name, traceback.format_exc(limit=-3))
        else:
            self.ok(name, time.monotonic() - start, remark or "")

    def run_all(self, tests, parallel):
        """Run (name, function) pairs, a few at once."""
        with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
            list(pool.map(lambda test: self.run(*test), tests))

    def run_chosen(self, tests, only, args, parallel, prepare=None):
        """Those of the (name, function) pairs that were asked for, or with
        --list their names. prepare() is called before the first one."""
        chosen = [(name, test) for name, test in tests
                  if not only or any(word in name for word in only)]
        if args.list:
            for name, _ in chosen:
                print(f"runs {name}")
            return
        if chosen and prepare:
            prepare()
        self.run_all(chosen, parallel)

    def summary(self, what, seconds):
        text = (f"# {what}: {self.passed} ok, {self.failed} not ok, "
                f"{self.skipped} skipped, {seconds / 60:.1f} minutes")
        self._line(text)
        return 1 if self.failed or not self.passed else 0
