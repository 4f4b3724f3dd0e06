"""What came of a campaign, as Markdown: by kind of mistake, by check, and every survivor."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """One mutant's end."""

    id: str
    kernel: str
    kind: str
    line: int
    before: str
    after: str
    result: str
    """``killed``, ``equivalent`` or ``survived``"""
    stage: str
    """``example`` or ``all cases``: how far it came"""
    check: str
    """The first check that failed."""
    detail: str
    difference: str
    """From the original, on inputs that the judge does not use."""
    seconds: float

    def line_of_text(self) -> str:
        what = self.check if self.result == "killed" else self.difference
        return f"{self.result:10} {self.kind}: {self.kernel}:{self.line}: {self.before!r} -> {self.after!r}  {what}"


def table(outcomes: list[Outcome]) -> str:
    """Rows are kinds of mutation; columns how many were killed by which check, are equivalent, survived."""
    checks = [check for check, _ in Counter(o.check for o in outcomes if o.check).most_common()]
    lines = [
        "| mutation | mutants | equivalent | " + " | ".join(f"`{check}`" for check in checks) + " | survived |",
        "|---" * (len(checks) + 4) + "|",
    ]
    for kind in [*sorted({o.kind for o in outcomes}), ""]:
        rows = [o for o in outcomes if kind in ("", o.kind)]
        killed = Counter(o.check for o in rows)
        cells = [len(rows), _count(rows, "equivalent"), *(killed[c] for c in checks), _count(rows, "survived")]
        lines.append(f"| {kind or '**all**'} | " + " | ".join(str(cell or "") for cell in cells) + " |")
    killed_count, survived = _count(outcomes, "killed"), _count(outcomes, "survived")
    share = 100.0 * killed_count / max(1, killed_count + survived)
    early = sum(o.result == "killed" and o.stage == "example" for o in outcomes)
    lines += [
        "",
        f"{killed_count} of {killed_count + survived} mutants that are none the same are killed: {share:.2f} %.",
    ]
    lines += [f"{early} of them fall on the example alone."]
    for outcome in outcomes:
        if outcome.result == "survived":
            lines.append(
                f"- {outcome.kernel}, line {outcome.line}: `{outcome.before}` → `{outcome.after}`: {outcome.difference}"
            )
    return "\n".join(lines) + "\n"


def _count(outcomes: list[Outcome], result: str) -> int:
    return sum(outcome.result == result for outcome in outcomes)
