"""Which blocks the page of a run, a verdict, a timing and an error have.

``words`` turns a sentence for the terminal into one for the reader at hand: an editor has settings where a terminal has
options.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from kernelagent.contract.benchmark import Benchmark, Timing
from kernelagent.contract.codec import parse_json
from kernelagent.contract.result import Result
from kernelagent.contract.verdict import Case, Check, Verification
from kernelagent.driver.report.blocks import Block, Bullets, Heading, Page, Paragraph, Picture, Table
from kernelagent.driver.report.charts import error_histogram, timing_bars
from kernelagent.driver.report.graph import graph_svg
from kernelagent.driver.stories import in_lines, stories
from kernelagent.errors import KernelAgentError

Words = Callable[[str], str]


def of_result(result: Result, words: Words = str) -> Page:
    """A run that has ended, verified or not. Pictures and attempts come from its directory, where that is there."""
    run_dir = result.artifacts.get("run_dir")
    folder = None if run_dir is None else Path(run_dir)
    blocks: list[Block] = [Paragraph(f"**{result.status.capitalize()}** in {result.elapsed_s:.1f} s.")]
    if result.cached:
        before = f"the run {result.cached} made and judged this kernel for the same request"
        blocks.append(Paragraph(f"Answered before: {before}, and all that its verdict hangs on is as it was then."))
    if result.error is not None:
        blocks.append(Paragraph(f"{result.error.code}: {words(result.error.message)}"))
        blocks += [Paragraph(words(result.error.hint))] if result.error.hint else []
    if result.kernel is not None:
        blocks.append(Paragraph(f"Kernel: [{result.kernel}]({result.kernel})"))
    blocks += graph_of(folder)
    if result.subgraphs:
        rows = tuple((s.id, _counted(s.ops), s.synthesizer, s.status) for s in result.subgraphs)
        blocks += [Heading("Subgraphs"), Table(("id", "operators", "synthesizer", "status"), rows)]
    if result.route is not None:
        blocks += [Heading("Route"), Paragraph(f"{result.route.kind}:"), Bullets(tuple(result.route.reasons))]
    if result.benchmark is not None:
        blocks += _benchmark(result.benchmark)
    if result.verification is not None:
        blocks += _verification(result.verification, result.kernel)
    blocks += _candidates(folder, result)
    if result.cost.output_tokens:
        money = f"${result.cost.usd:.2f}" if result.cost.usd else "free, or at no known price"
        spent = f"{result.cost.input_tokens} tokens in, {result.cost.output_tokens} out, {money}"
        blocks += [Heading("Cost"), Paragraph(spent)]
    if folder is not None:
        files = tuple(f"{name}: [{path}]({path})" for name, path in result.artifacts.items() if name != "run_dir")
        blocks += [Heading("Files"), Bullets(files)] if files else []
    file, mark, name = result.target.rpartition("::")
    title = f"{Path(file).name}{mark}{name}"  # a whole path is no heading
    return Page(title, (Paragraph(f"Of {result.target}."), *blocks) if title != result.target else tuple(blocks))


def of_verification(title: str, verification: Verification) -> Page:
    """A verdict alone."""
    return Page(title, tuple(_verification(verification, None)))


def of_benchmark(title: str, benchmark: Benchmark) -> Page:
    """A timing alone."""
    return Page(title, tuple(_benchmark(benchmark)))


def of_error(title: str, error: KernelAgentError, words: Words = str) -> Page:
    """A run that ended with an error."""
    where = f" ({error.file}, line {error.line})" if error.file and error.line else ""
    told = f"**{error.code}**: {words(error.message)}{where}"
    return Page(title, (Paragraph(told), Paragraph(words(error.remedy))))


def _counted(operators: tuple[str, ...]) -> str:
    """``linear, relu ×2``: each once, in the order in which they come first."""
    names = Counter(operator.removeprefix("aten.").partition(".")[0].strip("_") for operator in operators)
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in names.items())


def graph_of(folder: Path | None) -> list[Block]:
    """The module's graph in the run directory ``folder``, under its heading; empty as long as it is not cut."""
    if folder is None:
        return []
    try:
        graph = parse_json((folder / "graph.json").read_bytes())
        cut = parse_json((folder / "subgraphs.json").read_bytes())
        svg = graph_svg(graph, cut["subgraphs"]) if isinstance(graph, dict) and isinstance(cut, dict) else ""
    except (OSError, ValueError, KeyError, TypeError):  # not reached, or an older run's
        return []
    return [Heading("Graph"), Picture("graph.svg", svg, "Each subgraph in a colour of its own.")] if svg else []


