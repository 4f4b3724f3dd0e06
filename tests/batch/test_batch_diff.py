"""``batch diff``: what was lost and what was won between two batches, and the exit status that says it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from answers import answer, failed, timed
from kernelagent.cli.group import run
from kernelagent.contract.batch import BatchEntry
from kernelagent.contract.codec import write_json
from kernelagent.driver.batch.comparison import compare
from kernelagent.driver.batch.journal import Journal
from kernelagent.driver.batch.summary import summarize

OLD = [
    answer("lost.py"),
    failed("won.py", "TimedOut: capture"),
    timed("a.py", 1.0),
    timed("b.py", 1.0),
    answer("old.py"),
]
NEW = [failed("lost.py", "values: off"), answer("won.py"), timed("a.py", 1.3), timed("b.py", 0.9), answer("new.py")]


def written(file: Path, entries: list[BatchEntry]) -> str:
    write_json(file, summarize("", len(entries), entries))
    return str(file)


def test_what_changed_is_told_and_the_status_says_whether_something_was_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = written(tmp_path / "old.json", OLD), written(tmp_path / "new.json", NEW)
    assert run(["batch", "diff", old, new, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["target"] for one in told["newly_failing"]] == ["lost.py"]
    assert [one["target"] for one in told["newly_verified"]] == ["won.py"]
    assert [(one["target"], one["what"]) for one in told["slower"]] == [("a.py", "kernel"), ("a.py", "speed-up")]
    assert (told["faster"], told["only_old"], told["only_new"]) == ([], ["old.py"], ["new.py"])
    assert run(["batch", "diff", old, new]) == 1
    words = capsys.readouterr().out
    assert "lost.py  verified → failed  values: off" in words
    assert "5 problems are in both" not in words
    assert "4 problems are in both; 2 have the same status." in words
    assert run(["batch", "diff", old, old]) == 0
    assert run(["batch", "diff", written(tmp_path / "ab.json", OLD[2:4]), new, "--slower", "1.5"]) == 0


def test_folders_are_compared_whoever_wrote_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, entries in (("one", OLD), ("two", NEW)):
        (tmp_path / name).mkdir()
        for entry in entries:
            Journal(tmp_path / name).add(entry)
    journal = tmp_path / "one" / "results.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"seal": "', b'"seal": "0'))
    assert run(["batch", "diff", str(tmp_path / "one"), str(tmp_path / "two")]) == 1
    assert "lost.py" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "{}", '{"entries": 3}', "[]"])
def test_what_is_no_batch_is_bad_usage(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.json").write_text(text, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    good = written(tmp_path / "good.json", OLD)
    for bad in ("old.json", "empty", "nowhere"):
        assert run(["batch", "diff", str(tmp_path / bad), good]) == 2
        assert "BadOption" in capsys.readouterr().err


def test_batches_of_two_checkouts_are_compared_by_what_follows_their_folders() -> None:
    one = [replace(entry, target=f"/home/me/one/{entry.target}::Net") for entry in OLD]
    two = [replace(entry, target=f"/tmp/two/{entry.target}::Net") for entry in OLD]
    found = compare(one, two, 1.2)
    assert (found.in_both, found.only_old, found.has_regressed) == (5, (), False)


def test_a_problem_elsewhere_takes_none_apart() -> None:
    before = [answer("/p/m/a.py"), answer("/p/m/b.py")]
    after = [answer("/p/m/a.py"), failed("/p/m/b.py", "values: off"), answer("/p/z.py")]
    found = compare(before, after, 1.2)
    assert [turned.target for turned in found.newly_failing] == ["m/b.py"]
    assert (found.in_both, found.only_new) == (2, ("z.py",))
    moved = [replace(entry, target=f"/elsewhere{entry.target}") for entry in after]
    assert [turned.target for turned in compare(before, moved, 1.2).newly_failing] == ["m/b.py"]


def test_two_checkouts_and_a_package_that_both_have() -> None:
    shared = "/venv/site-packages/timm/mlp.py::Mlp"
    before = [answer("/a/m/a.py"), answer("/a/m/b.py"), answer(shared), answer("/v1/lib/t.py::X")]
    after = [answer("/b/m/a.py"), failed("/b/m/b.py", "off"), answer(shared), failed("/v2/lib/t.py::X", "off")]
    found = compare(before, after, 1.2)
    assert (found.in_both, found.only_old, found.only_new) == (4, (), ())
    assert [turned.target for turned in found.newly_failing] == ["m/b.py", "lib/t.py::X"]


def test_of_equal_names_those_whose_folders_fit_are_meant() -> None:
    before = [
        failed(f"/old/{n}/model.py::Net", "values: off") if n else answer("/old/0/model.py::Net") for n in range(3)
    ]
    after = [failed(f"/new/{n}/model.py::Net", "values: off") for n in (2, 1, 0)]
    found = compare(before, after, 1.2)
    assert (found.in_both, [turned.target for turned in found.newly_failing]) == (3, ["0/model.py::Net"])


def test_batches_that_share_nothing_are_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = written(tmp_path / "old.json", [answer("a.py")]), written(tmp_path / "new.json", [answer("b.py")])
    assert run(["batch", "diff", old, new]) == 2
    assert "nothing was compared" in capsys.readouterr().err


def test_the_time_to_fuse_is_told_and_is_no_regression() -> None:
    found = compare([answer("a.py", elapsed_s=10.0)], [answer("a.py", elapsed_s=20.0)], 1.2)
    assert [change.what for change in found.slower] == ["time"]
    assert not found.has_regressed
    assert not compare([answer("a.py", elapsed_s=0.1)], [answer("a.py", elapsed_s=0.3)], 1.2).slower, (
        "start-up is noise"
    )
    assert not compare([timed("a.py", 1.0)], [replace(timed("a.py", 2.0), speed=None)], 1.2).slower


def test_a_folder_that_is_called_diff_is_still_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "diff").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(["batch", "./diff"]) == 2
    assert "./diff means no problem" in capsys.readouterr().err
    assert run(["batch"]) == 2
    assert run(["batch", "diff", "--help"]) == 0
    assert "batch diff [OPTIONS] OLD NEW" in capsys.readouterr().out
