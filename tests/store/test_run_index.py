"""The index of runs: made from the directories, kept up with them, and done without."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kernelagent.contract.codec import write_json
from kernelagent.driver.store import index, run_store
from kernelagent.driver.store.run_store import RunStore, Wanted
from kernelagent.driver.store.told import tell
from past_runs import write_run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / ".fuse"
    folder.mkdir()
    return folder


@pytest.fixture(params=["looked at whole", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """As a small folder is looked at, and as a large one."""
    if request.param == "large":
        monkeypatch.setattr(run_store, "SMALL", 0)
        monkeypatch.setattr(run_store, "SETTLED_NS", 0)
    return str(request.param)


def listed(runs: Path, *, on_disk: bool = True, **wanted: str | tuple[str, ...]) -> list[str]:
    with RunStore(runs) as store:
        store.refresh()
        assert store.on_disk == on_disk
        return [row.name for row in store.newest(Wanted(**wanted))]  # type: ignore[arg-type]  # as a test names them


def warnings(runs: Path) -> list[str]:
    with RunStore(runs) as store:
        store.refresh()
        list(store.newest(Wanted()))
        return store.warnings


def later(runs: Path) -> None:
    """So that the folder's time tells the next change from the last, on any file system."""
    time.sleep(0.02)


ONE, TWO, THREE = "20260101-100000-gate-0001", "20260102-100000-gate-0002", "20260103-100000-block-0003"


def filled(runs: Path) -> Path:
    write_run(runs, TWO, status="failed")
    write_run(runs, ONE)
    write_run(runs, THREE, status="begun", target="net.py::Block")
    return runs


def test_the_newest_first_and_by_what_is_asked_for(runs: Path, size: str) -> None:
    filled(runs)
    assert listed(runs) == [THREE, TWO, ONE]
    assert listed(runs, states=("verified",)) == [ONE]
    assert listed(runs, target="MODEL.py") == [TWO, ONE]
    assert listed(runs, since="20260102") == [THREE, TWO]
    with RunStore(runs) as store:
        assert [row.name for row in store.newest(Wanted(), 1)] == [THREE]
        assert store.count(Wanted()) == 3
        assert [row.name for row in store.beginning_with("2026010")] == [ONE, TWO, THREE]
        assert [row.name for row in store.beginning_with(TWO)] == [TWO]
        file = os.path.realpath(runs.parent / "model.py")
        assert [row.name for row in store.of_class(file, "Gate", 5)] == [ONE, TWO]


def test_what_others_do_is_noticed(runs: Path, size: str) -> None:
    filled(runs)
    assert len(listed(runs)) == 3
    later(runs)
    shutil.rmtree(runs / TWO)
    write_run(runs, "20260104-100000-new-0004")
    assert listed(runs) == ["20260104-100000-new-0004", THREE, ONE]
    later(runs)
    write_run(runs, THREE, target="net.py::Block")  # it has ended meanwhile
    assert THREE in listed(runs, states=("verified",))
    write_json(runs / ONE / "result.json", {"status": "failed", "target": "model.py::Other"})
    with RunStore(runs) as store:
        store.refresh()
        assert [row.target for row in store.newest(Wanted()) if row.name == ONE] == ["model.py::Other"]


def test_a_page_is_full_though_runs_of_it_are_gone(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_store, "SMALL", 0)
    names = [f"20260101-{at:06}-gate-0000" for at in range(30)]
    for name in names:
        write_run(runs, name)
    with RunStore(runs) as store:
        store.refresh()
        for name in names[10:]:
            shutil.rmtree(runs / name)
        assert [row.name for row in store.newest(Wanted(), 5)] == names[9:4:-1]


ODD: dict[str, Callable[[Path], object]] = {
    "garbage": lambda run: (run / "result.json").write_bytes(b"\xff\x00{"),
    "no bytes": lambda run: (run / "result.json").write_bytes(b""),
    "no object": lambda run: (run / "result.json").write_text("[]"),
    "another state": lambda run: (run / "result.json").write_text('{"status": ["x"], "target": "a"}'),
    "nested": lambda run: (run / "result.json").write_text("[" * 100_000),
}


@pytest.mark.parametrize("what", ODD)
def test_a_result_that_is_none_is_a_row_that_says_so(runs: Path, what: str) -> None:
    ODD[what](write_run(filled(runs), ONE))
    with RunStore(runs) as store:
        store.refresh()
        (row,) = store.newest(Wanted(("unreadable",)))
    assert row.name == ONE
    assert row.code.startswith("result.json cannot be read: ")


def test_what_is_no_run_is_left_out(runs: Path, size: str) -> None:
    filled(runs)
    (runs / "batch").mkdir()
    (runs / "router_cache.json").write_text("{}")
    (runs / ".gone-x").mkdir()
    (runs / "linked").symlink_to(runs / ONE)
    os.mkdir(os.fsencode(runs) + b"/\xff\xfe")
    (Path(os.fsdecode(os.fsencode(runs) + b"/\xff\xfe")) / "run.json").write_text("{}")
    write_run(runs, "a name\n\x1b[31m; DROP TABLE runs")
    told = warnings(runs)
    assert len(listed(runs)) == 4
    assert len(told) == 2
    assert any("linked is a symbolic link" in one for one in told)


