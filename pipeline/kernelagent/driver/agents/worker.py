"""One worker: asks, parses, has the judge decide, and asks again with the findings, until a file is verified."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.codec import write_json
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.assignment import Assignment
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.conversation import Said, converse
from kernelagent.driver.agents.guidelines import system_prompt
from kernelagent.driver.agents.prompt import assignment_text, dialogue, findings_of, in_a_line
from kernelagent.driver.agents.reply import NotACandidate, kernel_in
from kernelagent.driver.agents.standing import Leaders
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.printable import printable
from kernelagent.errors import Cancelled, NotAKernelFile
from kernelagent.static.kernel_file import needed_statements

Judge = Callable[[Path, CancelToken], Verification]
"""Judges a file under a token; its verdict alone decides."""

FASTER = (
    "Make it faster, and keep it right: fewer passes over memory, fewer launches, blocks that fill the target, no "
    "spilling. Think of what limits it first."
)
TEMPERATURES = (0.4, 0.7, 1.0)


@dataclass(frozen=True)
class Candidate:
    kernel: Path
    verification: Verification | None
    """``None`` where nobody judges."""


@dataclass(frozen=True)
class Outcome:
    """How a worker ended by itself."""

    candidate: Candidate | None
    """The verified file, or ``None`` after all attempts."""
    attempts: int
    last: str
    """What was wrong with the last attempt, in a line; empty with a candidate."""


def shortened(line: str, most: int) -> str:
    """At most ``most`` characters of it, up to the end of a word."""
    return line if len(line) <= most else f"{line[: most - 4].rpartition(' ')[0] or line[: most - 4]} ..."


class Verdicts:
    """One verdict for each different file, however many workers of the race write it: the judge says the same twice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_digest: dict[str, Future[Verification]] = {}

    def of(self, kernel: Path, judge: Judge, cancel: CancelToken) -> tuple[Verification, bool]:
        """The verdict on ``kernel``, and whether it was judged for this call; otherwise another worker's is awaited.

        Raises what judging raises, for everyone who waits.
        """
        digest = hashlib.sha256(kernel.read_bytes()).hexdigest()
        with self._lock:
            is_first = digest not in self._by_digest
            verdict = self._by_digest.setdefault(digest, Future())
        if is_first:
            try:
                verdict.set_result(judge(kernel, cancel))
            except BaseException as exc:
                verdict.set_exception(exc)
                raise
        while not verdict.done():
            if cancel.wait(0.05):
                raise Cancelled("cancelled")
        return verdict.result(), is_first


def _stands_with_others(code: str) -> None:
    """Raises ``NotACandidate`` for a piece's file whose statements can't be taken into one file with other pieces'."""
    try:
        needed_statements(code)
    except ValueError as exc:
        raise NotACandidate(f"The file is to be put into one with those of other pieces, but {exc}.") from None


class Worker:
    def __init__(
        self,
        number: int,
        given: Assignment,
        author: Author,
        judge: Judge | None,
        folder: Path,
        verdicts: Verdicts,
        tell: Callable[[str], None],
    ) -> None:
        self._number = number
        self._given = given
        self._author = author
        self._judge = judge
        self._folder = folder
        self._verdicts = verdicts
        self._tell = tell
        self._first = assignment_text(given, number)
        self._system = system_prompt(given.triton, given.arch, given.all_dtypes)

    def run(self, most: int, cancel: CancelToken, leaders: Leaders | None = None) -> Outcome:
        """At most ``most`` attempts; with ``leaders`` all of them, each verified file entered there.

        Raises ``Cancelled``, the provider's errors, ``BudgetSpent`` and what the module itself does wrong.
        """
        findings, code = "", None
        history: list[str] = []
        for attempt in range(1, most + 1):
            folder = self._folder / f"attempt_{attempt}"
            folder.mkdir(parents=True, exist_ok=True)
            said = self._ask(folder, (code, findings, history), cancel)
            code = None
            try:
                code = kernel_in(said.sample, self._given.needed)
                if not self._given.has_module:
                    _stands_with_others(code)
                if not said.clean:
                    raise NotACandidate("The reply holds what looks like a key.")
                found = self._judged(code, folder, cancel)
            except NotACandidate as exc:
                findings, code = printable(self._author.redact(str(exc))), exc.file if code is None else code
                history.append(shortened(" ".join(findings.split()), 200))
                (folder / "finding.txt").write_text(findings + "\n", encoding="utf-8")
            else:
                if found.verification is None or (found.verification.verdict == "pass" and leaders is None):
                    return Outcome(found, attempt, "")
                if found.verification.verdict == "pass" and leaders is not None:
                    stands = leaders.enter(found.kernel, found.verification, (self._number + 1, attempt))
                    history.append(f"accepted. {stands}")
                    findings = f"The judge accepts this file. {stands} {FASTER}"
                    self._tell(f"worker {self._number + 1}, attempt {attempt}: {history[-1]}")
                    continue
                findings = self._author.redact(findings_of(found.verification, code))
                history.append(self._author.redact(in_a_line(found.verification)))
            self._tell(f"worker {self._number + 1}, attempt {attempt}: {history[-1]}")
        return Outcome(None, most, history[-1])

    def _ask(self, folder: Path, dialogue_of: tuple[str | None, str, list[str]], cancel: CancelToken) -> Said:
        return converse(
            self._author,
            self._system,
            dialogue(self._first, *dialogue_of),
            folder,
            cancel=cancel,
            temperature=TEMPERATURES[self._number % len(TEMPERATURES)],
        )

    def _judged(self, code: str, folder: Path, cancel: CancelToken) -> Candidate:
        """Raises ``NotACandidate`` for a file that defines its entries in name only, or that has been judged before."""
        kernel = folder / "kernel.py"
        kernel.write_text(code, encoding="utf-8", errors="backslashreplace", newline="\n")
        if self._judge is None:
            return Candidate(kernel, None)
        try:
            verification, is_new = self._verdicts.of(kernel, self._judge, cancel)
        except NotAKernelFile as exc:
            raise NotACandidate(exc.message) from None
        write_json(folder / "verdict.json", verification)
        if not is_new and verification.verdict == "fail":
            raise NotACandidate(f"This very file was judged before. Write another. {findings_of(verification, code)}")
        return Candidate(kernel, verification)
