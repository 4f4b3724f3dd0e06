"""A batch's summary as a file: a page for people, or a table and a document for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.batch import BatchEntry, BatchSummary
from kernelagent.contract.codec import dumps
from kernelagent.driver.report.blocks import Block, Heading, Page, Paragraph, Picture, Table
from kernelagent.driver.report.charts import fast_p_curve
from kernelagent.driver.report.html import as_html
from kernelagent.driver.report.markdown import as_markdown
from kernelagent.driver.run_directory import disk_error
from kernelagent.errors import BadOption

CURVE = "fast_p.svg"
_COLUMNS = (
    *("target", "status", "family", "reason", "elapsed_s", "kernels", "retries", "device", "kernel_ms", "eager_ms"),
    *("compile_ms", "speedup_eager", "speedup_compile", "usd", "run_dir"),
)


def writer_for(path: Path) -> Callable[[BatchSummary], None]:
    """Writes a summary to ``path``, in the form that its ending names. Raises ``BadOption`` for another ending."""
    make = _FORMS.get(path.suffix.lower())
    if make is None:
        raise BadOption(f"--report {path}: name a file that ends in {', '.join(_FORMS)}.")

    def write(summary: BatchSummary) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(make(summary), encoding="utf-8", errors="backslashreplace", newline="\n")
            if path.suffix.lower() == ".md" and summary.fast_p:
                path.with_name(CURVE).write_text(fast_p_curve(_points(summary)), encoding="utf-8")
        except OSError as exc:
            raise disk_error(exc, path, "--report") from exc

    return write


def page_of(summary: BatchSummary) -> Page:
    """By family, by cause, times, speed-ups, and each problem."""
    done = len(summary.entries)
    left = f"; {summary.problems - done} are left" if done < summary.problems else ""
    blocks: list[Block] = [
        Paragraph(f"**{summary.verified} of {summary.problems}** problems are verified{left}."),
        Paragraph(
            f"A problem took {summary.median_s:.1f} s (median), {summary.p90_s:.1f} s (90 % took no longer), "
            f"{summary.longest_s:.1f} s (the longest)."
        ),
        Heading("By family"),
        Table(
            ("family", "problems", "verified", "median, s", "longest, s"),
            tuple(
                (row.family, str(row.problems), str(row.verified), f"{row.median_s:.1f}", f"{row.longest_s:.1f}")
                for row in summary.families
            ),
        ),
    ]
    if summary.causes:
        rows = tuple((str(len(cause.targets)), cause.reason, _listed(cause.targets)) for cause in summary.causes)
        blocks += [Heading("Not verified, by cause"), Table(("problems", "cause", "which"), rows)]
    blocks += _speeds(summary)
    each = tuple(
        (e.target, e.status, f"{e.elapsed_s:.1f}", _ratio(e.speed.over_eager if e.speed else None), e.reason)
        for e in summary.entries
    )
    blocks += [Heading("Problems"), Table(("problem", "status", "s", "speed-up", "why not"), each)]
    if summary.cost.output_tokens:
        cost = summary.cost
        told = f"{cost.input_tokens} tokens in, {cost.output_tokens} out, ${cost.usd:.2f}"
        blocks += [Heading("Cost"), Paragraph(told)]
    return Page("Batch", tuple(blocks))


def as_csv(summary: BatchSummary) -> str:
    """A line a problem."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_COLUMNS)
    table.writerows([_cell(value) for value in _row(entry)] for entry in summary.entries)
    return out.getvalue()


def _row(entry: BatchEntry) -> tuple[str | float | int | None, ...]:
    speed = entry.speed
    timed: tuple[str | float | None, ...] = (None,) * 6
    if speed is not None:
        ratios = (speed.over_eager, speed.over_compile)
        timed = (speed.device, speed.kernel_ms, speed.eager_ms, speed.compile_ms, *ratios)
    return (
        *(entry.target, entry.status, entry.family, entry.reason, entry.elapsed_s, entry.kernels, entry.retries),
        *timed,
        *(entry.cost.usd, entry.run_dir),
    )


def _cell(value: str | float | int | None) -> str:
    """No formula, whatever program opens the table: a reason may quote what a module says."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _speeds(summary: BatchSummary) -> list[Block]:
    if not summary.fast_p:
        return []
    devices = sorted({entry.speed.device for entry in summary.entries if entry.speed is not None})
    rows = tuple((f"{f.p:g}", f"{f.eager:.0%}", f"{f.compiled:.0%}") for f in summary.fast_p)
    told = (
        "fast_p: the share of all problems whose kernel is verified and more than p times as fast as PyTorch, on "
        f"{', '.join(devices)}."
    )
    picture = Picture(CURVE, fast_p_curve(_points(summary)), "fast_p, against eager and torch.compile")
    return [Heading("Speed-ups"), Paragraph(told), picture, Table(("p", "eager", "torch.compile"), rows)]


def _points(summary: BatchSummary) -> dict[str, list[tuple[float, float]]]:
    return {
        "eager": [(f.p, f.eager) for f in summary.fast_p],
        "torch.compile": [(f.p, f.compiled) for f in summary.fast_p],
    }


def _listed(targets: tuple[str, ...]) -> str:
    more = f" and {len(targets) - 5} more" if len(targets) > 5 else ""
    return ", ".join(targets[:5]) + more


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}×"


_FORMS: dict[str, Callable[[BatchSummary], str]] = {
    ".md": lambda summary: as_markdown(page_of(summary)),
    ".html": lambda summary: as_html(page_of(summary)),
    ".csv": as_csv,
    ".json": lambda summary: dumps(summary, indent=2) + "\n",
}
