# SPDX-License-Identifier: GPL-2.0-only
"""The bench's table: medians and ranges, ours beside stock's, and the goals.

The input is {size: {kernel: {figure: [values]}}}; the kernels are "ours" and
"stock", and either may be missing. A goal that is not met is printed as such
and fails nothing: times on a shared, emulated machine are no verdict.
"""
import collections
import statistics

Row = collections.namedtuple("Row", "title key unit digits goal")
READ_GOAL, MEMCPY_GOAL = 7, 0.8


def _median(figures, kernel, key):
    values = figures.get(kernel, {}).get(key)
    return statistics.median(values) if values else None


def _shares(figures, kernel, key, limit):
    """A figure by the limit's of the same round, for each round."""
    of = figures.get(kernel, {})
    return [value / other
            for value, other in zip(of.get(key, ()), of.get(limit, ()))]


def _share(figures, kernel, key, limit):
    shares = _shares(figures, kernel, key, limit)
    return statistics.median(shares) if shares else None


def _limit(key):
    """What a speed is compared by: a figure of the same round, or None."""
    name, _, block = key.partition(" ")
    if name == "mmap":
        return f"devmem {block}"
    if name in ("read", "pagecache"):
        return f"memcpy {block}"
    return None


def _ratio(figures, key):
    """Ours to stock; speeds as shares of their limit, where they have one."""
    limit = _limit(key)
    if limit:
        ours = _share(figures, "ours", key, limit)
        stock = _share(figures, "stock", key, limit)
    else:
        ours = _median(figures, "ours", key)
        stock = _median(figures, "stock", key)
    return ours / stock if ours is not None and stock else None


def _best_ratio(figures, key):
    """The best round of ours to stock's best: the least disturbed ones."""
    ours, stock = (figures.get(kernel, {}).get(key)
                   for kernel in ("ours", "stock"))
    return max(ours) / max(stock) if ours and stock else None


def _cell(values, digits):
    if not values:
        return "-"
    text = f"{statistics.median(values):.{digits}f}"
    if len(values) > 1 and min(values) != max(values):
        text += f" ({min(values):.{digits}f}..{max(values):.{digits}f})"
    return text


def _verdict(met):
    return "met" if met else "not met"


def _read_goal(block_kib):
    def goal(figures):
        ratio = _ratio(figures, f"read {block_kib}")
        share = _share(figures, "ours", f"read {block_kib}",
                       f"memcpy {block_kib}")
        if ratio is None or share is None:
            return ""
        return (f"{share:.2f} of memcpy (goal {MEMCPY_GOAL}: "
                f"{_verdict(share >= MEMCPY_GOAL)}), goal {READ_GOAL}x: "
                f"{_verdict(ratio >= READ_GOAL)}")
    return goal


def _mmap_goal(window_kib):
    def goal(figures):
        ratio = _ratio(figures, f"mmap {window_kib}")
        share = _share(figures, "ours", f"mmap {window_kib}",
                       f"devmem {window_kib}")
        if ratio is None or share is None:
            return ""
        return (f"{share:.2f} of the /dev/mem window, goal 1x: "
                f"{_verdict(ratio >= 1)}")
    return goal


def _smallest_goal(key):
    def goal(figures):
        ratio = _ratio(figures, key)
        return ("" if ratio is None
                else f"goal 1x or less: {_verdict(ratio <= 1)}")
    return goal


def _verify_share(figures):
    share = _share(figures, "ours", "verify", "crash")
    return "" if share is None else f"{share:.1%} of the way"


ROWS = (
    Row("read() 4 KiB", "read 4", "MB/s", 0, None),
    Row("read() 64 KiB", "read 64", "MB/s", 0, _read_goal(64)),
    Row("read() 1 MiB", "read 1024", "MB/s", 0, _read_goal(1024)),
    Row("  memcpy 4 KiB", "memcpy 4", "MB/s", 0, None),
    Row("  memcpy 64 KiB", "memcpy 64", "MB/s", 0, None),
    Row("  memcpy 1 MiB", "memcpy 1024", "MB/s", 0, None),
    Row("  read() 64 KiB, page cache", "pagecache 64", "MB/s", 0, None),
    Row("  read() 1 MiB, page cache", "pagecache 1024", "MB/s", 0, None),
    Row("mmap 64 KiB", "mmap 64", "MB/s", 0, _mmap_goal(64)),
    Row("  /dev/mem 64 KiB", "devmem 64", "MB/s", 0, None),
    Row("mmap 4 MiB", "mmap 4096", "MB/s", 0, _mmap_goal(4096)),
    Row("  /dev/mem 4 MiB", "devmem 4096", "MB/s", 0, None),
    Row("mmap 64 MiB", "mmap 65536", "MB/s", 0, _mmap_goal(65536)),
    Row("  /dev/mem 64 MiB", "devmem 65536", "MB/s", 0, None),
    Row("panic to init, guest", "crash", "s", 2, None),
    Row("panic to agent, host", "crash host", "s", 2, None),
    Row("  verification in it", "verify", "s", 3, _verify_share),
    Row("kexec -c -p", "load", "s", 2, None),
    Row("kexec -s -p", "load -s", "s", 2, None),
    Row("smallest crashkernel=", "smallest", "MiB", 0,
        _smallest_goal("smallest")),
    Row("  with kexec -s -p", "smallest -s", "MiB", 0,
        _smallest_goal("smallest -s")),
    Row("capture kernel MemTotal", "mem total", "KiB", 0, None),
    Row("  free before reading", "mem free", "KiB", 0, None),
    Row("  taken, file open, read", "mem read", "KiB", 0, None),
    Row("  taken, 64 MiB mapped", "mem mmap", "KiB", 0, None),
    Row("  not given back", "mem closed", "KiB", 0, None),
    Row("  Slab after reading", "mem read Slab", "KiB", 0, None),
    Row("  vmalloc after reading", "mem read VmallocUsed", "KiB", 0, None),
    Row("QEMU's memory on the host", "host memory", "MiB", 0, None),
)


def _lines(title, cells):
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    yield title
    for row in cells:
        yield "  ".join(text.ljust(width)
                        for text, width in zip(row, widths)).rstrip()


def render(results, conditions):
    """The whole table as text."""
    out = [conditions,
           "Median (lowest..highest). x is ours to stock; of read() both as "
           "the share of the memcpy of the same moment, of mmap as that of "
           "the /dev/mem window, which takes out what else the host did. "
           "x best: the best round of each. An indented "
           "row is a limit or a detail."]
    for size, figures in results.items():
        cells = [("", "unit", "ours", "stock", "x", "x best", "")]
        for row in ROWS:
            values = [figures.get(kernel, {}).get(row.key)
                      for kernel in ("ours", "stock")]
            if not any(values):
                continue
            ratio = _ratio(figures, row.key)
            best = (_best_ratio(figures, row.key) if row.unit == "MB/s"
                    else None)
            cells.append((row.title, row.unit, _cell(values[0], row.digits),
                          _cell(values[1], row.digits),
                          "" if ratio is None else f"{ratio:.2f}",
                          "" if best is None else f"{best:.2f}",
                          row.goal(figures) if row.goal else ""))
        machines = " and ".join(
            f"{len(f['host memory'])} machines of {kernel}"
            for kernel, f in figures.items() if f.get("host memory"))
        out.append("")
        title = f"Guest of {size}" + (f": {machines}" if machines else "")
        out += list(_lines(title, cells))
    return "\n".join(out) + "\n"
