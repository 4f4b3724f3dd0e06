"""The user's Python: where it is, and whether it has what a worker needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.codec import parse_json
from kernelagent.driver.environment import worker_environment
from kernelagent.errors import InterpreterNotFound, TorchMissing, TritonMissing, UnsupportedVersion

OLDEST_PYTHON = (3, 10)
OLDEST_TORCH = (2, 9)

_PROBE = """
import sys
sys.path[:] = [folder for folder in sys.path if folder]  # not the current one: a json.py may lie there
import json, re
from importlib import metadata, util
from pathlib import Path
found = {}
for name in ("torch", "triton", "numpy"):
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        found[name] = None
# What torch says of itself names its build (2.9.0+cu128), of which the package's own version may say nothing.
spec = util.find_spec("torch")
told = Path(spec.origin).with_name("version.py") if spec and spec.origin else None
said = re.search(r"__version__ = '([^']+)'", told.read_text(encoding="utf-8")) if told and told.is_file() else None
if said:
    found["torch"] = said[1]
json.dump({"executable": sys.executable, "python": list(sys.version_info[:3]), **found}, sys.stdout)
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that was asked for its versions; nothing heavy was imported."""

    path: str
    origin: str
    """Where it was found, for people: ``--interpreter``, ``VIRTUAL_ENV`` ..."""
    python: str
    torch: str | None
    triton: str | None
    numpy: str | None


def find_interpreter(file: Path | None, chosen: str | None = None) -> tuple[str, str]:
    """``(path, origin)`` of the user's Python: the one named, else the active environment's, else a ``.venv`` or
    ``venv`` beside ``file`` or above it, else this process's own. Raises ``InterpreterNotFound``."""
    if chosen:
        try:
            path = Path(os.path.expanduser(chosen))  # which leaves a ~name of nobody as it is
        except ValueError as exc:  # a null character
            raise InterpreterNotFound(f"there is no Python at {chosen!r}: {exc}.") from exc
        if path.is_dir():
            path = _python_of(path)
        if not path.is_file():
            raise InterpreterNotFound(f"there is no Python at {chosen}.")
        return str(path.absolute()), "--interpreter"
    active = os.environ.get("VIRTUAL_ENV")
    if active and _python_of(Path(active)).is_file():
        return str(_python_of(Path(active))), "VIRTUAL_ENV"
    if file is not None:
        for folder in file.absolute().parents:
            for name in (".venv", "venv"):
                candidate = _python_of(folder / name)
                if candidate.is_file():
                    return str(candidate), f"{name} in {folder}"
    return sys.executable, "the Python that runs kernelagent"


def probe(path: str, origin: str) -> Interpreter:
    """Ask ``path`` for its versions, in a fraction of a second. Raises ``InterpreterNotFound``."""
    try:
        done = subprocess.run(
            [path, "-X", "utf8", "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            env=worker_environment(),
            start_new_session=os.name == "posix",  # Ctrl-C is for this process: it must not look like a broken Python
            check=False,
        )
        found = parse_json(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as exc:
        raise InterpreterNotFound(f"{path} (from {origin}) is not a working Python: {exc}.") from exc
    version = ".".join(str(part) for part in found["python"])
    return Interpreter(path, origin, version, found["torch"], found["triton"], found["numpy"])


def require(interpreter: Interpreter, *, judges: bool = True) -> None:
    """Raise what is missing there: ``UnsupportedVersion``, ``TorchMissing``, ``TritonMissing``. Triton is needed only
    where it ``judges``: capture and synthesis do without."""
    where = f"{interpreter.path} (from {interpreter.origin})"
    if _numbers(interpreter.python) < OLDEST_PYTHON:
        raise UnsupportedVersion(
            f"{where} is Python {interpreter.python}.", hint="Use Python 3.10 or newer, for example with --interpreter."
        )
    if interpreter.torch is None:
        raise TorchMissing(f"{where} has no PyTorch.")
    if _numbers(interpreter.torch) < OLDEST_TORCH:
        raise UnsupportedVersion(
            f"{where} has PyTorch {interpreter.torch}.",
            hint="Install PyTorch 2.9 or newer there (pip install -U torch).",
        )
    if not judges:
        return
    if interpreter.triton is None:
        raise TritonMissing(f"{where} has no Triton.")
    if interpreter.numpy is None:
        raise TritonMissing(
            f"{where} has no NumPy, which Triton's interpreter needs.", hint="Install it there (pip install numpy)."
        )


def _python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
