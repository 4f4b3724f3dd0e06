"""What a job does: a run of a module, or a session for words, for a source with words around it, or for a caller's own
test."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.events import Event, StageProgress
from kernelagent.contract.options import Options
from kernelagent.contract.session import SessionRequest
from kernelagent.driver import pipeline
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.describing.source_in import source_in
from kernelagent.driver.printable import printable
from kernelagent.driver.run_directory import runs_folder
from kernelagent.driver.sessions.callers_test import unreadable
from kernelagent.driver.sessions.going_through import author_of_words, go_through, not_begun
from kernelagent.driver.sessions.session_directory import SessionDirectory
from kernelagent.driver.store.recall import recall
from kernelagent.driver.target import Target
from kernelagent.errors import BadOption, KernelAgentError
from kernelagent.ui.asked import Asked
from kernelagent.ui.jobs import Ended, Work
from kernelagent.ui.warm import Warm

TEST_TIMEOUT_S = 30.0


def run_of(asked: Asked, runs: Path, warm: Warm) -> Work:
    """As ``kernelagent fuse``: an answer from before that holds is given again, else the module is fused."""

    def work(cancel: CancelToken, on_event: Callable[[Event], None]) -> Ended:
        runs_folder(runs.parent / "here")
        found = recall(asked.target, asked.options, on_event=on_event, runs=runs)
        if found is not None:
            return found
        pool = warm.pool(asked.target.file)
        return pipeline.fuse(asked.target, asked.options, pool=pool, on_event=on_event, cancel=cancel)

    return work


def session_of(description: str, test: str, options: Options, target: Target, runs: Path, warm: Warm) -> Work:
    """As ``TritonKernelAgent.generate_kernel``; ``target``: the file whose text the description is, or that text, and
    its class. Raises ``BadOption`` for a test that Python cannot read."""
    if why := unreadable(test):
        raise BadOption(why, hint="Correct the test, or leave it out.")

    def work(cancel: CancelToken, on_event: Callable[[Event], None]) -> Ended:
        runs_folder(runs.parent / "here")
        session = SessionDirectory(runs / f"session_{time.strftime('%Y%m%d_%H%M%S')}_{secrets.token_hex(3)}")
        chosen = replace(options, run_dir=str(session.run.path))
        file = "" if target.text is not None else str(target.file.absolute())
        named = target.class_name or ""
        request = SessionRequest(str(session.path), description, test or None, TEST_TIMEOUT_S, chosen, file, named)
        session.begin(request, source_in(description) or description)

        def show(text: str) -> None:
            on_event(StageProgress("load", printable(text), 0, 0))

        try:
            author = author_of_words(session, request)
            pool = warm.pool(Path(file) if file else session.problem)
            return go_through(session, request, author, pool=pool, cancel=cancel, show=show, on_event=on_event)
        except KernelAgentError as exc:
            return not_begun(session, request, exc)

    return work
