"""What an action looks at, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernelagent.driver.modules import ModuleClass

from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.jobs.job import Job

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

    @property
    def standing(self) -> Job | None:
        """The class's latest verified fuse, whatever was asked for since."""
        return self.server.jobs.standing(self.document.uri, self.module.name)

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


PREFIX = "refactor.rewrite.kernelagent"
"""Of all our kinds."""
