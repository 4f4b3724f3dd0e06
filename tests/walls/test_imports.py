"""The walls of the house, as docs/architecture.md states them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from source_files import EVERYTHING, ROOMS, ROOT, imports_of, is_standard

ALLOWED = {
    "contract": ("kernelagent.contract", "kernelagent.errors"),
    "static": ("kernelagent.static",),
    "lint": ("kernelagent.lint", "kernelagent.static"),
    "driver": (
        "kernelagent.static.parsing",
        "kernelagent.static.bindings",
        "kernelagent.static.branches",
        "kernelagent.static.needed",
        "kernelagent.static.kernel_file",
        "kernelagent.static.provenance",
        "kernelagent.static.unused",
        "kernelagent.static.wiring",
        "kernelagent.contract",
        "kernelagent.errors",
        "kernelagent.driver",
        "kernelagent.__version__",
        "tomli",
        "ray",
        "grpc",
    ),
    "cli": (
        "kernelagent.contract",
        "kernelagent.errors",
        "kernelagent.driver",
        "kernelagent.lint",
        "kernelagent.cli",
        "kernelagent.ui",
        "kernelagent.__version__",
        "click",
        "rich",
    ),
    "ui": (
        "kernelagent.contract",
        "kernelagent.errors",
        "kernelagent.driver",
        "kernelagent.ui",
        "kernelagent.cli.progress",
        "gradio",
        "fastapi",
        "uvicorn",
    ),
    "api": (
        "kernelagent.contract",
        "kernelagent.errors",
        "kernelagent.driver",
        "kernelagent.live",
        "kernelagent.testing",
        "kernelagent.static.provenance",
        "kernelagent.cli.progress",
        "kernelagent.cli.failure_report",
        "kernelagent.cli.reproduce",
        "torch",
        "pytest",
        "IPython",
        "typing_extensions",  # for type checkers alone
    ),
    "compat": ("kernelagent.kernel_agent", "kernelagent.cli.from_kernelagent"),
    "worker": (
        "kernelagent.contract",
        "kernelagent.errors",
        "kernelagent.static",
        "kernelagent.worker",
        "torch",
        "triton",
        "numpy",
        "sympy",
    ),
    "synth": (
        "kernelagent.static.indentation",
        "kernelagent.static.torch_operators",
        "kernelagent.static.kernel_file",
        "kernelagent.static.own_names",
        "kernelagent.static.scan",
        "kernelagent.static.wiring",
        "kernelagent.contract",
        "kernelagent.errors",
        "kernelagent.worker.synth",
        "kernelagent.worker.capture",
        "kernelagent.worker.aot.targets",
        "sympy",
    ),
    "server": ("kernelagent", "kernelagent_lsp", "pygls", "lsprotocol", "cattrs", "attrs"),
}
"""What each room may import besides the standard library. SymPy is a dependency of torch's own."""


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    files = ROOMS[room]
    assert files
    strangers = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in files
        for line, name in imports_of(file)
        if not is_standard(name) and not within(name, ALLOWED[room])
    ]
    assert strangers == []


def test_the_server_does_not_reach_into_the_worker() -> None:
    strangers = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in ROOMS["server"]
        for line, name in imports_of(file)
        if within(name, ("kernelagent.worker", "kernelagent.cli"))
    ]
    assert strangers == []


def test_every_file_belongs_to_a_room() -> None:
    files = {*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "server").rglob("*.py")}
    assert sorted(file for file in files if "build" not in file.parts) == EVERYTHING


def names_of(room: str, source_root: str) -> list[str]:
    names = []
    for file in ROOMS[room]:
        parts = file.relative_to(ROOT / source_root).with_suffix("").parts
        if parts[-1] != "__main__":
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def test_driver_command_line_and_server_run_without_torch() -> None:
    """Import all of it in one process, with torch and triton made impossible to import."""
    names = names_of("contract", "pipeline") + names_of("driver", "pipeline") + names_of("cli", "pipeline")
    names += names_of("api", "pipeline")  # what imports torch there does so when it is given a module
    names += names_of("static", "pipeline") + names_of("lint", "pipeline") + names_of("server", "server")
    script = (
        "import importlib, sys\n"
        "class Forbid:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('torch', 'triton', 'numpy'):\n"
        "            raise AssertionError(f'{name} was imported')\n"
        "sys.meta_path.insert(0, Forbid())\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "assert not {'torch', 'triton', 'numpy'} & set(sys.modules)\n"
        "assert not [name for name in sys.modules if name.startswith('kernelagent.worker.')]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_pages_run_without_torch_and_the_command_without_gradio() -> None:
    """Gradio brings NumPy, and is imported when the server begins, by the pages alone."""
    names = names_of("ui", "pipeline")
    pages = [name for name in names if name.startswith("kernelagent.ui.pages.")]
    script = (
        "import importlib, sys\n"
        "class Forbid:\n"
        "    names = ['torch', 'triton', 'gradio', 'numpy']\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in self.names:\n"
        "            raise AssertionError(f'{name} was imported')\n"
        "sys.meta_path.insert(0, Forbid())\n"
        f"for name in {sorted(set(names) - set(pages))!r} + ['kernelagent.cli.ui']:\n"
        "    importlib.import_module(name)\n"
        "Forbid.names = ['torch', 'triton']\n"
        f"for name in {pages!r}:\n"
        "    importlib.import_module(name)\n"
        "assert 'gradio' in sys.modules and not {'torch', 'triton'} & set(sys.modules)\n"
        "assert not [name for name in sys.modules if name.startswith('kernelagent.worker.')]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", ["contract", "static", "lint"])
def test_these_rooms_need_no_third_party_package(room: str, tmp_path: Path) -> None:
    """``-S``: an interpreter that has the standard library and nothing else."""
    names = names_of(room, "pipeline")
    script = f"import importlib, sys; sys.path.insert(0, {str(ROOT / 'pipeline')!r})\n"
    script += "".join(f"importlib.import_module({name!r})\n" for name in names)
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
