"""``results.jsonl`` of a batch: a line for each problem that has been answered, so that a killed batch can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.batch import BatchEntry
from kernelagent.contract.codec import from_json, parse_json, to_json
from kernelagent.driver.own_seal import is_ours, seal

NAME = "results.jsonl"


class Journal:
    """The lines on disk. One writer at a time; the last line of a target is the one that counts."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        self._read_to = 0
        self._newer: dict[str, BatchEntry] = {}

    def read(self) -> dict[str, BatchEntry]:
        """What is there, by target. Left out, as if they had not been written: a last line that a kill cut short, any
        other that cannot be read, and lines that this user did not write, such as those that came with a repository."""
        try:
            return read_entries(self._file.read_bytes())
        except FileNotFoundError:
            return {}

    def newer(self) -> Mapping[str, BatchEntry]:
        """As :meth:`read`, now: what another process has added since the last call is read, and nothing twice."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._read_to)
                whole, newline, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return self._newer
        self._read_to += len(whole) + len(newline)
        self._newer.update(read_entries(whole))
        return self._newer

    def add(self, entry: BatchEntry) -> None:
        """Append one line, and see it to the disk."""
        with self._file.open("ab") as file:
            if file.tell() and not self._ends_with_newline():
                file.write(b"\n")
            sealed = replace(entry, seal=seal(_unsealed(entry)))
            file.write(json.dumps(to_json(sealed)).encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def clear(self) -> None:
        self._file.unlink(missing_ok=True)

    def _ends_with_newline(self) -> bool:
        with self._file.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def read_entries(data: bytes, *, whoever_wrote_it: bool = False) -> dict[str, BatchEntry]:
    """The lines in ``data``, by target; the last one of each counts."""
    found = {}
    for line in data.split(b"\n"):
        try:
            entry = from_json(BatchEntry, parse_json(line))
        except ValueError:
            continue
        if whoever_wrote_it or is_ours(_unsealed(entry), entry.seal):
            found[entry.target] = entry
    return found


def _unsealed(entry: BatchEntry) -> str:
    return json.dumps(to_json(replace(entry, seal="")), sort_keys=True)
