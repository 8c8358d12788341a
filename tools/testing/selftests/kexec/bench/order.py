# SPDX-License-Identifier: GPL-2.0-only
"""The order of the bench: machines in turns, then the search, then the table.

Machines of ours and of stock alternate, so that both see the same host. What
has been measured is printed and kept as it comes: work/bench/results.json
and table.txt.
"""
import collections
import functools
import json
import pathlib
import threading
import time

from kdt import arch, guest
from kdt.report import Failure
from kdt.vm import VmError

from . import holes, machine, smallest, table

MACHINES = 2
# The smallest crashkernel= is sought in the first, with each of the system
# calls, and tried in the others.
SMALLEST_IN = ("1 GiB", "8 GiB", "64 GiB")
# A machine that was disturbed is tried again, so often in a whole bench.
RETRIES = 3
TOP = pathlib.Path(__file__).resolve().parents[5]


class Bench:
    def __init__(self, kernels, work):
        self.kernels, self.work = kernels, work
        self.results = collections.defaultdict(dict)
        self.retries = RETRIES
        self._lock = threading.Lock()

    def log(self, text):
        with self._lock:
            print(f"# {time.strftime('%H:%M:%S')} {text}", flush=True)

    def add(self, size, kernel, figures):
        with self._lock:
            into = self.results[size].setdefault(kernel.name, {})
            for key, values in figures.items():
                into.setdefault(key, []).extend(values)
            (self.work / "results.json").write_text(
                json.dumps(self.results, indent=1))
            (self.work / "table.txt").write_text(self.text())

    def text(self):
        return table.render(
            self.results,
            f"QEMU TCG, {machine.CPUS} CPUs, capture kernel on one of them "
            f"with {machine.CRASHKERNEL_MB} MiB; {machine.PIECES} x {machine.PIECE_MB} MiB of the "
            "dump, each read several times")

    def one(self, size, kernel, number):
        start_s = time.monotonic()
        directory = self.work / f"{kernel.name}-{size.replace(' ', '').replace(',', '-')}" / \
            str(number)
        while True:
            try:
                figures = machine.measure(kernel, directory,
                                          machine.guests(kernel.setup)[size])
                break
            except VmError as why:
                if not self.retries:
                    raise
                self.retries -= 1
                self.log(f"{kernel.name}, {size}: once more, because {why}")
        self.add(size, kernel, figures)
        self.log(f"{kernel.name}, {size}, machine {number}: "
                 f"{time.monotonic() - start_s:.0f} s, host busy "
                 f"{figures['host busy before'][0]:.0%} before")

    def speed(self, size):
        for number in range(1, MACHINES + 1):
            for kernel in self.kernels:
                self.one(size, kernel, number)

    def smallest(self):
        """Ours and stock's at once: no time is measured here."""
        failed = []

        def seek(kernel):
            try:
                found = None
                guests = machine.guests(kernel.setup)
                for size in (s for s in SMALLEST_IN if s in guests):
                    where = guests[size]
                    if found is None:
                        found = smallest.search(kernel, self.log, where)
                    else:
                        found = smallest.grow(kernel, self.log, where, found)
                    self.add(size, kernel, {"smallest": [found]})
                size = SMALLEST_IN[0]
                found = smallest.search(kernel, self.log,
                                        guests[size], "-s")
                self.add(size, kernel, {"smallest -s": [found]})
            except (Failure, VmError) as why:
                failed.append(why)

        threads = [threading.Thread(target=seek, args=(k,))
                   for k in self.kernels]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]


class Holes:
    """Filtered dumps, a machine of each kernel in each guest."""

    def __init__(self, kernels, work):
        self.kernels, self.work = kernels, work
        self.results = collections.defaultdict(dict)

    def one(self, name):
        for kernel in self.kernels:
            if kernel.setup.stock and \
                    holes.GUESTS[name].mem_mb > holes.COMPARED_MB:
                continue
            self.results[name][kernel.name] = holes.measure(
                kernel, self.work / f"{kernel.name}-{name.replace(' ', '')}",
                holes.GUESTS[name])
            (self.work / "table.txt").write_text(holes.render(self.results))


def run_holes(setup, stock, report, wanted, args):
    from kdt.clients import debian_root
    work = setup.work / "bench/holes"
    root = debian_root(args, report) if setup.arch is arch.X86_64 else None
    filters = Holes([holes.Kernel("ours", setup, root),
                     holes.Kernel("stock", stock, root)], work)
    for part in wanted:
        report.run("bench holes " + part, functools.partial(filters.one, part))
    print(holes.render(filters.results), flush=True)
    print(f"# kept in {work}/table.txt", flush=True)


def run(setup, report, only, args):
    """Measure and print; `only` picks among the sizes and "smallest"."""
    parts = [*machine.guests(setup), "smallest", *holes.guests(setup)]
    wanted = [part for part in parts if not only or any(
        name.replace(" ", "") in part.replace(" ", "") for name in only)]
    if args.list:
        print("\n".join(parts))
        return False
    work = setup.work / "bench"
    stock = guest.Setup(args.stock or TOP / "out/stock",
                        work / "stock", stock=True, slow=setup.slow)
    ours = guest.Setup(setup.kernel_dir, work / "ours", slow=setup.slow)
    filtered = [part for part in wanted if part in holes.GUESTS]
    wanted = [part for part in wanted if part not in holes.GUESTS]
    if filtered:
        run_holes(ours, stock, report, filtered, args)
    if not wanted:
        return True
    bench = Bench([machine.Kernel("stock", stock),
                   machine.Kernel("ours", ours)], work)
    for part in wanted:
        report.run("bench " + part, bench.smallest if part == "smallest"
                   else functools.partial(bench.speed, part))
    print(bench.text(), flush=True)
    print(f"# kept in {work}/table.txt", flush=True)
    return True
