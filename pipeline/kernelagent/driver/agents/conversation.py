"""One question to the model: paid for once, and written down before anything is made of the answer.

``reply.json`` in the question's folder is what a later run of the same directory uses instead of asking again; until
all samples are there, ``samples.json`` has those that are.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kernelagent.contract.codec import dumps, read_json, write_json
from kernelagent.driver.agents.author import Author
from kernelagent.driver.agents.room_for_answers import room_for_answers
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.printable import printable
from kernelagent.driver.providers.asking import ATTEMPTS, ask
from kernelagent.driver.providers.exchange import Effort, Message, Reply, Request, Sample
from kernelagent.driver.providers.usage import Usage
from kernelagent.driver.run_directory import disk_error
from kernelagent.errors import Cancelled, KernelAgentError, NotRecorded, UnusableReply

RECORD = "reply.json"
SAMPLES = "samples.json"
UNANSWERED = "unanswered.txt"
"""Why there is no reply, in a line."""
UNUSABLE = "unusable.md"
"""What was said of a reply that can't be used, as far as it came."""
_PAID_AGAIN = (
    "Free some disk space, raise the limit, or let the folder be written to, and run again: everything else that was "
    "finished is kept, and this is asked, and paid for, a second time."
)


@dataclass(frozen=True)
class Said:
    """What the model said, with everything taken out that looks like a key."""

    text: str
    finish: Literal["stop", "length", "refusal"]
    clean: bool = True
    """Nothing had to be taken out."""
    thought: int = 0
    """Characters that it thought aloud, beside the text."""

    @property
    def sample(self) -> Sample:
        return Sample(self.text, self.finish, self.thought)


@dataclass(frozen=True)
class Record:
    """``reply.json``."""

    said: Said
    usage: Usage
    model: str
    seconds: float
    attempts: int
    request_sha256: str
    """Of what was asked; for people, and for reports of a replay that asks something else."""
    others: tuple[Said, ...] = ()
    """Further samples, to the same prompt; none in records of runs that asked for one."""

    @property
    def samples(self) -> tuple[Said, ...]:
        return (self.said, *self.others)


@dataclass(frozen=True)
class Part:
    """One sample that is whole, while others are missing."""

    number: int
    """From 0."""
    record: Record


