"""A live module as a target: saved whole for a worker of the same interpreter, in a folder that lives as long as the
call. The file of the target is that of its class, or one that is written beside what was saved."""

from __future__ import annotations

import hashlib
import os
import pickle
import pickletools
import sys
import sysconfig
import tempfile
import types
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelagent.contract.problem import LiveModule
from kernelagent.driver.modules import modules_in
from kernelagent.driver.target import Target
from kernelagent.errors import NotAModule, NotPicklable
from kernelagent.live.own_text import MAIN, own_text

if TYPE_CHECKING:
    import torch

_SAVED = "module.pt"


@contextmanager
def live_target(module: torch.nn.Module, *, init_given: bool) -> Iterator[Target]:
    """Raises ``NotAModule``, ``NotPicklable``."""
    module = _plain(module)
    cls = type(module)
    with tempfile.TemporaryDirectory(prefix="kernelagent-live-") as name:
        folder = Path(name).resolve()
        saved = folder / _SAVED
        _save(module, saved)
        own = _names_of_main(saved)
        file = None if own else _own_file(cls)
        if file is None:
            file = folder / f"{cls.__name__.lower()}.py"
            file.write_text(_written(cls, own), encoding="utf-8", newline="\n")
        known_as = MAIN if own else cls.__module__
        live = LiveModule(str(saved), digest(saved), known_as, _search_path(), init_given=init_given)
        yield Target(file, cls.__qualname__, live=live)


def is_of_a_file(target: Target) -> bool:
    """Whether the class's own file is the target, and not one that was written for this call."""
    return target.live is None or target.file.parent != Path(target.live.file).parent


def _plain(module: Any) -> torch.nn.Module:
    """What ``torch.compile`` has wrapped is meant itself."""
    import torch

    module = getattr(module, "_orig_mod", module)
    if not isinstance(module, torch.nn.Module):
        raise NotAModule(
            f"a {type(module).__name__} is not a torch.nn.Module.", hint="Give a module or file.py::Class."
        )
    if isinstance(module, torch.jit.ScriptModule):
        raise NotAModule("a scripted module has no Python text.", hint="Give the module that was scripted.")
    return module


def _save(module: torch.nn.Module, file: Path) -> None:
    import torch
    from torch.nn.parameter import is_lazy

    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if is_lazy(tensor):
            raise NotPicklable(f"{name} has no size yet.", hint="Call the module once first.")
        if tensor.is_meta:
            raise NotPicklable(f"{name} is on the meta device and holds no values.", hint="Load its weights first.")
    try:
        torch.save(module, file)
    except (pickle.PicklingError, AttributeError, TypeError, RuntimeError, RecursionError) as exc:
        raise NotPicklable(f"{type(module).__name__} can't be handed to a worker process: {exc}.") from exc


def digest(file: Path) -> str:
    """Of what ``torch.save`` wrote, whatever it called it."""
    found = hashlib.sha256()
    with zipfile.ZipFile(file) as archive:
        for name in sorted(archive.namelist()):
            with archive.open(name) as stream:
                found.update(name.encode())
                while part := stream.read(1 << 20):
                    found.update(part)
    return found.hexdigest()


def _names_of_main(file: Path) -> list[str]:
    """Classes and functions of ``__main__`` that the pickle refers to."""
    with zipfile.ZipFile(file) as archive:
        data = archive.read(next(name for name in archive.namelist() if name.endswith("/data.pkl")))
    found: dict[str, None] = {}
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name == "GLOBAL":
            module, _, name = str(argument).partition(" ")
            if module == MAIN:
                found[name.partition(".")[0]] = None
    return list(found)


def _own_file(cls: type) -> Path | None:
    """Where the user has written the class; ``None`` for an installed one, and for one that is no module by its text.
    Raises ``NotPicklable`` where the file has changed since."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py") or _is_installed(file):
        return None
    path = Path(file).resolve()
    try:
        text = path.read_text(encoding="utf-8-sig")
        if not any(one.name == cls.__qualname__ for one in modules_in(text)):
            return None
        code = compile(text, file, "exec", dont_inherit=True)
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError):
        return None
    written = _functions(_inner(code, cls.__qualname__.split(".")))
    for name, member in vars(cls).items():
        if not isinstance(member, types.FunctionType) or member.__code__.co_filename != file or name not in written:
            continue
        if not _same(member.__code__, written[name]):
            raise NotPicklable(
                f"{path.name} has changed since {cls.__name__} was imported from it.",
                hint="Import it anew (importlib.reload) and make the module again, or restart Python.",
            )
    return path


def _is_installed(file: str) -> bool:
    paths = [sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib")]
    return "site-packages" in file or "dist-packages" in file or file.startswith(tuple(p + os.sep for p in paths))


def _inner(code: types.CodeType, names: list[str]) -> types.CodeType | None:
    for name in names:
        found = [one for one in code.co_consts if isinstance(one, types.CodeType) and one.co_name == name]
        if not found:
            return None
        code = found[-1]
    return code


def _functions(code: types.CodeType | None) -> dict[str, types.CodeType]:
    return {one.co_name: one for one in (code.co_consts if code else ()) if isinstance(one, types.CodeType)}


def _same(one: types.CodeType, other: types.CodeType) -> bool:
    """But for where they stand."""
    if (one.co_code, one.co_names, len(one.co_consts)) != (other.co_code, other.co_names, len(other.co_consts)):
        return False
    pairs = zip(one.co_consts, other.co_consts, strict=True)
    return all(
        _same(a, b) if isinstance(a, types.CodeType) and isinstance(b, types.CodeType) else a == b for a, b in pairs
    )


def _written(cls: type, own: list[str]) -> str:
    """A file that has the class under its own name: the text that ``__main__`` has for it, or a class that inherits it,
    for an installed one is not this project's to copy."""
    text = own_text(own, vars(sys.modules[MAIN])) if own else "import torch\n"
    if cls.__module__ == MAIN:
        return text
    name = cls.__qualname__
    if "." in name:
        raise NotPicklable(f"{name} is no class at the top of its file.")
    base = f"from {cls.__module__} import {name} as _{name}"
    return f'{text}\n{base}\n\n\nclass {name}(_{name}, torch.nn.Module):\n    """As it was given."""\n'


def _search_path() -> tuple[str, ...]:
    return tuple(dict.fromkeys(os.path.abspath(folder) for folder in sys.path))
