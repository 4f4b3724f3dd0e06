"""One worker: asks, parses, has the judge decide, and asks again with the findings, until a file is verified. Each
question may bring several answers, which are tried in turn."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.codec import to_json, write_json
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.assignment import Assignment
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.conversation import Said, converse, is_recorded, sample_folder
from kernelagent.driver.agents.guidelines import system_prompt
from kernelagent.driver.agents.prompt import dialogue, findings_of, first_message, in_a_line
from kernelagent.driver.agents.recorded_first import RecordedFirst
from kernelagent.driver.agents.reply import NotACandidate, kernel_in
from kernelagent.driver.agents.standing import Leaders
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.printable import printable
from kernelagent.errors import Cancelled, NotAKernelFile
from kernelagent.static.kernel_file import needed_statements
from kernelagent.static.unused import without_unused

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
    is_new: bool = True
    """Nobody in the race had given this very file."""


@dataclass(frozen=True)
class Outcome:
    """How a worker ended by itself."""

    candidate: Candidate | None
    """The verified file, or ``None`` after all attempts."""
    attempts: int
    last: str
    """What was wrong with the last attempt, in a line; empty with a candidate."""


@dataclass(frozen=True)
class _Tried:
    """A sample, and what was found of it."""

    findings: str
    line: str
    """They, in a line."""
    code: str | None
    found: Candidate | None
    """``None``: it is no candidate."""

    @property
    def accepted(self) -> bool:
        """Or nobody judges it."""
        verification = self.found.verification if self.found is not None else None
        return self.found is not None and (verification is None or verification.verdict == "pass")

    def behind(self, best: Path | None) -> tuple[int, int]:
        """The less, the further it got: ``best``, accepted, judged, a file, none. Of judged ones the one that more of
        the judge's checks pass: one that does not load fails in one, and never comes to the others."""
        if self.found is None:
            return (3, 0 if self.code is not None else 1)
        if self.accepted:
            return (0, 0 if self.found.kernel == best else 1)
        checks = self.found.verification.checks if self.found.verification is not None else ()
        return (1, -sum(check.passed and not check.skipped for check in checks))


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
        samples: int = 1,
    ) -> None:
        """``samples``: answers that it asks for at each attempt, all of which are judged until one is verified."""
        self.number = number
        self._given = given
        self._author = author
        self._judge = judge
        self._folder = folder
        self._verdicts = verdicts
        self._tell = tell
        self._samples = samples
        self._first = first_message(given, number)
        self._system = system_prompt(given.triton, given.arch, given.all_dtypes)

    def run(self, most: int, cancel: CancelToken, recorded: RecordedFirst, leaders: Leaders | None = None) -> Outcome:
        """At most ``most`` attempts; with ``leaders`` all of them, each verified file entered there. The sample that
        got furthest is what the next prompt shows. Before it asks for one it waits for the ``recorded`` ones of others.

        Raises ``Cancelled``, the provider's errors, ``BudgetSpent`` and what the module itself does wrong.
        """
        last = _Tried("", "", None, None)
        history: list[str] = []
        for attempt in range(1, most + 1):
            folder = self._folder / f"attempt_{attempt}"
            folder.mkdir(parents=True, exist_ok=True)
            if not is_recorded(self._author, folder, self._samples):
                recorded.wait(self.number, cancel)
            tried: list[_Tried] = []
            for number, said in enumerate(self._ask(folder, last, history, cancel), 1):
                one = self._tried(said, sample_folder(folder, number), (attempt, number), cancel, leaders)
                if one.found is not None and one.accepted and leaders is None:
                    return Outcome(one.found, attempt, "")
                tried.append(one)
            best = leaders.best.kernel if leaders is not None and leaders.best is not None else None
            last = min(tried, key=lambda one: one.behind(best))
            history.append(last.line)
        return Outcome(None, most, history[-1])

    def _ask(self, folder: Path, last: _Tried, history: list[str], cancel: CancelToken) -> tuple[Said, ...]:
        return converse(
            self._author,
            self._system,
            dialogue(self._first, last.code, last.findings, history),
            folder,
            cancel=cancel,
            temperature=TEMPERATURES[self.number % len(TEMPERATURES)],
            samples=self._samples,
            tell=lambda words: self._tell(f"worker {self.number + 1}, {folder.name.replace('_', ' ')}: {words}"),
        )

    def _tried(
        self, said: Said, folder: Path, place: tuple[int, int], cancel: CancelToken, leaders: Leaders | None
    ) -> _Tried:
        """What became of one sample, whose attempt and number are its ``place``; tells all but a winner."""
        folder.mkdir(exist_ok=True)
        code, aside = None, ""
        try:
            read = kernel_in(said.sample, self._given.needed)
            code, aside = read.code, read.aside
            if not self._given.has_module:
                _stands_with_others(code)
            else:
                code = without_unused(code, self._given.needed)  # what is judged is what is given out
            if not said.clean:
                raise NotACandidate("The reply holds what looks like a key.")
            found = self._judged(code, folder, cancel)
        except NotACandidate as exc:
            findings = printable(self._author.redact(aside + str(exc)))
            shown = exc.file if code is None else code
            tried = _Tried(findings, shortened(" ".join(findings.split()), 200), shown, None)
            (folder / "finding.txt").write_text(findings + "\n", encoding="utf-8")
        else:
            tried = self._told(found, code, aside, place, leaders)
            if tried.accepted and leaders is None:
                return tried
        attempt, number = place
        which = f", sample {number}" if self._samples > 1 else ""
        self._tell(f"worker {self.number + 1}, attempt {attempt}{which}: {tried.line}")
        return tried

    def _told(self, found: Candidate, code: str, aside: str, place: tuple[int, int], leaders: Leaders | None) -> _Tried:
        verification = found.verification
        if verification is not None and verification.verdict == "fail":
            findings = self._author.redact(aside + findings_of(verification, code) + self._given.names_told(code))
            return _Tried(findings, self._author.redact(in_a_line(verification)), code, found)
        stands = ""
        if verification is not None and leaders is not None:
            stands = leaders.enter(found.kernel, verification, (self.number + 1, *place))
        again = "" if found.is_new else " It was judged before, and is no other."
        stands = f"{again} {stands}"
        return _Tried(f"The judge accepts this file.{stands} {FASTER}", f"accepted.{stands}", code, found)

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
        write_json(folder / "verdict.json", self._author.redact.in_json(to_json(verification)))
        if not is_new and verification.verdict == "fail":
            raise NotACandidate(f"This very file was judged before. Write another. {findings_of(verification, code)}")
        return Candidate(kernel, verification, is_new)
