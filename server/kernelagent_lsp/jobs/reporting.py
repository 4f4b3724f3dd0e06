"""A finished run as a Markdown page in its run directory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kernelagent.contract.benchmark import Benchmark, Timing
from kernelagent.contract.result import Result
from kernelagent.contract.verdict import Verification
from kernelagent.driver.stories import in_lines, stories
from kernelagent.errors import KernelAgentError

from kernelagent_lsp.diagnostics.wording import for_editor
from kernelagent_lsp.jobs.money import dollars

REPORT = "report.md"


def write_report(folder: Path | None, text: str) -> Path | None:
    """``text`` as the report in ``folder``; ``None`` where it can't be written there."""
    if folder is None:
        return None
    path = folder / REPORT
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return path


def of_result(result: Result) -> str:
    """The report of a fuse."""
    lines = [f"# {result.target}", "", f"**{result.status.capitalize()}** in {result.elapsed_s:.1f} s.", ""]
    if result.error is not None:
        told = (for_editor(result.error.message), for_editor(result.error.hint))
        lines += [f"{result.error.code}: {told[0]}", "", told[1], ""]
    if result.kernel is not None:
        lines += [f"Kernel: [{result.kernel}]({result.kernel})", ""]
    if result.verification is not None:
        lines += _verification(result.verification)
    if result.route is not None:
        lines += ["## Route", "", f"{result.route.kind}:", "", *(f"- {why}" for why in result.route.reasons), ""]
    if result.subgraphs:
        rows = [(s.id, ", ".join(s.ops), s.synthesizer, s.status) for s in result.subgraphs]
        lines += ["## Subgraphs", "", *_table(("id", "operators", "synthesizer", "status"), rows), ""]
    run_dir = result.artifacts.get("run_dir")
    attempts = stories(Path(run_dir)) if run_dir is not None else ()
    if attempts:
        lines += ["## Attempts of models", "", *_table(("where", "", "what was found"), in_lines(attempts)), ""]
    if result.benchmark is not None:
        lines += _benchmark(result.benchmark)
    if result.cost.output_tokens:
        money = dollars(result.cost.usd) if result.cost.usd else "free, or at no known price"
        spent = f"{result.cost.input_tokens} tokens in, {result.cost.output_tokens} out, {money}"
        lines += ["## Cost", "", spent, ""]
    return "\n".join(lines)


def of_verification(title: str, verification: Verification) -> str:
    """The report of a verification alone."""
    return "\n".join([f"# {title}", "", *_verification(verification)])


def of_benchmark(title: str, benchmark: Benchmark) -> str:
    """The report of a timing alone."""
    return "\n".join([f"# {title}", "", *_benchmark(benchmark)])


def of_error(title: str, error: KernelAgentError) -> str:
    """The report of a run that ended with an error."""
    where = f" ({error.file}, line {error.line})" if error.file and error.line else ""
    told = f"**{error.code}**: {for_editor(error.message)}{where}"
    return "\n".join([f"# {title}", "", told, "", for_editor(error.remedy), ""])


def _benchmark(benchmark: Benchmark) -> list[str]:
    def row(name: str, timing: Timing | None, gain: float | None) -> tuple[str, ...]:
        if timing is None:
            return (name, "not timed", "", "", "")
        figures = (f"{timing.median:.4f}", f"{timing.p10:.4f}", f"{timing.p90:.4f}")
        return (name, *figures, "" if gain is None else f"{gain:.2f}x")

    rows = [
        row("eager", benchmark.eager_ms, benchmark.speedup_eager),
        row("torch.compile", benchmark.compile_ms, benchmark.speedup_compile),
        row("kernel", benchmark.kernel_ms, None),
    ]
    table = _table(("", "median ms", "p10", "p90", "the kernel is faster by"), rows)
    floor = f"Speed of light: {benchmark.floor_ms:.4f} ms, of which the kernel reaches {benchmark.of_floor:.0%}."
    notes = [line for note in benchmark.notes for line in (note, "")]
    return [f"## Speed on {benchmark.device} ({benchmark.precision})", "", *table, "", floor, "", *notes]


def _verification(verification: Verification) -> list[str]:
    checks = [
        (check.name, "skipped" if check.skipped else "passed" if check.passed else "**failed**", check.detail)
        for check in verification.checks
    ]
    cases = [
        (case.name, ", ".join(f"{k}={v}" for k, v in case.sizes.items()), str(case.seed), _error(case.max_abs_err))
        for case in verification.cases
    ]
    lines = ["## Verdict", "", verification.summary, ""]
    lines += [f"- precision: {verification.precision} ({verification.dtype})"]
    lines += [f"- tolerance: rtol {verification.rtol:g}, atol {verification.atol:g}"]
    lines += [
        f"- largest error: {_error(verification.max_abs_err)}, PyTorch's own {_error(verification.eager_max_abs_err)}"
    ]
    lines += [f"- sandbox: {', '.join(verification.sandbox) or 'none'}", ""]
    lines += ["### Checks", "", *_table(("check", "", "detail"), checks), ""]
    lines += ["### Cases", "", *_table(("case", "sizes", "seed", "largest error"), cases), ""]
    if verification.compiled:
        rows = [
            (k.kernel, k.arch, _known(k.registers), _known(k.spills), _known(k.shared_bytes))
            for k in verification.compiled
        ]
        lines += ["### Compiled", "", *_table(("kernel", "arch", "registers", "spills", "shared bytes"), rows), ""]
    if verification.not_checked:
        lines += ["### Not checked", "", *(f"- {what}" for what in verification.not_checked), ""]
    lines += ["### Bound to", "", f"- source {verification.source_sha256}", f"- kernel {verification.kernel_sha256}"]
    lines += [f"- {name} {version}" for name, version in verification.versions.items()]
    return [*lines, ""]


def _error(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2e}"


def _known(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    def row(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return [row(head), "|" + "---|" * len(head), *(row(cells) for cells in rows)]