@dataclass(frozen=True)
class Parts:
    """``samples.json``."""

    parts: tuple[Part, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(part.number for part in self.parts)

    def and_these(self, others: Parts) -> Parts:
        """In their order; of two of one number that of the ``others``."""
        found = {part.number: part for part in (*self.parts, *others.parts)}
        return Parts(tuple(found[number] for number in sorted(found)))

    @property
    def together(self) -> Record:
        """Of one or more."""
        first, *rest = (part.record for part in self.parts)
        return replace(
            first,
            usage=sum((record.usage for record in rest), first.usage),
            seconds=max(first.seconds, *(record.seconds for record in rest)) if rest else first.seconds,
            attempts=max(first.attempts, *(record.attempts for record in rest)) if rest else first.attempts,
            others=tuple(record.said for record in rest),
        )


def sample_folder(folder: Path, number: int) -> Path:
    """Where the files of a sample are, of the question in ``folder``; they count from 1, and the first lies there
    itself."""
    return folder if number == 1 else folder / f"sample_{number}"


def converse(
    author: Author,
    system: str,
    messages: Sequence[Message],
    folder: Path,
    *,
    cancel: CancelToken,
    temperature: float | None = None,
    effort: Effort | None = None,
    most_tokens: int | None = None,
    longest_s: float | None = None,
    attempts: int = ATTEMPTS,
    samples: int = 1,
    tell: Callable[[str], None] | None = None,
) -> tuple[Said, ...]:
    """Ask for so many ``samples``, or take what was answered here before, and ask for the rest. Leaves prompt.md,
    reply.md (of each sample) and reply.json (of all of them) in ``folder``, or why there is none, and what came of one
    that can't be used; the first two are for people, and have
    control characters written out. ``tell`` is told why fewer samples came, where some did.

    Raises ``Cancelled``, ``BudgetSpent``, the provider's errors, ``DiskFull`` before anything is sent where an answer
    would have no room, and ``NotRecorded`` in a replay.
    """
    model = author.model
    request = Request(
        model=model,
        system=author.redact(system),
        messages=tuple(Message(said.role, author.redact(said.text), author.redact(said.shared)) for said in messages),
        max_output_tokens=min(most_tokens or model.max_output_tokens, model.max_output_tokens),
        temperature=temperature,
        effort=effort or author.effort,
        samples=samples,
        timeout_s=min(longest_s or author.timeout_s, author.timeout_s),
    )
    cancel.raise_if_cancelled()
    folder.mkdir(parents=True, exist_ok=True)
    record = _answered_before(author, folder, samples)
    if record is not None:
        if author.memory == "only":  # one that goes on counts all that it has cost before
            author.account.spend(model, record.usage, now=False)
        return record.samples
    if author.memory == "only":
        raise NotRecorded(f"no reply is recorded for {'/'.join(folder.parts[-4:])}.")
    kept = _kept(folder / SAMPLES) if author.memory != "none" else Parts()
    return _asked(author, request, folder, kept, cancel, attempts, tell).samples


def is_recorded(author: Author, folder: Path, samples: int = 1) -> bool:
    """Whether :func:`converse` would send nothing."""
    return _answered_before(author, folder, samples) is not None


def _answered_before(author: Author, folder: Path, samples: int) -> Record | None:
    if author.memory == "none":
        return None
    record, kept = _recorded(folder / RECORD), _kept(folder / SAMPLES)
    if record is None and kept.parts and (author.memory == "only" or set(kept.numbers) >= set(range(samples))):
        return kept.together
    return record


def _asked(
    author: Author,
    request: Request,
    folder: Path,
    kept: Parts,
    cancel: CancelToken,
    attempts: int,
    tell: Callable[[str], None] | None,
) -> Record:
    (folder / "prompt.md").write_text(printable(_as_text(request)), encoding="utf-8", errors="backslashreplace")
    for name in (UNANSWERED, UNUSABLE):
        (folder / name).unlink(missing_ok=True)
    for stale in folder.glob("sample_*"):
        shutil.rmtree(stale, ignore_errors=True)
    if not kept.parts:
        (folder / SAMPLES).unlink(missing_ok=True)
    digest = hashlib.sha256(dumps((request.system, tuple(m.text for m in request.messages))).encode()).hexdigest()
    whole = kept
    records: list[Record] = []
    lost: list[KernelAgentError] = []

    def parts_of(reply: Reply) -> Parts:
        """What they have cost counts with the first."""
        told = author.model.name, round(reply.seconds, 3), reply.attempts, digest
        costs = [reply.usage, *(Usage() for _ in reply.samples[1:])]
        heard = zip(reply.numbers, reply.samples, costs, strict=True)
        return Parts(tuple(Part(number, Record(_heard(one, author), cost, *told)) for number, one, cost in heard))

    def keep_sample(reply: Reply) -> None:
        nonlocal whole
        whole = whole.and_these(parts_of(reply))
        with contextlib.suppress(OSError):  # all of them are written at the end, where there is room
            write_json(folder / SAMPLES, whole)

    def keep(reply: Reply) -> None:
        record = kept.and_these(parts_of(reply)).together
        free_room()
        try:
            write_json(folder / RECORD, record)
        except OSError as exc:
            lost.append(disk_error(exc, folder / RECORD))
            raise lost[0] from exc
        (folder / SAMPLES).unlink(missing_ok=True)
        for number, one in enumerate(record.samples, 1):
            place = sample_folder(folder, number)
            place.mkdir(exist_ok=True)
            (place / "reply.md").write_text(printable(one.text), encoding="utf-8")
        records.append(record)
        if reply.why_fewer and tell is not None:
            tell(f"{len(record.samples)} of {request.samples} answers came: {author.redact(reply.why_fewer)}")

    try:
        with room_for_answers(folder, request.samples) as free_room:
            ask(
                author.provider,
                request,
                cancel=cancel,
                redact=author.redact,
                account=author.account,
                attempts=attempts,
                keep=keep,
                keep_sample=keep_sample,
                have=kept.numbers,
            )
    except KernelAgentError as exc:
        if lost:
            message = f"an answer that was paid for could not be kept: {lost[0].message}"
            raise type(lost[0])(message, hint=_PAID_AGAIN) from exc
        _leave_why(exc, author, folder)
        raise
    return records[-1]


def _leave_why(exc: KernelAgentError, author: Author, folder: Path) -> None:
    """Why there is no answer; on a full disk nothing says so."""
    told = f"no answer: {exc.code}: {author.redact(exc.message)}\n"
    if isinstance(exc, Cancelled):
        told = "no answer: another was first, or the run was cancelled\n"
    with contextlib.suppress(OSError):
        if not (folder / RECORD).exists():
            (folder / UNANSWERED).write_text(told, encoding="utf-8")
        if isinstance(exc, UnusableReply) and exc.details:
            text = printable(author.redact(exc.details))
            (folder / UNUSABLE).write_text(text, encoding="utf-8", errors="backslashreplace")
            exc.details = ""  # the log need not hold it again
            exc.remedy = f"{exc.remedy} What it said is in {UNUSABLE} beside its prompt.md, in the run directory."


def _heard(sample: Sample, author: Author) -> Said:
    heard = sample.text.encode("utf-8", "backslashreplace").decode("utf-8")
    text = author.redact(heard)
    return Said(text, sample.finish, text == heard, sample.thought)


def _recorded(path: Path) -> Record | None:
    try:
        return read_json(path, Record)
    except (OSError, ValueError):
        return None  # written atomically: what cannot be read was never an answer


def _kept(path: Path) -> Parts:
    try:
        return read_json(path, Parts)
    except (OSError, ValueError):
        return Parts()  # as above


def _as_text(request: Request) -> str:
    parts = [f"# system\n\n{request.system}"]
    parts += [f"# {message.role}\n\n{message.text}" for message in request.messages]
    return "\n\n".join(parts) + "\n"