def _candidates(folder: Path | None, result: Result) -> list[Block]:
    """Every kernel that was tried for a part, and why it lost or won."""
    if folder is None:
        return []
    rows: list[tuple[str, ...]] = []
    for subgraph in result.subgraphs:
        kernel = folder / "kernels_out" / subgraph.id / "builtin" / "kernel.py"
        if kernel.is_file():
            path = kernel.relative_to(folder).as_posix()
            is_winner = subgraph.synthesizer == "builtin"
            told = "the built-in synthesizer's" if is_winner else f"{subgraph.synthesizer}'s was taken"
            rows.append((f"[{path}]({path})", subgraph.status if is_winner else "not taken", told))
    rows += [(f"[{place}]({place})", accepted, told) for place, accepted, told in in_lines(stories(folder))]
    return [Heading("Candidates"), Table(("where", "", "what was found"), tuple(rows))] if rows else []


def _benchmark(benchmark: Benchmark) -> list[Block]:
    def row(name: str, timing: Timing | None, gain: float | None) -> tuple[str, ...]:
        if timing is None:
            return (name, "not timed", "", "", "")
        figures = (f"{timing.median:.4f}", f"{timing.p10:.4f}", f"{timing.p90:.4f}")
        return (name, *figures, "" if gain is None else f"{gain:.2f}x")

    timed = [("eager", benchmark.eager_ms), ("torch.compile", benchmark.compile_ms), ("kernel", benchmark.kernel_ms)]
    bars = timing_bars([(n, t.median, t.p10, t.p90) for n, t in timed if t is not None], benchmark.floor_ms)
    rows = (
        row("eager", benchmark.eager_ms, benchmark.speedup_eager),
        row("torch.compile", benchmark.compile_ms, benchmark.speedup_compile),
        row("kernel", benchmark.kernel_ms, None),
    )
    floor = f"Speed of light: {benchmark.floor_ms:.4f} ms, of which the kernel reaches {benchmark.of_floor:.0%}."
    return [
        Heading(f"Speed on {benchmark.device} ({benchmark.precision})"),
        Picture("timing.svg", bars, "Medians, with the 10th and 90th percentile."),
        Table(("", "median ms", "p10", "p90", "the kernel is faster by"), rows),
        Paragraph(floor),
        *(Paragraph(note) for note in benchmark.notes),
    ]


def _verification(verification: Verification, kernel: str | None) -> list[Block]:
    facts = (
        f"precision: {verification.precision} ({verification.dtype})",
        f"tolerance: rtol {verification.rtol:g}, atol {verification.atol:g}",
        f"largest error: {_error(verification.max_abs_err)}, PyTorch's own {_error(verification.eager_max_abs_err)}",
        f"sandbox: {', '.join(verification.sandbox) or 'none'}",
    )
    checks = tuple((check.name, _outcome(check), _detail(check, kernel)) for check in verification.checks)
    cases = tuple(
        (
            case.name,
            ", ".join(f"{k}={v}" for k, v in case.sizes.items()),
            str(case.seed),
            _error(case.max_abs_err),
            _error(case.eager_max_abs_err),
        )
        for case in verification.cases
    )
    blocks: list[Block] = [Heading("Verdict"), Paragraph(verification.summary), Bullets(facts)]
    blocks += [Heading("Checks", 3), Table(("check", "", "detail"), checks)]
    ratios = [ratio for case in verification.cases if (ratio := _ratio(case)) is not None]
    if histogram := error_histogram(ratios):
        blocks.append(Picture("errors.svg", histogram, "The cases, by how exact the kernel is beside PyTorch."))
    blocks += [Heading("Cases", 3), Table(("case", "sizes", "seed", "largest error", "PyTorch's own"), cases)]
    if verification.compiled:
        rows = tuple(
            (k.kernel, k.arch, _known(k.registers), _known(k.spills), _known(k.shared_bytes))
            for k in verification.compiled
        )
        head = ("kernel", "arch", "registers", "spills", "shared bytes")
        blocks += [Heading("Compiled", 3), Table(head, rows)]
    if verification.not_checked:
        blocks += [Heading("Not checked", 3), Bullets(tuple(verification.not_checked))]
    bound = [f"source {verification.source_sha256}", f"kernel {verification.kernel_sha256}"]
    bound += [f"{name} {version}" for name, version in verification.versions.items()]
    return [*blocks, Heading("Bound to", 3), Bullets(tuple(bound))]


def _ratio(case: Case) -> float | None:
    """The kernel's largest error in units of PyTorch's own; ``None`` where one of them is exact or unknown."""
    return case.max_abs_err / case.eager_max_abs_err if case.max_abs_err and case.eager_max_abs_err else None


def _outcome(check: Check) -> str:
    return "skipped" if check.skipped else "passed" if check.passed else "failed"


def _detail(check: Check, kernel: str | None) -> str:
    where = "" if check.line is None else f" (line {check.line})"
    if where and kernel is not None:
        where = f" ([line {check.line}]({kernel}#L{check.line}))"
    return "\n".join((f"{check.detail}{where}", *check.notes))


def _error(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2e}"


def _known(value: int | None) -> str:
    return "unknown" if value is None else str(value)
