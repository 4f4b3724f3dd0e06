"""The settings of each document. Later ones win: defaults, ``[tool.kernelagent.editor]`` of the project's
``pyproject.toml``, ``initializationOptions``, what the client says of the document's workspace folder.

A project may say how its kernels are made and shown, and nothing that reaches, sends or spends: an interpreter, a
provider, an agreement, a budget are its reader's to choose.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from kernelagent.driver.project_file import toml_table
from kernelagent.errors import BadConfiguration

from kernelagent_lsp.configuration.options import Options, layered, read_options
from kernelagent_lsp.configuration.settings import Settings, resolve
from kernelagent_lsp.uris import uri_to_path

TABLE = ("tool", "kernelagent", "editor")
PROJECTS = frozenset(
    {"workers", "maxRounds", "samples", "jobs", "device", "arch", "apply", "output", "codeLens", "inlayHints"}
    | {"analyzeOnSave", "lint.enabled", "lint.ignore"}
)
"""Names that a project may say."""


class SettingsBook:
    """Resolves on demand and remembers. Lives on the event loop's thread."""

    def __init__(self) -> None:
        self.initialization = Options({})
        self.folders: tuple[str, ...] = ()
        """URIs of the workspace's folders."""
        self._client = Options({})
        self._of_folder: dict[str, Options] = {}
        self._projects: dict[Path, tuple[int, Options, str]] = {}
        self._known: dict[tuple[str, Path | None, int], Settings] = {}
        self.default = Settings()
        """Of what is no file, or in no project."""

    def settle(self, client: Options, of_folder: Mapping[str, Options]) -> tuple[str, ...]:
        """Take what the client says: at large, and by folder. Returns what can't be used of it, in sentences."""
        self._client, self._of_folder = client, dict(of_folder)
        self._known.clear()
        self.default, problems = resolve(layered(self.initialization, client))
        for options in self._of_folder.values():
            problems += resolve(layered(self.initialization, options))[1]
        return tuple(dict.fromkeys(problems))

    def of(self, uri: str) -> Settings:
        """The settings of the document ``uri``."""
        path = uri_to_path(uri)
        if path is None:
            return self.default
        folder, project = self._folder(path), _nearest(Path(path))
        changed, options, _ = self._project(project) if project is not None else (0, Options({}), "")
        key = (folder, project, changed)
        if key not in self._known:
            client = self._of_folder.get(folder, self._client)
            self._known[key] = resolve(layered(options, self.initialization, client))[0]
        return self._known[key]

    def problems_of(self, uri: str) -> tuple[str, ...]:
        """What can't be used of what the document's project says, in sentences that name its file."""
        path = uri_to_path(uri)
        project = None if path is None else _nearest(Path(path))
        if project is None:
            return ()
        _, options, problem = self._project(project)
        said = (problem, *resolve(options)[1])
        return tuple(f"{project}: {sentence}" for sentence in said if sentence)

    def _folder(self, path: str) -> str:
        """The innermost workspace folder that holds ``path``; empty where none does."""
        around = [
            (len(root), uri)
            for uri in self._of_folder
            if (root := uri_to_path(uri)) is not None and Path(root) in Path(path).parents
        ]
        return max(around)[1] if around else ""

    def _project(self, file: Path) -> tuple[int, Options, str]:
        """When ``file`` was changed last, what it says, and what is wrong with it."""
        try:
            changed = file.stat().st_mtime_ns
        except OSError:
            return (0, Options({}), "")
        known = self._projects.get(file)
        if known is None or known[0] != changed:
            known = self._projects[file] = (changed, *_read(file))
        return known


def _nearest(path: Path) -> Path | None:
    return next((file for folder in path.parents if os.path.isfile(file := folder / "pyproject.toml")), None)


def _read(file: Path) -> tuple[Options, str]:
    try:
        said = read_options(toml_table(file, TABLE))
    except BadConfiguration as exc:
        return Options({}), exc.message.removeprefix(f"{file}: ")
    refused = sorted(name for name in said.typed if name not in PROJECTS)
    problem = f"{', '.join(refused)} can be set in the editor alone, not by a project." if refused else ""
    return Options({k: v for k, v in said.typed.items() if k in PROJECTS}, said.unknown), problem
