"""Progress that goes to a file or a pipe."""

from __future__ import annotations

import pytest
from kernelagent.cli import progress
from kernelagent.contract.events import StageProgress


def test_what_only_counts_is_told_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    with progress.progress_reader() as take:
        for done in range(1, 41):
            now += 0.4
            take(StageProgress("verify", "Running the kernel on the cases", done, 40))
        take(StageProgress("verify", "The module itself was run on every case", 0, 0))
    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition("(")[2] for line in lines[:-1]] == ["13/40)", "26/40)", "39/40)"]
    assert lines[-1].endswith("The module itself was run on every case")
