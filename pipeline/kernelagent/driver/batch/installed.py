"""``module:Class`` of an installed package: the file that defines the class, found by the user's interpreter.

Nothing of the package is imported, only its files are looked at: an import can take seconds and do anything.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kernelagent.contract.codec import parse_json
from kernelagent.driver.environment import worker_environment
from kernelagent.driver.target import Target
from kernelagent.errors import TargetNotFound

NAMED = re.compile(r"(?P<module>[A-Za-z_]\w*(\.[A-Za-z_]\w*)*):(?P<name>[A-Za-z_]\w*)")

_FIND = r"""
import sys
asked = sys.argv[1:]
import ast, json, os
from importlib.machinery import PathFinder

sys.path[0] = os.getcwd()  # modules of the current folder, as ``python -m`` has them


def spec_of(module):
    path, spec = None, None
    parts = module.split(".")
    for number in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: number + 1]), path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
        if path is None and number + 1 < len(parts):
            return None
    return spec


def find(module, name, steps=8):
    spec = spec_of(module)
    if spec is None:
        return {"error": f"there is no module {module}"}
    if not spec.origin or not spec.origin.endswith(".py"):
        return {"error": f"the module {module} is no Python source file"}
    with open(spec.origin, "rb") as file:
        tree = ast.parse(file.read())
    package = module if spec.submodule_search_locations is not None else module.rpartition(".")[0]
    stars, nodes = [], list(tree.body)
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {"file": spec.origin, "name": name}
        if isinstance(node, (ast.If, ast.Try)):
            nodes += [*node.body, *node.orelse, *[n for h in getattr(node, "handlers", ()) for n in h.body]]
        if not isinstance(node, ast.ImportFrom) or not steps:
            continue
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        source = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            if alias.name == "*":
                stars.append(source)
            elif (alias.asname or alias.name) == name:
                return find(source, alias.name, steps - 1)
    for source in stars:
        found = find(source, name, steps - 1)
        if "file" in found:
            return found
    return {"error": f"the module {module} ({spec.origin}) defines no class {name}"}


def answer(text):
    try:
        return find(*text.split(":"))
    except (OSError, SyntaxError, ValueError, RecursionError) as exc:
        return {"error": f"{text} cannot be looked at: {exc}"}


json.dump([answer(text) for text in asked], sys.stdout)
"""


def is_module_target(text: str) -> bool:
    """``pkg.mod:Class``; a path such as ``C:Class`` on Windows is none."""
    found = NAMED.fullmatch(text)
    return found is not None and not (os.name == "nt" and len(found["module"]) == 1)


def installed(names: Sequence[str], interpreter: str) -> list[Target]:
    """The targets that ``names`` (each as :func:`is_module_target` has it) mean there. Raises ``TargetNotFound``."""
    if not names:
        return []
    try:
        done = subprocess.run(
            [interpreter, "-X", "utf8", "-c", _FIND, *names],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            env=worker_environment(),
            start_new_session=os.name == "posix",
            check=False,
        )
        found = parse_json(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as exc:
        raise TargetNotFound(f"{interpreter} could not look for {names[0]}: {exc}.") from exc
    targets = []
    for name, one in zip(names, found, strict=True):
        if "error" in one:
            raise TargetNotFound(
                f"{name}: {one['error']}.",
                hint=f"Name a class that is installed for {interpreter}, as pkg.mod:Class; another Python is chosen "
                "with --interpreter.",
            )
        targets.append(Target(Path(one["file"]), str(one["name"])))
    return targets


def key_in_project(name: str) -> str:
    """``pkg.mod.Class``, the name of the table in ``pyproject.toml``."""
    return json.dumps(name.replace(":", "."))
