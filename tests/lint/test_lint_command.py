"""``kernelagent lint`` in a process of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from command_line import COMMAND, Done, environment, kernelagent
from pages import example

WRONG = example("KA103", "Wrong")
RIGHT = example("KA103", "Right")


def lint(*arguments: str, cwd: Path) -> Done:
    return kernelagent("lint", *arguments, cwd=cwd)


def test_findings_are_lines_with_place_code_and_message(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(WRONG)
    done = lint("kernel.py", cwd=tmp_path)
    assert done.status == 1
    (line,) = done.stdout.splitlines()
    row = 1 + next(i for i, text in enumerate(WRONG.splitlines()) if "tl.sum" in text)
    column = 1 + WRONG.splitlines()[row - 1].index("tl.sum")
    assert line.startswith(f"kernel.py:{row}:{column}: KA103 warning: tl.sum takes in ")
    assert "\x1b" not in done.stdout
    assert done.stderr == "1 warning in 1 file.\n"


def test_a_file_without_findings(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(RIGHT)
    done = lint("kernel.py", cwd=tmp_path)
    assert (done.status, done.stdout) == (0, "")


def test_hints_alone_are_no_failure(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(example("KA106", "Wrong"))
    done = lint("kernel.py", cwd=tmp_path)
    assert done.status == 0
    assert "KA106 hint" in done.stdout


def test_folders_and_patterns(tmp_path: Path) -> None:
    for name in ("a.py", "deep/er/b.py", ".hidden/c.py", "venv/d.py", "deep/text.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(WRONG)
    found = [line.partition(":")[0] for line in lint(".", cwd=tmp_path).stdout.splitlines()]
    assert found == ["a.py", os.path.join("deep", "er", "b.py")]
    found = [line.partition(":")[0] for line in lint("deep/**/*.py", "deep", cwd=tmp_path).stdout.splitlines()]
    assert found == [os.path.join("deep", "er", "b.py")]


def test_json_is_one_document(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(WRONG)
    done = lint("kernel.py", "--json", cwd=tmp_path)
    assert done.status == 1
    document = done.document
    assert document["files"] == 1
    (finding,) = document["findings"]
    assert finding["code"] == "KA103"
    assert finding["name"] == "undefined-in-reduction"
    assert finding["fixes"] == [{"title": "Add other=0.0", "safe": True}]
    assert finding["related"][0]["line"] < finding["line"] == finding["end_line"]


def test_select_and_ignore(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(WRONG)
    assert lint("kernel.py", "--ignore", "KA103", cwd=tmp_path).status == 0
    assert lint("kernel.py", "--select", "ka2,KA4", cwd=tmp_path).status == 0
    assert lint("kernel.py", "--select", "KA1", cwd=tmp_path).status == 1
    done = lint("kernel.py", "--select", "KA9", cwd=tmp_path)
    assert done.status == 2
    assert "there is no rule KA9" in done.stderr


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    done = lint("nowhere.py", "--json", cwd=tmp_path)
    assert done.status == 2
    assert done.document["error"]["code"] == "TargetNotFound"


def test_what_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("import triton\ndef f(:\n")
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00triton")
    done = lint(".", cwd=tmp_path)
    assert done.status == 1
    assert "kernel.py:2:7: KA000 error: This is not Python" in done.stdout
    assert "bytes.py:1:1: KA000 error: This is not text" in done.stdout


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_fix_mends_the_file_and_nothing_else_in_it(tmp_path: Path, newline: str, mark: str) -> None:
    file = tmp_path / "kernel.py"
    before = mark + WRONG.replace("import triton\n", "# größe 🙂\nimport triton\n", 1).replace("\n", newline)
    file.write_bytes(before.encode())
    done = lint("kernel.py", "--fix", cwd=tmp_path)
    assert (done.status, done.stdout) == (0, "")
    assert done.stderr == "Nothing found in 1 file; 1 mended.\n"
    assert file.read_bytes().decode() == before.replace("offsets < n)", "offsets < n, other=0.0)")


def test_standard_input(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "lint", "-"],
        input=WRONG,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("-:")


def test_nothing_of_torch_is_needed(tmp_path: Path) -> None:
    """The linter looks at text: a file whose imports can't be made is looked at like any other."""
    (tmp_path / "kernel.py").write_text("import nowhere_to_be_found\n" + WRONG)
    assert lint("kernel.py", cwd=tmp_path).status == 1
