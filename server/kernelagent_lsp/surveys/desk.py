"""Surveys of the open documents: one at a time, a moment after opening or saving, in a thread, behind every job."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent.contract.survey import ClassSurvey, Survey
from kernelagent.driver.cancel import CancelToken
from kernelagent.errors import KernelAgentError

from kernelagent_lsp import messages
from kernelagent_lsp.configuration.settings import Settings
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.store import canonical
from kernelagent_lsp.surveys.findings import Said, findings
from kernelagent_lsp.uris import uri_to_path

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

logger = logging.getLogger(__name__)

PAUSE_S = 0.3
"""After opening or saving: who saves twice, or looks through a folder, starts one survey."""
LONGEST = 500_000
"""Characters. What is longer was not written by hand."""

_MENTIONS_TORCH = re.compile(r"^\s*(?:import|from)\s+torch\b", re.MULTILINE)


@dataclass(frozen=True)
class _Asked:
    """A survey that waits, or goes on, with all that its thread may look at."""

    document: Document
    generation: int
    """Counts the surveys of this server: what an older one still says is dropped."""
    path: str
    text: str
    lines: tuple[str, ...]
    saved: bool
    settings: Settings
    token: CancelToken = field(default_factory=CancelToken)


class SurveyDesk:
    """Every method but :meth:`_work` is called on the event loop's thread; :meth:`cancel` on any."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._waiting: dict[str, tuple[Document, bool]] = {}
        """By document, in order: whether the user has saved it."""
        self._running: _Asked | None = None
        self._threads = 0
        """Those that have not ended yet, a cancelled one among them."""
        self._generation = 0
        self._shown: dict[str, tuple[Said, ...]] = {}
        """What the client was last told, by document."""

    # What happens to documents

    def opened(self, document: Document) -> None:
        self._ask(document, saved=False)

    def saved(self, document: Document) -> None:
        self._ask(document, saved=True)

    def changed(self, document: Document) -> None:
        """What goes on is about another text by now; the next save asks again."""
        self._drop(document)

    def closed(self, document: Document) -> None:
        self._drop(document)
        self._server.surveyed.forget(document)
        if self._shown.pop(canonical(document.uri), ()):
            self._server.diagnostics.publish(document.uri)

    def settings_changed(self, document: Document, before: Settings, now: Settings) -> None:
        if before.inlay_hints != now.inlay_hints and self._server.client.refreshes_inlay_hints:
            self._server.protocol.send_request("workspace/inlayHint/refresh", None)
        if (before.analyze_on_save, before.interpreter) != (now.analyze_on_save, now.interpreter):
            self._drop(document)
            self._server.surveyed.forget(document)
            self._tell(document)
            self._ask(document, saved=False)
        elif before.arch != now.arch:
            self._tell(document)

    def jobs_changed(self) -> None:
        """A job was asked for, and has the machine for itself; or it has ended, and what waits may go on."""
        running = self._running
        if running is not None and self._busy:
            self._waiting = {canonical(running.document.uri): (running.document, running.saved), **self._waiting}
            self.cancel()
        self.pump()

    def cancel(self) -> None:
        """Stop what goes on; its processes are killed."""
        running, self._running = self._running, None
        if running is not None:  # killing may take a moment, which the loop has not got
            threading.Thread(target=running.token.cancel, name="cancel survey", daemon=True).start()

    # One survey after the other

    @property
    def _busy(self) -> bool:
        return any(not job.is_over for job in self._server.jobs.all())

    def _ask(self, document: Document, *, saved: bool) -> None:
        self._drop(document)
        if _is_surveyed(document) and self._server.settings_of(document.uri).analyze_on_save:
            key = canonical(document.uri)
            self._timers[key] = self._server.loop.call_later(PAUSE_S, self._due, key, document, saved)

    def _drop(self, document: Document) -> None:
        key = canonical(document.uri)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        self._waiting.pop(key, None)
        if self._running is not None and self._running.document is document:
            self.cancel()

    def _due(self, key: str, document: Document, saved: bool) -> None:
        self._timers.pop(key, None)
        self._waiting[key] = (document, saved)
        self.pump()

    def pump(self) -> None:
        """Begin the next survey, if there is one and nothing stands before it."""
        server = self._server
        if not self._waiting or self._threads or server.settings_awaited or self._busy:
            return
        key = next(iter(self._waiting))
        document, saved = self._waiting.pop(key)
        path = uri_to_path(document.uri)
        settings = server.settings_of(document.uri)
        if not settings.analyze_on_save or server.documents.get(document.uri) is not document or path is None:
            self.pump()
            return
        self._generation += 1
        self._threads += 1
        asked = _Asked(document, self._generation, path, document.text, document.lines, saved, settings)
        self._running = asked
        threading.Thread(target=self._work, args=(asked,), name="survey", daemon=True).start()

    def _work(self, asked: _Asked) -> None:
        server = self._server

        def tell(found: ClassSurvey) -> None:
            server.loop.call_soon_threadsafe(self._found, asked, found)

        survey: Survey | None = None
        try:
            from kernelagent.driver.survey import survey as look_at
            from kernelagent.driver.survey_cache import SurveyCache, cache_folder

            pool = server.pools.get(asked.settings.interpreter, asked.path, asked.settings.remote)
            survey = look_at(
                Path(asked.path),
                asked.text,
                asked.settings.run_options(),
                pool=pool,
                versions=server.pools.versions(pool),
                cache=SurveyCache(cache_folder(os.environ)),
                saved=asked.saved,
                cancel=asked.token,
                on_class=tell,
            )
        except KernelAgentError as exc:  # no interpreter, no torch: the first job says so, which needs it
            logger.info("No survey: %s", exc.code)
        except Exception as exc:  # noqa: BLE001 - a defect costs this survey, not the server
            logger.error("%s\n%s", type(exc).__name__, "".join(traceback.format_tb(exc.__traceback__)))
        server.loop.call_soon_threadsafe(self._ended, asked, survey)

    def _found(self, asked: _Asked, found: ClassSurvey) -> None:
        if self._is_wanted(asked):
            self._server.surveyed.put(asked.document, found, asked.lines)
            self._show(asked.document)

    def _ended(self, asked: _Asked, survey: Survey | None) -> None:
        self._threads -= 1
        if self._is_wanted(asked):
            self._running = None
            if survey is not None:
                self._server.surveyed.keep_only(asked.document, frozenset(one.class_name for one in survey.classes))
                self._show(asked.document)
        self.pump()

    def _is_wanted(self, asked: _Asked) -> bool:
        running = self._running
        open_still = self._server.documents.get(asked.document.uri) is asked.document
        return running is not None and running.generation == asked.generation and open_still

    def findings(self, document: Document) -> tuple[Said, ...]:
        """What is to be said of ``document`` now; it is about to be told."""
        found = findings(self._server, document)
        self._shown[canonical(document.uri)] = found
        return found

    def speaks_of(self, document: Document) -> bool:
        """Whether anything that was told may be at another place by now."""
        return bool(self._shown.get(canonical(document.uri)))

    def _tell(self, document: Document) -> None:
        if findings(self._server, document) != self._shown.get(canonical(document.uri), ()):
            self._server.diagnostics.publish(document.uri)

    def _show(self, document: Document) -> None:
        self._tell(document)
        messages.refresh_lenses(self._server)
        messages.refresh_inlay_hints(self._server)


def _is_surveyed(document: Document) -> bool:
    """A Python file on this machine, in a folder that is there, that imports torch."""
    path = uri_to_path(document.uri)
    if path is None or not (document.language_id == "python" or document.uri.endswith(".py")):
        return False
    text = document.text
    return len(text) <= LONGEST and bool(_MENTIONS_TORCH.search(text)) and os.path.isdir(os.path.dirname(path))
