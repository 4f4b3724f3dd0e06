"""What an action looks at, and what it gives."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernelagent.driver.modules import ModuleClass
from kernelagent.static.provenance import provenances

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.kernel_place import KernelPlace, kernel_place
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.jobs.job import Job
from kernelagent_lsp.uris import uri_to_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


@dataclass(frozen=True)
class Cursor:
    """Where a menu was asked for."""

    server: Server
    document: Document
    module: ModuleClass
    """The class that the cursor is in."""
    job: Job | None
    """The class's latest job."""
    neighbours: Neighbours
    """The files around it: those of all classes that one request is about."""

    @property
    def standing(self) -> Job | None:
        """The class's latest verified fuse, whatever was asked for since."""
        return self.server.jobs.standing(self.document.uri, self.module.name)

    @property
    def is_busy(self) -> bool:
        """A job runs for the class."""
        return self.job is not None and not self.job.is_over

    @functools.cached_property
    def kernel(self) -> KernelPlace | None:
        """The class's Triton version, where it has one."""
        path = uri_to_path(self.document.uri)
        name = self.module.name
        return None if path is None else kernel_place(self.neighbours, path, name, self.document.text)

    @property
    def is_generated(self) -> bool:
        """The class is itself a Triton version: a line above it says what it was made from."""
        first = self.module.line - 1
        while first > 0 and self.document.line(first - 1).startswith(("#", "@")):
            first -= 1
        text = "".join(self.document.line(number) for number in range(first, self.module.line))
        return "# source:" in text and bool(provenances(text))

    @property
    def is_stale(self) -> bool:
        """The class has changed since that was made."""
        return self.server.staleness.is_stale(self.document.uri, self.module.name)

    @property
    def is_in_doubt(self) -> bool:
        """What the class's verdict hangs on in other files has changed since."""
        return self.server.diagnostics.is_in_doubt(self.document, self.module.name)

    @property
    def argument(self) -> dict[str, Any]:
        return {"uri": self.document.uri, "class": self.module.name}


@dataclass(frozen=True)
class Offer:
    """One entry of the menu."""

    title: str
    kind: str
    command: str
    argument: dict[str, Any]
    mends: str = ""
    """Code of the class's diagnostic that it is the answer to."""


PREFIX = "refactor.rewrite.kernelagent"
"""Of all our kinds but the quick fixes."""
QUICK_FIX = "quickfix.kernelagent"
