"""Of the user's home and project a candidate sees what it needs and nothing else, wherever Python is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import venv
from pathlib import Path

import pytest
from kernelagent.driver import isolation
from kernelagent.driver.isolation import Isolation

LEVELS: list[isolation.Level] = ["bubblewrap", "namespaces", "limits"]
PACKAGES = str(Path(isolation.__file__).parents[2])
PREAMBLE = """
import json, os, sys
from pathlib import Path
from kernelagent.worker.sandbox import enter
layers = enter(json.loads(sys.argv[1]))

def readable(path):
    try:
        return bool(path.read_text())
    except OSError:
        return False
"""


def shut_in(
    code: str,
    level: isolation.Level,
    folder: Path,
    private: tuple[Path, ...],
    needs: tuple[Path, ...],
    *,
    python: str = sys.executable,
    path: str = PACKAGES,
) -> subprocess.CompletedProcess[str]:
    scratch = folder / "scratch of the run"
    scratch.mkdir(parents=True, exist_ok=True)
    told = Isolation(level, "", project=tuple(map(str, private)))
    policy = {"scratch": str(scratch), **told.shut_in(needs), "private": list(map(str, private))}
    return subprocess.run(
        [*told.prefix(str(scratch), ()), python, "-c", PREAMBLE + textwrap.dedent(code), json.dumps(policy)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with data of the user's, code that the module imports, and the run's folder in it."""
    root = tmp_path / "a pröject"
    for name in ("secrets.txt", "src/model.py", "runs/one/kernel.py", "runs/one/inputs/0.bin", "runs/two/kernel.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"what is in {name}")
    return root


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_needed_can_be_read_and_the_rest_not(project: Path, level: isolation.Level) -> None:
    run = project / "runs" / "one"
    code = f"""
    root = Path({str(project)!r})
    assert (root / "runs/one/kernel.py").read_text() == "what is in runs/one/kernel.py"
    assert os.listdir(root / "runs/one/inputs") == ["0.bin"]
    (Path.cwd() / "written").write_text("x")
    assert not any(readable(root / name) for name in ("secrets.txt", "src/model.py", "runs/two/kernel.py"))
    assert "hidden folders" in layers, layers
    """
    done = shut_in(code, level, run, (project,), (run / "kernel.py", run / "inputs"))
    assert done.returncode == 0, done.stderr
    assert (run / "scratch of the run" / "written").read_text() == "x"
    assert (project / "secrets.txt").read_text() == "what is in secrets.txt"


def test_a_needed_file_is_reached_through_links(project: Path, tmp_path: Path) -> None:
    (project / "link").symlink_to("runs/one")
    (tmp_path / "elsewhere").symlink_to(project)
    kernel = tmp_path / "elsewhere" / "link" / "kernel.py"
    code = f"print(Path({str(kernel)!r}).read_text())"
    for level in LEVELS:
        done = shut_in(code, level, tmp_path / "run", (tmp_path / "elsewhere",), (kernel,))
        assert done.stdout == "what is in runs/one/kernel.py\n", done.stderr


def test_python_works_that_lies_in_the_project(project: Path) -> None:
    """A virtual environment in it, whose packages are PyTorch's; modules that are imported late are found."""
    venv.create(project / ".venv", symlinks=True)
    site = next((project / ".venv" / "lib").glob("python*/site-packages"))
    (site / "real.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    code = f"""
    import colorsys, torch.optim, triton.language
    assert sys.prefix == {str(project / ".venv")!r}
    assert not readable(Path({str(project)!r}, "secrets.txt"))
    print("fine")
    """
    python = str(project / ".venv" / "bin" / "python")
    for level in LEVELS:
        done = shut_in(code, level, project / "run", (project,), (project / "runs",), python=python)
        assert done.stdout == "fine\n", done.stderr


def test_packages_are_found_by_a_path_that_is_the_project_itself(project: Path) -> None:
    """As where somebody works on this package: its folder is needed, and what lies beside it is not."""
    (project / "kernelagent").symlink_to(Path(PACKAGES, "kernelagent"))
    code = f"""
    import kernelagent.worker.judge.tensorfile
    assert not readable(Path({str(project)!r}, "src", "model.py"))
    print("fine")
    """
    for level in LEVELS:
        done = shut_in(code, level, project / "run", (project,), (project / "runs",), path=str(project))
        assert done.stdout == "fine\n", done.stderr


def test_where_nothing_is_said_to_be_needed_the_project_is_seen(project: Path) -> None:
    """A task that runs the module's own code."""
    told = Isolation("namespaces", "", project=(str(project),)).shut_in()
    assert "private" not in told


def test_a_folder_of_the_system_is_never_private(tmp_path: Path) -> None:
    told = Isolation("namespaces", "", project=("/", "/usr", "/etc", str(tmp_path))).shut_in((tmp_path / "k.py",))
    assert told["private"] == [os.path.expanduser("~"), str(tmp_path)]


def test_the_folder_of_this_program_is_private_wherever_it_lies(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    own = tmp_path / "configuration" / "kernelagent"
    own.mkdir(parents=True)
    chosen = isolation.choose("limits", sys.executable, [project / "src" / "model.py"])
    assert str(own) in chosen.shut_in((project / "runs",))["private"]
