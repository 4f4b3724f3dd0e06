"""Events as a table of stages, a table of candidates, and the last lines that were said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import PurePath

from kernelagent.cli.progress import describe, spent
from kernelagent.contract.events import (
    STAGES,
    CandidateJudged,
    CheckFinished,
    CostChanged,
    CostRising,
    Event,
    Heartbeat,
    RunStarted,
    StageFinished,
    StageProgress,
    StageStarted,
    Warned,
)
from kernelagent.ui.drawing.style import framed

LINES = 40
"""Of what was said, the last ones."""


@dataclass
class _Read:
    target: str = ""
    finished: list[StageFinished] = field(default_factory=list)
    now: StageStarted | None = None
    doing: str = ""
    share: float | None = None
    """Of the running stage, where it counts."""
    elapsed_s: float = 0.0
    candidates: dict[tuple[str, str], CandidateJudged] = field(default_factory=dict)
    """The last word on each."""
    checks: list[CheckFinished] = field(default_factory=list)
    cost: str = ""
    warnings: list[str] = field(default_factory=list)


def progress(events: Sequence[Event], *, is_going: bool) -> str:
    """The whole of it; ``is_going``: the stage that has begun and not ended is at work now."""
    read = _read(events)
    file, _, class_name = read.target.rpartition("::")
    parts = [f"<p><code>{escape(PurePath(file).name)}::{escape(class_name)}</code></p>"] if file else []
    if is_going:
        share = "" if read.share is None else f' value="{read.share:.3f}" max="1"'
        done = f' value="{len(read.finished)}" max="{len(STAGES)}"' if not share and read.finished else ""
        parts.append(f"<progress{share or done}></progress>")
    parts.append(_stages(read, is_going))
    parts += [f"<p>{escape(read.cost)}</p>"] if read.cost else []
    parts += [f'<p class="going">{escape(told)}</p>' for told in read.warnings]
    parts.append(_candidates(read))
    parts.append(_log(events))
    return framed("".join(parts))


def _read(events: Sequence[Event]) -> _Read:
    read = _Read()
    for event in events:
        if isinstance(event, RunStarted):
            read = _Read(target=event.target)  # a run that went on begins to tell anew
        elif isinstance(event, StageStarted):
            read.now, read.doing, read.share = event, event.message, None
        elif isinstance(event, StageFinished):
            read.finished.append(event)
            read.now, read.share = None, None
        elif isinstance(event, StageProgress):
            read.doing = event.message
            read.share = event.done / event.total if event.total else None
        elif isinstance(event, CandidateJudged):
            read.candidates[event.subgraph, event.synthesizer] = event
        elif isinstance(event, CheckFinished):
            read.checks.append(event)
        elif isinstance(event, (CostChanged, CostRising)):
            read.cost = spent(event)
        elif isinstance(event, Heartbeat):
            read.elapsed_s = event.elapsed_s
        elif isinstance(event, Warned):
            read.warnings.append(event.message)
    return read


def _stages(read: _Read, is_going: bool) -> str:
    rows = [
        f'<tr class="done"><td>{escape(stage.stage)}</td><td class="time">{stage.elapsed_s:.1f} s</td>'
        f"<td>{escape(stage.message)}</td></tr>"
        for stage in read.finished
    ]
    if read.now is not None:
        kind, time = ("now", "…") if is_going else ("", "not ended")
        rows.append(
            f'<tr class="{kind}"><td>{escape(read.now.stage)}</td><td class="time">{time}</td>'
            f"<td>{escape(read.doing)}</td></tr>"
        )
    elif not rows:
        return f"<p>{escape(read.doing or 'Starting a worker')} …</p>" if is_going else ""
    return f'<table class="stages"><tbody>{"".join(rows)}</tbody></table>'


def _candidates(read: _Read) -> str:
    if not read.candidates:
        return ""
    rows = "".join(
        f'<tr><td class="word">{escape(one.subgraph)}</td><td class="word">{escape(one.synthesizer)}</td>'
        f'<td class="{one.verdict}">{one.verdict}</td><td>{escape(one.message)}</td></tr>'
        for one in read.candidates.values()
    )
    passed = sum(one.verdict == "pass" for one in read.candidates.values())
    head = "<tr><th>subgraph</th><th>synthesizer</th><th>verdict</th><th>what was found</th></tr>"
    return (
        f"<h2>Candidates: {passed} of {len(read.candidates)} accepted</h2>"
        f'<table class="candidates"><thead>{head}</thead><tbody>{rows}</tbody></table>'
    )


def _log(events: Sequence[Event]) -> str:
    said: list[str] = []
    for event in reversed(events):
        line = describe(event)
        if line is not None:
            said.append(line)
        if len(said) == LINES:
            break
    told = escape("\n".join(reversed(said)))
    return f'<details><summary>What was said</summary><div class="log">{told}</div></details>' if told else ""
