"""What the names of a file stand for, as dotted paths: ``tl.load`` → ``triton.language.load``."""

from __future__ import annotations

import ast
from collections.abc import Iterable

LANGUAGE = "triton.language."
_SAME = {
    "triton.language.core": "triton.language",
    "triton.language.standard": "triton.language",
    "triton.language.math": "triton.language",
    "triton.runtime.jit.jit": "triton.jit",
    "triton.runtime.jit": "triton.jit",
    "triton.runtime.autotuner.autotune": "triton.autotune",
    "triton.runtime.autotune": "triton.autotune",
    "triton.runtime.autotuner.heuristics": "triton.heuristics",
    "triton.runtime.heuristics": "triton.heuristics",
    "triton.runtime.autotuner.Config": "triton.Config",
    "triton.runtime.Config": "triton.Config",
}
"""Other paths of the same things."""


class Names:
    """Meanings of imported names. Two imports of one name (a fallback in ``except ImportError``): the first counts."""

    def __init__(self, imports: Iterable[ast.Import | ast.ImportFrom]) -> None:
        self._meaning: dict[str, str] = {}
        self._usual: dict[str, str] = {}
        for node in imports:
            for alias in node.names:
                if isinstance(node, ast.Import):
                    root = alias.name.partition(".")[0]
                    self._meaning.setdefault(alias.asname or root, alias.name if alias.asname else root)
                else:
                    path = f"{'.' * node.level}{node.module or ''}.{alias.name}"
                    self._meaning.setdefault(alias.asname or alias.name, path)

    def of(self, node: ast.expr) -> str | None:
        """The dotted path of a name or an attribute of an imported one."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._meaning:
            return None
        path = self._meaning[node.id]
        if attributes:
            attributes.append(path)
            path = ".".join(reversed(attributes))
        if path not in self._usual:
            self._usual[path] = _usual(path)
        return self._usual[path]

    def language(self, node: ast.expr) -> str | None:
        """``load`` of ``tl.load``; ``None`` where it is no name of Triton's language."""
        path = self.of(node)
        return path[len(LANGUAGE) :] if path is not None and path.startswith(LANGUAGE) else None

    @property
    def own_language(self) -> str | None:
        """What the file itself calls ``triton.language``, ``tl`` as a rule; ``None`` where it has no name for it."""
        named = {path: name for name, path in reversed(self._meaning.items())}
        if LANGUAGE[:-1] in named:
            return named[LANGUAGE[:-1]]
        return f"{named['triton']}.language" if "triton" in named else None

    def __contains__(self, name: str) -> bool:
        return name in self._meaning

    def mentions(self, root: str) -> bool:
        """Whether anything of the package ``root`` is imported."""
        return any(path == root or path.startswith(f"{root}.") for path in self._meaning.values())


def _usual(path: str) -> str:
    for other, usual in _SAME.items():
        if path == other or path.startswith(f"{other}."):
            return usual + path[len(other) :]
    return path
