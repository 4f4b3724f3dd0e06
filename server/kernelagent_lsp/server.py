"""The server: its parts, put together, and how it ends. Everything here lives on the event loop's thread."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable

from kernelagent_lsp.client import Client
from kernelagent_lsp.configuration.book import SettingsBook
from kernelagent_lsp.configuration.settings import Settings
from kernelagent_lsp.diagnostics.board import DiagnosticBoard
from kernelagent_lsp.diagnostics.dependencies import DependencyDesk
from kernelagent_lsp.diagnostics.directives import DirectiveDesk
from kernelagent_lsp.diagnostics.staleness import StalenessDesk
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.follow_ups import FollowUps
from kernelagent_lsp.jobs.presenter import Presenter
from kernelagent_lsp.jobs.report_folder import ReportFolder
from kernelagent_lsp.jobs.table import JobTable
from kernelagent_lsp.linting.desk import LintDesk
from kernelagent_lsp.modules import ModuleIndex
from kernelagent_lsp.pools import Pools
from kernelagent_lsp.surveys.board import SurveyBoard
from kernelagent_lsp.surveys.desk import SurveyDesk
from kernelagent_lsp.wire.protocol import Protocol

logger = logging.getLogger(__name__)

GRACE_S = 1.5
"""How long killing the workers may take before the process ends regardless."""
LAST_WORDS_S = 0.5
"""How long jobs whose workers are gone may take to write down that they were cancelled."""


class Server:
    """One connection's state. Methods, actions and commands are functions that are given this."""

    def __init__(self, loop: asyncio.AbstractEventLoop, write: Callable[[bytes], None]) -> None:
        from kernelagent_lsp.methods import handlers

        self.loop = loop
        self.protocol = Protocol(handlers(self), write)
        self.client = Client()
        self.book = SettingsBook()
        self.settings_asked = self.settings_told = 0
        """How many questions for settings the client was sent, and which of them it has answered last."""
        self.settings_known = asyncio.Event()
        self.said: tuple[str, ...] = ()
        """Complaints about settings that the user has seen."""
        self.documents = DocumentStore()
        self.modules = ModuleIndex()
        self.pools = Pools()
        self.reports = ReportFolder()
        self.follow_ups = FollowUps()
        self.diagnostics = DiagnosticBoard(self)
        self.linter = LintDesk(self)
        self.directives = DirectiveDesk(self)
        self.staleness = StalenessDesk(self)
        self.dependencies = DependencyDesk(self)
        self.surveyed = SurveyBoard()
        """What is known of the open documents' modules before they are fused."""
        self.surveys = SurveyDesk(self)
        self.presenter = Presenter(self)
        self.jobs = JobTable(loop, self.presenter)
        self._ending = False

    @property
    def settings_awaited(self) -> bool:
        """The client has not answered yet what it was asked last."""
        return self.settings_told < self.settings_asked

    def settings_of(self, uri: str) -> Settings:
        """The settings of the document ``uri``, open or not."""
        return self.book.of(uri)

    def any_document(self, is_so: Callable[[Settings], bool]) -> bool:
        """Whether ``is_so`` of the settings of any open document."""
        return any(is_so(self.settings_of(document.uri)) for document in self.documents)

    def end(self, reason: str) -> None:
        """End the process: its jobs are cancelled, their processes killed. Status 0 after ``shutdown``, else 1.

        Callable from any thread; the first call counts.
        """
        if self._ending:
            return
        self._ending = True
        status = self.protocol.lifecycle.exit_status
        logger.info("Ending with %d: %s", status, reason)
        threading.Thread(target=self._kill_all, args=(status,), name="end", daemon=True).start()
        watchdog = threading.Timer(GRACE_S, os._exit, (status,))
        watchdog.daemon = True
        watchdog.start()

    def _kill_all(self, status: int) -> None:
        try:
            self.jobs.cancel_all()
            self.surveys.cancel()
            self.reports.remove()
            self.pools.close()
            self.jobs.let_end(LAST_WORDS_S)
        finally:
            logging.shutdown()
            os._exit(status)
