"""What compute-sanitizer wrote, as findings: text in, values out.

Records stand behind ``=========``; the lines that belong to one are indented. Both forms of a place are read, the newer
``kernel+0x1a0 in file.py:43`` and the older ``0x1a0 in file.py:43:kernel``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning"]

_MARK = "========="
_NEWER = re.compile(r"at (?P<kernel>[^\s+(]+)[^+]*\+0x[0-9a-f]+(?: in (?P<file>.+?):(?P<line>\d+))?\s*$")
_OLDER = re.compile(r"at 0x[0-9a-f]+ in (?:(?P<file>[^:]+\.\w+):(?P<line>\d+):)?(?P<kernel>\S+)\s*$")
_THREAD = re.compile(r"by thread \([\d,]+\) in block (\([\d,]+\))")
_RACE = re.compile(r"(?:(?P<level>Error|Warning): )?Race reported between (?P<kind>\w+) access (?P<place>at .+)$")
_OTHER = re.compile(r"and (?P<kind>\w+) access (?P<place>at .+?)(?: \[\d[\d,]* hazards?\])?\s*$")
_HAZARD = re.compile(r"(?:(?P<level>Error|Warning): )?Potential (?P<kind>\w+) hazard detected")
_TOTAL = re.compile(r"(?:ERROR|RACECHECK) SUMMARY: (\d[\d,]*) (?:errors?|hazards? displayed \((\d[\d,]*) errors?)")
_BROKEN = re.compile(r"Target application terminated before|Internal [Ss]anitizer|[Uu]nable to|[Ff]ailed to|Error: No ")
_SAID_BESIDE = re.compile(
    r"COMPUTE-SANITIZER|LEAK SUMMARY|Target application returned|Tracking kernels launched|Warning: "
    r"|Error: process didn't terminate|Program hit .* on CUDA API call"
)


@dataclass(frozen=True)
class Finding:
    """One thing that the tool holds against a kernel."""

    what: str
    """``Invalid __global__ read of size 4 bytes: out of bounds, 4 bytes after the nearest allocation``"""
    severity: Severity = "error"
    kernel: str = ""
    file: str = ""
    line: int | None = None
    count: int = 1
    """Records that say the same of the same place: one for each thread."""
    replicated: bool = False
    """One instruction writes the same word from several threads, and no other is involved."""


@dataclass(frozen=True)
class SanitizerLog:
    findings: tuple[Finding, ...]
    errors: int | None
    """As the tool's last line counts them; ``None``: there is no such line, it did not come to its end."""
    trouble: str = ""
    """Why it could not do its work, in its own words."""


def parse(text: str) -> SanitizerLog:
    """The findings of one run of memcheck or racecheck, those alike counted together."""
    found: dict[tuple[object, ...], Finding] = {}
    errors, trouble = None, ""
    for head, details in _records(text):
        if total := _TOTAL.search(head):
            errors = (errors or 0) + int((total[2] or total[1]).replace(",", ""))
        elif _BROKEN.search(head):
            trouble = trouble or head
        elif not _SAID_BESIDE.match(head) or _RACE.match(head) or _HAZARD.match(head):
            new = _finding(head, details)
            alike = (new.what.partition(",")[0], new.severity, new.kernel, new.file, new.line)  # not how far outside
            first = found.get(alike, replace(new, count=0))
            found[alike] = replace(first, count=first.count + 1, replicated=first.replicated and new.replicated)
    return SanitizerLog(tuple(found.values()), errors, trouble)


def _records(text: str) -> Iterator[tuple[str, list[str]]]:
    head, details = "", []
    for line in text.splitlines():
        if not line.startswith(_MARK):
            continue  # what the program itself printed
        said = line[len(_MARK) :]
        if said.startswith("  ") and head:
            details.append(said.strip())
        elif said.strip():
            if head:
                yield head, details
            head, details = said.strip(), []
    if head:
        yield head, details


def _finding(head: str, details: list[str]) -> Finding:
    if race := _RACE.match(head):
        return _race(race, details)
    if hazard := _HAZARD.match(head):
        places = [detail.partition(" at ")[2] for detail in details if " Thread (" in detail]
        same = len(places) > 1 and len(set(places)) == 1 and hazard["kind"] == "WAW"
        what = f"{hazard['kind']} hazard in shared memory"
        return _placed(what, f"at {places[0]}" if places else "", _severity(hazard["level"]), same)
    place = next((detail for detail in details if detail.startswith("at ")), "")
    how = next((d for d in details if re.match(r"(Access to|Address) 0x", d)), "")
    how = re.sub(r"(?:Access to|Address) 0x[0-9a-f]+ (?:is )?", "", how)
    near = next((d for d in details if d.startswith("and is ")), "")
    near = re.sub(r" at 0x[0-9a-f]+", "", near.removeprefix("and is "))
    more = ", ".join(part for part in (how, near if "inside" not in near else "") if part)
    return _placed(f"{head}: {more}" if more else head, place, "error", False)


def _race(race: re.Match[str], details: list[str]) -> Finding:
    accesses = [(race["kind"], race["place"])]
    accesses += [(other["kind"], other["place"]) for other in map(_OTHER.match, details) if other]
    same = len(accesses) > 1 and set(accesses) == {("Write", race["place"])}
    others = ", ".join(f"{kind.lower()}{_line_of(place)}" for kind, place in accesses[1:])
    what = f"race in shared memory: {race['kind'].lower()}{_line_of(race['place'])} and {others}"
    return _placed(what, race["place"], _severity(race["level"]), same)


def _line_of(place: str) -> str:
    where = _where(place)
    return f" at line {where['line']}" if where and where["line"] else ""


def _where(place: str) -> re.Match[str] | None:
    return _OLDER.match(place) or _NEWER.match(place)


def _severity(level: str | None) -> Severity:
    return "warning" if level == "Warning" else "error"


def _placed(what: str, place: str, severity: Severity, replicated: bool) -> Finding:
    where = _where(place)
    if where is None:
        return Finding(what, severity, replicated=replicated)
    line = int(where["line"]) if where["line"] else None
    return Finding(what, severity, where["kernel"], where["file"] or "", line, replicated=replicated)
