# SPDX-License-Identifier: GPL-2.0-only
"""Relay TAP and KTAP results, one result line a test.

Formats: Documentation/dev-tools/ktap.rst and tools/testing/selftests'
kselftest_harness.h.
"""
import re

RESULT = re.compile(r"^(?P<indent> *)(?P<not>not )?ok (?P<number>\d+)"
                    r"(?: - | )?(?P<name>[^#\n]*?)\s*(?:# (?P<remark>.*))?$")
PLAN = re.compile(r"^(?P<indent> *)1\.\.(?P<count>\d+)")


def relay(report, prefix, text, seconds=0.0):
    """Report the innermost results in text. Returns how many there were.

    A plan that promises more results than follow is a failure of its own:
    the program ended early. So is a suite that is "not ok" though each of its
    tests is ok: its setup or its end failed.
    """
    suites, seen, planned, count = {}, {}, {}, 0
    failed, failed_before = 0, {}
    remarks = []
    for line in text.splitlines():
        line = re.sub(r"^\[ *\d+\.\d+\] ", "", line.rstrip())
        plan = PLAN.match(line)
        if plan:
            depth = len(plan["indent"]) // 4
            planned[depth], seen[depth] = int(plan["count"]), 0
            continue
        found = re.match(r"^( *)# Subtest: (.*)$", line)
        if found:
            suites[len(found[1]) // 4] = found[2]
            failed_before[len(found[1]) // 4] = failed
            continue
        found = RESULT.match(line)
        if not found:
            if line.strip().startswith("#"):
                remarks.append(line.strip(" #"))
            continue
        depth = len(found["indent"]) // 4
        seen[depth] = seen.get(depth, 0) + 1
        if depth + 1 in suites:
            # The line that closes a subtest: it only sums up.
            name = ".".join([prefix] + [suites[d] for d in sorted(suites)])
            short = planned.pop(depth + 1, 0) - seen.pop(depth + 1, 0)
            suites.pop(depth + 1)
            if short > 0:
                failed += 1
                report.not_ok(name, f"{short} planned tests did not report")
            elif found["not"] and failed == failed_before[depth + 1]:
                failed += 1
                report.not_ok(name, "the suite is not ok though its tests are:"
                              f" {' | '.join(remarks[-4:]) or 'no remark'}")
            remarks = []
            continue
        name = ".".join([prefix] + [suites[d] for d in sorted(suites)]
                        + [found["name"] or found["number"]])
        count += 1
        if "SKIP" in (found["remark"] or ""):
            report.skip(name, found["remark"].split("SKIP", 1)[1].strip()
                        or "no reason given")
        elif found["not"]:
            failed += 1
            report.not_ok(name, " | ".join(remarks[-4:]) or "no remark")
        else:
            report.ok(name, seconds)
        remarks = []
    for depth, wanted in planned.items():
        if seen.get(depth, 0) < wanted:
            report.not_ok(prefix, f"{wanted - seen.get(depth, 0)} of {wanted} "
                          "planned results did not come")
    return count