def test_the_index_is_thrown_away_and_made_again(runs: Path, size: str) -> None:
    filled(runs)
    before = listed(runs)
    for file in runs.glob("index.sqlite3*"):
        file.unlink()
    assert listed(runs) == before


BROKEN: dict[str, Callable[[Path], object]] = {
    "no database": lambda path: path.write_bytes(b"no database" * 999),
    "torn": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "zeros within": lambda path: path.write_bytes(path.read_bytes()[:4096] + bytes(40960)),
    "other tables": lambda path: _sql(path, "DROP TABLE runs; CREATE TABLE runs (a); PRAGMA user_version = 1"),
    "older": lambda path: _sql(path, "PRAGMA user_version = 77"),
    "a view": lambda path: _sql(path, "DROP TABLE runs; CREATE VIEW runs AS SELECT 1 AS name"),
}


def _sql(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


@pytest.mark.parametrize("how", BROKEN)
def test_an_index_that_is_broken_is_made_anew_and_said_once(runs: Path, size: str, how: str) -> None:
    filled(runs)
    before = listed(runs)
    _sql(runs / index.NAME, "PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm"):
        (runs / f"{index.NAME}{suffix}").unlink(missing_ok=True)
    BROKEN[how](runs / index.NAME)
    with RunStore(runs) as store:
        store.refresh()
        assert [row.name for row in store.newest(Wanted())] == before
        assert len([one for one in store.warnings if "made anew" in one]) == 1, store.warnings
    assert warnings(runs) == []
    assert listed(runs) == before


def test_an_index_that_leads_elsewhere_is_not_used(runs: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "precious"
    elsewhere.write_text("precious")
    (runs / index.NAME).symlink_to(elsewhere)
    filled(runs)
    assert listed(runs, on_disk=False) == [THREE, TWO, ONE]
    assert elsewhere.read_text() == "precious"


def test_no_index_is_made_where_no_runs_are_kept(tmp_path: Path) -> None:
    write_run(tmp_path, ONE)
    assert listed(tmp_path, on_disk=False) == [ONE]
    assert not list(tmp_path.glob("index*"))
    assert listed(tmp_path / "nothing", on_disk=False) == []


def test_rows_that_came_with_a_repository_lead_nowhere(runs: Path) -> None:
    write_run(runs.parent, "outside")
    filled(runs)
    listed(runs)
    _sql(runs / index.NAME, "UPDATE runs SET name = '../outside' WHERE state = 'failed'")
    assert listed(runs) == [THREE, TWO, ONE]


def test_a_lock_that_is_held_is_not_waited_for_for_long(runs: Path, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "WAIT_MS", 100)
    filled(runs)
    listed(runs)
    held = sqlite3.connect(runs / index.NAME, isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    later(runs)
    write_run(runs, "20260104-100000-new-0004")
    began = time.monotonic()
    assert listed(runs, on_disk=False)[0] == "20260104-100000-new-0004"
    tell(runs / ONE)
    assert time.monotonic() - began < 2
    held.execute("ROLLBACK")
    held.close()
    assert listed(runs)[0] == "20260104-100000-new-0004"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written(runs: Path) -> None:
    filled(runs)
    runs.chmod(0o555)
    try:
        with RunStore(runs) as store:
            store.refresh()
            assert len(list(store.newest(Wanted()))) == 3
    finally:
        runs.chmod(0o755)


def test_looking_leaves_the_folders_time_alone(runs: Path) -> None:
    """Else each look would make the next one look through everything."""
    filled(runs)
    listed(runs)
    before = runs.stat().st_mtime_ns
    later(runs)
    listed(runs)
    tell(runs / ONE)
    assert runs.stat().st_mtime_ns == before


def test_what_a_run_tells_is_there_without_a_look(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(runs)
    listed(runs)
    write_run(runs, THREE, target="net.py::Block")
    tell(runs / THREE)
    with RunStore(runs) as store:
        assert [row.name for row in store.newest(Wanted(("verified",)))] == [THREE, ONE]


_WRITES = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from past_runs import write_run
from kernelagent.driver.store.run_store import RunStore, Wanted
from kernelagent.driver.store.told import tell
runs, mine = Path({runs!r}), int(sys.argv[1])
for at in range(1000 if mine == 9 else 8):
    folder = write_run(runs, f"20260101-{{at:06}}-gate-{{mine:04}}", status="begun")
    tell(folder)
    write_run(runs, folder.name)
    tell(folder)
    if at % 4 == 0:
        with RunStore(runs) as store:
            store.refresh()
            assert sum(row.name.endswith(f"{{mine:04}}") for row in store.newest(Wanted())) == at + 1
print("done")
"""


def test_many_processes_at_once_and_one_that_is_killed(runs: Path) -> None:
    script = _WRITES.format(tests=str(Path(__file__).parents[1]), runs=str(runs))
    command = [sys.executable, "-c", script]
    writers = [subprocess.Popen([*command, str(mine)], stdout=subprocess.PIPE, text=True) for mine in range(3)]
    dying = subprocess.Popen([*command, "9"], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not list(runs.glob("*-0009/result.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    dying.kill()
    dying.wait()
    assert [writer.communicate(timeout=60)[0] for writer in writers] == ["done\n"] * 3
    there = sorted(path.parent.name for path in runs.glob("*/run.json"))
    assert sorted(listed(runs)) == there
    assert len(there) >= 25
