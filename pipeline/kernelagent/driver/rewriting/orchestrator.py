"""Several workers rewrite a module; the first program that is equal to it when both are run ends the others."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from kernelagent.contract.events import StageProgress
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.conversation import converse, is_recorded
from kernelagent.driver.agents.race import ONE_WORKERS_OWN
from kernelagent.driver.agents.recorded_first import RecordedFirst
from kernelagent.driver.agents.reply import NotACandidate, kernel_in
from kernelagent.driver.agents.worker import TEMPERATURES
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.printable import printable
from kernelagent.driver.rewriting.digests import Failures, digest_of
from kernelagent.driver.rewriting.prompts import SYSTEM, dialogue, first_message, fused_name
from kernelagent.driver.rewriting.trial import Cases, Refused, tried
from kernelagent.driver.run import Run
from kernelagent.errors import Cancelled, KernelAgentError, NoFusedModule


def rewrite(problem: Problem, author: Author, cases: Cases, run: Run) -> Extraction:
    """Leaves orchestrator/fused.py and each worker's attempts. Raises ``NoFusedModule``, the provider's errors where
    every worker ended with one, and ``Cancelled``."""
    token = CancelToken()
    unsubscribe = run.cancel.on_cancel(token.cancel)
    race = _Race(problem, author, cases, run, token)
    errors: list[KernelAgentError] = []
    attempts = 0
    try:
        with ThreadPoolExecutor(run.options.workers, thread_name_prefix="kernelagent-rewrite") as threads:
            futures = [threads.submit(race.worker, number) for number in range(run.options.workers)]
            try:
                for future in as_completed(futures):
                    ended = future.result()
                    if isinstance(ended, int):
                        attempts += ended
                    else:
                        errors.append(ended)
            except BaseException:
                token.cancel()  # or leaving the block would wait for what is still running
                raise
    finally:
        unsubscribe()
    if race.winner is not None:
        return race.winner
    run.cancel.raise_if_cancelled()
    if attempts == 0:
        raise errors[0]
    raise NoFusedModule(f"none of {attempts} rewritten program{'s' * (attempts != 1)} equals it; the last: {race.last}")


class _Race:
    def __init__(self, problem: Problem, author: Author, cases: Cases, run: Run, token: CancelToken) -> None:
        self._problem, self._author, self._cases, self._run, self._token = problem, author, cases, run, token
        self._failures = Failures()
        self._recorded = RecordedFirst(range(run.options.workers))
        self._trials = threading.Lock()
        """One program is tried at a time: what it leaves of its pieces is the winner's."""
        self.winner: Extraction | None = None
        self.last = ""

    def worker(self, number: int) -> int | KernelAgentError:
        """How many programs it has given, or the error that ended it."""
        folder = self._run.folder.fused.parent / f"worker_{number + 1}"
        try:
            return self._attempts(number, folder)
        except (Cancelled, *ONE_WORKERS_OWN) as exc:
            return exc
        finally:
            self._recorded.through(number)

    def _attempts(self, number: int, folder: Path) -> int:
        first = first_message(self._problem, number)
        finding, code = "", None
        mine: set[str] = set()
        for attempt in range(1, self._run.options.max_iters + 1):
            here = folder / f"attempt_{attempt}"
            if not is_recorded(self._author, here):
                self._recorded.wait(number, self._token)
            (said, *_) = converse(
                self._author,
                SYSTEM,
                dialogue(first, code, finding, self._failures.others(mine)),
                here,
                cancel=self._token,
                temperature=TEMPERATURES[number % len(TEMPERATURES)],
            )
            code, aside = None, ""
            try:
                read = kernel_in(said.sample, (fused_name(self._problem),))
                code, aside = read.code, read.aside
                if not said.clean:
                    raise NotACandidate("The reply holds what looks like a key.")
                self._tried(code, here, mine)
                return attempt
            except (NotACandidate, Refused) as exc:
                finding = printable(self._author.redact(aside + str(exc)))
                code = exc.file if code is None and isinstance(exc, NotACandidate) else code
            self.last = finding[:300]
            (here / "finding.txt").write_text(finding + "\n", encoding="utf-8")
            told = f"worker {number + 1}, attempt {attempt}: {finding[:200]}"
            self._run.emit(StageProgress("extract", told, 0, 0))
        return self._run.options.max_iters

    def _tried(self, code: str, here: Path, mine: set[str]) -> None:
        digest = digest_of(code)
        known = self._failures.claim(digest, self._token)
        mine.add(digest)
        if known is not None:
            raise Refused(f"this very program was tried before: {known}")
        fused = here / "fused.py"
        fused.write_text(code, encoding="utf-8", newline="\n")
        try:
            while not self._trials.acquire(timeout=0.05):
                self._token.raise_if_cancelled()
            try:
                self._token.raise_if_cancelled()
                extraction = tried(fused, self._problem, self._cases, self._run, self._token)
                shutil.copyfile(fused, self._run.folder.fused)
                self.winner = extraction
                self._token.cancel()
            finally:
                self._trials.release()
        except Refused as exc:
            self._failures.failed(digest, str(exc))
            raise
        except BaseException:
            self._failures.given_up(digest)
            raise
