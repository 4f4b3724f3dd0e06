"""Where a run directory cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.driver.run_directory import create_run_directory, runs_folder
from kernelagent.driver.run_lock import is_going
from kernelagent.errors import BadOption


def test_in_the_home_of_nobody(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="no such home folder"):
        create_run_directory(tmp_path / "model.py", "Block", "~nobody-of-that-name/run")


def test_where_something_else_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadOption, match="is a file"):
        create_run_directory(tmp_path / "model.py", "Block", str(tmp_path / "notes.txt"))
    with pytest.raises(BadOption, match="not a run directory"):
        create_run_directory(tmp_path / "model.py", "Block", str(tmp_path))


@pytest.mark.parametrize("link", ["kernels_out", "agents/attempt_1/prompt.md", "lock"])
@pytest.mark.parametrize("goes_on", [True, False])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str, goes_on: bool) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    run = tmp_path / "run"
    (run / link).parent.mkdir(parents=True)
    (run / "events.jsonl").touch()
    (run / link).symlink_to(mine)
    assert not is_going(run)
    with pytest.raises(BadOption, match=f"{Path(link).name} is a symbolic link: .* would land in .*mine") as caught:
        create_run_directory(tmp_path / "model.py", "Block", str(run), goes_on=goes_on)
    assert "Remove it" in caught.value.remedy
    assert mine.read_text() == "mine"
    (run / link).unlink()
    (tmp_path / "here").symlink_to(run)
    _, lock = create_run_directory(tmp_path / "model.py", "Block", str(tmp_path / "here"), goes_on=goes_on)
    lock.release()


def test_no_file_is_made_where_a_link_to_nothing_leads(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".fuse").mkdir()
    (tmp_path / ".fuse" / ".gitignore").symlink_to(tmp_path / "nothing")
    runs_folder(tmp_path / "model.py")
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("goes_on", [True, False])
def test_attempts_of_an_earlier_run_go_when_another_begins(tmp_path: Path, goes_on: bool) -> None:
    run = tmp_path / "run"
    attempt = run / "kernels_out" / "sg0_other" / "openai" / "worker_1" / "attempt_1"
    (attempt / "sample_2").mkdir(parents=True)
    kept = run / "kernels_out" / "sg1_other" / "openai" / "worker_1" / "attempt_1"
    kept.mkdir(parents=True)
    (run / "events.jsonl").touch()
    (attempt / "judge" / "cases").mkdir(parents=True)
    (kept / "notes.txt").write_text("mine")
    for folder in (attempt, attempt / "sample_2", kept):
        for name in ("prompt.md", "reply.md", "reply.json", "finding.txt", "kernel.py", "verdict.json"):
            (folder / name).write_text("{}")
    _, lock = create_run_directory(tmp_path / "model.py", "Block", str(run), goes_on=goes_on)
    lock.release()
    assert attempt.exists() is goes_on
    assert (kept / "prompt.md").exists() is goes_on
    assert (kept / "notes.txt").read_text() == "mine"
