"""Files of this machine below one folder of another, each at its own path: what one says of another's place holds."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path, PurePath

from kernelagent.contract.problem import Problem
from kernelagent.driver.project_file import project_root


def name_of(path: Path | str) -> str:
    """``/home/me/m.py`` as ``home/me/m.py``, ``C:\\m.py`` as ``C/m.py``."""
    whole = PurePath(os.path.normpath(os.path.abspath(path)))
    drive = whole.drive.replace(":", "").strip("\\/")
    return "/".join((*([drive] if drive else []), *whole.parts[1:]))


def files_for(problem: Problem) -> dict[str, Path]:
    """All that a captured problem needs where it is run, by name: its file and text, what it imports and reads."""
    folder = Path(problem.file).parent
    root = project_root(Path(problem.file))
    paths = [Path(problem.file), *([Path(problem.text_file)] if problem.text_file else [])]
    paths += [folder / file.path for file in problem.imports]
    paths += [folder / file.path for file in problem.data]
    around = {path.parent / "__init__.py" for path in paths}
    paths += [path for path in around if path.is_file()]
    wanted = [path for path in paths if path.is_file() and _belongs(path, root, problem)]
    return {name_of(path): path for path in wanted}


def moved(problem: Problem, root: Path) -> Problem:
    """``problem`` as it is below ``root``."""

    def there(path: str) -> str:
        return str(root / name_of(path)) if path else ""

    text_file, import_root = there(problem.text_file), there(problem.import_root)
    return replace(problem, file=there(problem.file), text_file=text_file, import_root=import_root)


def turned_back(text: str, root: str) -> str:
    """``text`` of the other side with the paths of this one."""
    if os.name == "nt":
        return text
    return text.replace(f"{root}/", "/")


def _belongs(path: Path, root: Path, problem: Problem) -> bool:
    """Not a file of the system or of another project, which a module may read, too."""
    given = {Path(problem.file).absolute(), Path(problem.text_file).absolute() if problem.text_file else None}
    return path.absolute() in given or path.resolve().is_relative_to(root.resolve())
