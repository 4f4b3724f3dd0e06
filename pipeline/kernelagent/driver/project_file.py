"""The project around a file: its root, and ``[tool.kernelagent.modules."pkg.mod.Class"]`` in ``pyproject.toml``."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from kernelagent.contract.problem import Mode
from kernelagent.contract.shown import shown
from kernelagent.errors import BadConfiguration

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NAMES = ("budget", "editor", "env-file", "models", "modules")
"""``editor`` is the language server's."""
_KEYS = ("inputs", "init", "mode")


@dataclass(frozen=True)
class ModuleTable:
    """One module's table."""

    inputs: str
    """Empty where it has none, and need not."""
    init: str | None
    mode: Mode | None


def project_root(file: Path) -> Path:
    """The nearest folder above ``file`` with a ``pyproject.toml`` or ``.git``; else its own."""
    for folder in file.absolute().parents:
        # os.path: a name that is too long for the system is no file, and no error
        if os.path.isfile(folder / "pyproject.toml") or os.path.exists(folder / ".git"):
            return folder
    return file.absolute().parent


def module_table(file: Path, class_name: str, *, needs_inputs: bool = True) -> ModuleTable | None:
    """The table for ``class_name`` of ``file`` in the nearest ``pyproject.toml`` that has one.

    The key's dotted path is the module as Python imports it; a leading ``src`` or other source folder may be there or
    not. Raises ``BadConfiguration`` with the key and the file.
    """
    file = file.absolute()
    for folder in file.parents:
        path = folder / "pyproject.toml"
        if os.path.isfile(path):
            return _table(path, file.relative_to(folder), class_name, needs_inputs)
    return None


def named_table(near: Path, name: str) -> tuple[Path, ModuleTable | None]:
    """The table for the class ``name`` (``pkg.mod.Class``), which lies elsewhere, in the nearest ``pyproject.toml``
    above ``near``, and that file; where there is none, the one that could be. Raises ``BadConfiguration``."""
    path = project_root(near) / "pyproject.toml"
    if not os.path.isfile(path):
        return path, None
    _require_known_names(path)
    document = toml_table(path, ("tool", "kernelagent", "modules"))
    return path, _read(path, name, document[name], True) if name in document else None


def kernelagent_table(file: Path, name: str) -> tuple[Path, dict[str, Any]]:
    """``[tool.kernelagent.<name>]``, or ``[tool.kernelagent]`` for an empty name, of the nearest ``pyproject.toml``
    above ``file``, with that file; an empty table where there is none. Raises ``BadConfiguration``."""
    keys = ("tool", "kernelagent", name) if name else ("tool", "kernelagent")
    for folder in file.absolute().parents:
        path = folder / "pyproject.toml"
        if os.path.isfile(path):
            _require_known_names(path)
            return path, toml_table(path, keys)
    return file.absolute().parent / "pyproject.toml", {}


def require_known(path: Path, table: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Raises ``BadConfiguration`` for the first of the names ``given`` in ``table`` that is not ``known``: a limit or
    a model that is passed over in silence is one that the user believes in."""
    for name in given:
        if name not in known:
            raise BadConfiguration(
                f"{path}: {table} {unknown(name, known)}.", file=str(path), line=_line_of(path, name)
            )


def unknown(name: str, known: Iterable[str]) -> str:
    """What a table knows, and that ``name`` is not among it."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=2)
    return f"knows {', '.join(names)}, but not {name}" + (f" (did you mean {' or '.join(near)}?)" if near else "")


def toml_table(path: Path, keys: tuple[str, ...]) -> dict[str, Any]:
    """The table that ``keys`` lead to; empty where there is none. Raises ``BadConfiguration``."""
    document = _toml(path)
    for key in keys:
        document = document.get(key, {})
        if not isinstance(document, dict):
            raise BadConfiguration(f"{path}: {key} must be a table.", file=str(path))
    return dict(document)


def _toml(path: Path) -> Any:
    """All of the file: the one place that reads TOML. Raises ``BadConfiguration``."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise BadConfiguration(f"{path} cannot be read: {exc.strerror or exc}.", file=str(path)) from exc
    except RecursionError as exc:
        raise BadConfiguration(f"{path} is nested too deeply to be read.", file=str(path)) from exc
    except ValueError as exc:  # of TOML, of UTF-8, and plain ones: of a number with too many digits
        raise BadConfiguration(f"{path} is not valid TOML: {str(exc).rstrip('.')}.", file=str(path)) from exc


def _require_known_names(path: Path) -> None:
    require_known(path, "[tool.kernelagent]", toml_table(path, ("tool", "kernelagent")), _NAMES)


def _table(path: Path, file: Path, class_name: str, needs_inputs: bool) -> ModuleTable | None:
    _require_known_names(path)
    document = toml_table(path, ("tool", "kernelagent", "modules"))
    parts = [*file.with_suffix("").parts]
    if parts[-1] == "__init__":
        parts.pop()
    for start in range(len(parts) + 1):  # src.pkg.mod.Class, pkg.mod.Class, mod.Class, Class
        name = ".".join([*parts[start:], class_name])
        if name in document:
            return _read(path, name, document[name], needs_inputs)
    return None


def _read(path: Path, name: str, table: Any, needs_inputs: bool) -> ModuleTable:
    def bad(reason: str) -> BadConfiguration:
        line = _line_of(path, name)
        return BadConfiguration(f'{path}: [tool.kernelagent.modules."{name}"] {reason}.', file=str(path), line=line)

    if not isinstance(table, dict):
        raise bad("must be a table")
    for key, value in table.items():
        if key not in _KEYS:
            raise bad(unknown(key, _KEYS))
        if not isinstance(value, str):
            raise bad(f"has {key} = {shown(value)}: write the Python expression as a string")
    if needs_inputs and "inputs" not in table:
        raise bad("has no inputs")
    mode = next((known for known in get_args(Mode) if known == table.get("mode")), None)
    if "mode" in table and mode is None:
        raise bad(f"has mode = {shown(table['mode'])}, which is none of {', '.join(get_args(Mode))}")
    return ModuleTable(table.get("inputs", ""), table.get("init"), mode)


def _line_of(path: Path, name: str) -> int | None:
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if name in line:
            return number
    return None
