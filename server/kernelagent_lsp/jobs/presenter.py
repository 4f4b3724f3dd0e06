"""What the user sees of a job: progress while it runs, diagnostics and a question or an edit when it has ended."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent.contract.events import Event, StageStarted
from kernelagent.errors import ConsentNeeded, KernelAgentError, NoExampleInputs
from lsprotocol.types import MessageType

from kernelagent_lsp import messages
from kernelagent_lsp.diagnostics.outcome import findings, sentence
from kernelagent_lsp.edits.add_example_inputs import add_example_inputs
from kernelagent_lsp.edits.apply import Applied, apply_job, is_applied
from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.edits.plan import Impossible, Outdated
from kernelagent_lsp.edits.review import review_of
from kernelagent_lsp.jobs.fusing import fuse_work
from kernelagent_lsp.jobs.job import Asked, Fused, Job, Judged, Refused
from kernelagent_lsp.jobs.progress import JobProgress

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

TITLES = {"fuse": "Fusing {} to Triton", "verify": "Verifying the kernel of {}", "benchmark": "Timing {}"}

LENS_S = 5.0
"""How often a lens with a job's elapsed time is asked for again."""


class Presenter:
    """Listens to the job table, on the event loop's thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._progress: dict[str, JobProgress] = {}

    def started(self, job: Job) -> None:
        title = TITLES[job.asked.kind].format(job.asked.class_name)
        messages.refresh_lenses(self._server)
        self._server.surveys.jobs_changed()
        self._server.loop.call_later(LENS_S, self._tick, job)
        if not self._server.client.work_done_progress:
            messages.show(self._server, MessageType.Info, f"{title} …")
            return

        def refused() -> None:
            self._progress.pop(job.id, None)
            messages.show(self._server, MessageType.Info, f"{title} …")

        self._progress[job.id] = JobProgress(
            self._server.protocol, self._server.loop, f"kernelagent-{job.id}", title, refused
        )

    def _tick(self, job: Job) -> None:
        """The lens of a job says how long it has gone on."""
        if not job.is_over:
            messages.refresh_lenses(self._server)
            self._server.loop.call_later(LENS_S, self._tick, job)

    def progressed(self, job: Job, event: Event) -> None:
        if isinstance(event, StageStarted):
            messages.refresh_lenses(self._server)
        progress = self._progress.get(job.id)
        if progress is not None:
            progress.report(event)
        elif isinstance(event, StageStarted):
            messages.log(self._server, f"{job.asked.class_name}: {event.stage} {event.message}".rstrip())

    def message(self, job: Job) -> str:
        """What there is to say of ``job``: how it goes while it runs, how it ended after that."""
        if job.is_over:
            return sentence(job)
        progress = self._progress.get(job.id)
        return "" if progress is None else progress.message

    def ended(self, job: Job) -> None:
        text = sentence(job)
        messages.refresh_lenses(self._server)
        self._server.surveys.jobs_changed()
        progress = self._progress.pop(job.id, None)
        if progress is not None:
            progress.end(text)
        elif job.state == "cancelled":
            messages.show(self._server, MessageType.Info, text)
        if self._server.jobs.latest(job.asked.uri, job.asked.class_name) is not job:
            return  # a newer job for this class has taken over: this one's result is nobody's business any more
        self._show_findings(job)
        if job.state == "verified" and isinstance(job.outcome, Fused):
            self._offer(job, job.outcome, text)
        elif job.state in ("verified", "done"):
            self._say(job, MessageType.Info, text)
        elif job.state == "failed":
            self._say(job, MessageType.Error, text)

    def idle(self) -> None:
        self._server.pools.close_retired()

    def _show_findings(self, job: Job) -> None:
        """A verdict stands until there is another one: a job that was cancelled has nothing to say, a timing is
        shown beside it, and a failure beside a kernel that can still be applied, unless it is a verdict itself."""
        asked = job.asked
        owner, timed = f"{asked.uri}#{asked.class_name}", f"{asked.uri}#{asked.class_name} timed"
        if job.state == "cancelled":
            return
        if asked.kind == "benchmark":
            self._server.diagnostics.put(timed, findings(job))
            return
        found = findings(job)
        standing = self._server.jobs.standing(asked.uri, asked.class_name)
        is_verdict = isinstance(job.outcome, Judged)  # of the kernel that is there now, whoever wrote it
        if standing is not None and standing is not job and not is_verdict and not is_applied(self._server, standing):
            found += tuple(old for old in findings(standing) if old not in found)
        self._server.diagnostics.put(timed, ())
        self._server.diagnostics.put(owner, found)
        self._server.dependencies.look()

    def token_cancelled(self, token: str | int) -> None:
        """The user pressed the progress's own Cancel button."""
        for job_id, progress in self._progress.items():
            if progress.token == token:
                job = self._server.jobs.get(job_id)
                if job is not None:
                    self._server.jobs.cancel(job)
                return

    def _offer(self, job: Job, outcome: Fused, text: str) -> None:
        if job.asked.settings.apply == "auto" and not _made_slower(outcome):
            self._apply(job)
            return
        self._ask(job, text)

    def _ask(self, job: Job, text: str) -> None:
        messages.ask(
            self._server,
            MessageType.Info,
            text,
            {
                "Review": lambda: self._review(job),
                "Apply": lambda: self._apply(job),
                "Report": lambda: self._report(job),
                "Discard": lambda: self._discard(job),
            },
        )

    def _say(self, job: Job, kind: MessageType, text: str) -> None:
        if isinstance(job.outcome, Refused) and job.outcome.error.code == NoExampleInputs.__name__:
            messages.ask(self._server, kind, text, {"Add example inputs": lambda: self._add_example_inputs(job)})
        elif isinstance(job.outcome, Refused) and job.outcome.error.code == ConsentNeeded.__name__:
            messages.ask(self._server, MessageType.Warning, text, {"Agree for this project": lambda: self._agree(job)})
        elif job.report is None or isinstance(job.outcome, Refused):
            messages.show(self._server, kind, text)
        else:
            messages.ask(self._server, kind, text, {"Show report": lambda: self._report(job)})

    def _agree(self, job: Job) -> None:
        """Keep the user's answer, for what the question named alone, and start again with the text as it is now. Where
        the code would go to somebody else by then, that asks anew."""
        from kernelagent.driver.agents.author import ask_for_consent
        from kernelagent.driver.providers.consent import AGREE

        told = job.outcome.error.message if isinstance(job.outcome, Refused) else ""
        asked = self._asked_now(job)
        try:
            with contextlib.suppress(ConsentNeeded):
                options = ask_for_consent(
                    Path(asked.path),
                    asked.settings.run_options(),
                    lambda what: told.startswith(what.removesuffix(AGREE)),
                    lambda why: messages.show(self._server, MessageType.Warning, why),
                )
                asked = replace(asked, settings=replace(asked.settings, send_code=options.yes))
        except KernelAgentError as exc:
            messages.show(self._server, MessageType.Error, str(exc))
            return
        self._server.jobs.start(asked, fuse_work(self._server.pools))

    def _add_example_inputs(self, job: Job) -> None:
        async def add() -> None:
            failed = await add_example_inputs(self._server, job.asked.uri, job.asked.class_name)
            if failed is not None:
                messages.show(self._server, MessageType.Warning, failed.reason)

        self._server.follow_ups.start(add())

    def _apply(self, job: Job) -> None:
        async def apply() -> None:
            answer = await apply_job(self._server, job)
            if not answer.applied:
                self.not_applied(job, answer)

        self._server.follow_ups.start(apply())

    def not_applied(self, job: Job, answer: Applied) -> None:
        """Why, and what can be done about it, whichever way it was asked for."""
        self._warn(job, f"the kernel was not applied. {answer.reason}", may_fuse=answer.is_outdated)

    def _warn(self, job: Job, text: str, *, may_fuse: bool) -> None:
        text = f"{job.asked.class_name}: {text}"
        if may_fuse:
            messages.ask(self._server, MessageType.Warning, text, {"Fuse again": lambda: self._fuse_again(job)})
        else:
            messages.show(self._server, MessageType.Warning, text)

    def _fuse_again(self, job: Job) -> None:
        self._server.jobs.start(self._asked_now(job), fuse_work(self._server.pools))

    def _asked_now(self, job: Job) -> Asked:
        """The same once more, with the text and the settings that there are now."""
        document = self._server.documents.get(job.asked.uri)
        text = document.text if document is not None else read_source(job.asked.path) or job.asked.text
        return replace(job.asked, text=text, settings=self._server.settings_of(job.asked.uri))

    def _review(self, job: Job) -> None:
        """The question is asked again: looking decides nothing."""
        review = review_of(self._server, job)
        if isinstance(review, Impossible):
            self._warn(job, review.reason, may_fuse=isinstance(review, Outdated))
            return
        messages.show_document(self._server, review.diff.as_uri(), take_focus=True)
        if isinstance(job.outcome, Fused):
            self._ask(job, sentence(job))

    def _discard(self, job: Job) -> None:
        if self._server.jobs.discard(job):
            self.discarded(job)

    def restored(self, job: Job) -> None:
        """What is known of ``job``, which ended in an earlier process, is shown; nobody is asked anything."""
        messages.refresh_lenses(self._server)
        self._show_findings(job)

    def discarded(self, job: Job) -> None:
        """Nothing more is said of ``job``'s kernel."""
        self._server.diagnostics.put(f"{job.asked.uri}#{job.asked.class_name}", ())
        messages.refresh_lenses(self._server)

    def _report(self, job: Job) -> None:
        if job.report is not None:
            messages.show_document(self._server, job.report.as_uri(), take_focus=True)


def _made_slower(outcome: Fused) -> bool:
    """Whether the kernel was timed and is slower than what the user has, or nothing in it is Triton's: such a kernel is
    not applied unasked."""
    compute = outcome.result.compute
    if compute is not None and compute.is_all_pytorch:
        return True
    benchmark = outcome.result.benchmark
    if benchmark is None:
        return False
    return min(benchmark.speedup_eager, benchmark.speedup_compile or benchmark.speedup_eager) < 1.0
