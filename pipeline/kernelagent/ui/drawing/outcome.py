"""How a run ended: a card that says it first, the report, the graph, and where its files are."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from kernelagent.contract.result import ErrorInfo, Result
from kernelagent.contract.session import SessionResult
from kernelagent.driver.report import Page, graph_of, of_result
from kernelagent.driver.report.blocks import Picture
from kernelagent.driver.report.html import as_fragment
from kernelagent.errors import KernelAgentError
from kernelagent.ui.drawing.style import framed
from kernelagent.ui.past import Past

FILES = "files"
"""Where the server has the runs' files, relative to the page."""
_WORDS = {"failed": "Not verified", "unverified": "Made, and not judged, as asked"}


def error_card(error: KernelAgentError | ErrorInfo) -> str:
    """An error of the catalogue: what happened, where, and what to do."""
    hint = error.hint if isinstance(error, ErrorInfo) else error.remedy
    where = f" (line {error.line})" if error.line and f"line {error.line}" not in error.message else ""
    return framed(
        f'<div class="card failed" role="alert"><strong>{escape(error.code)}</strong>'
        f"<p>{escape(error.message)}{where}</p><p>{escape(hint)}</p></div>"
    )


def outcome(past: Past) -> str:
    """The card, with the facts that are looked for first."""
    result = past.result
    if past.unreadable:
        return framed(f'<div class="card failed"><strong>Unreadable</strong><p>{escape(past.unreadable)}</p></div>')
    if past.session is not None and (result is None or past.session.status != result.status):
        return _of_session(past.session)
    if result is None:
        return ""
    if result.error is not None:
        return error_card(result.error) if result.status != "cancelled" else _card("cancelled", "Cancelled", [])
    if result.kernel is None and result.status != "failed":
        made = f"{len(result.subgraphs)} subgraphs" if len(result.subgraphs) != 1 else "1 subgraph"
        return _card("unverified", "Done, as far as was asked", [f"{made}; no kernel has been judged."], _facts(result))
    told = [result.verification.summary] if result.verification is not None else []
    return _card(result.status, _WORDS.get(result.status, result.status.capitalize()), told, _facts(result))


def _of_session(session: SessionResult) -> str:
    if session.error is not None and session.status == "failed":
        return error_card(session.error)
    return _card(session.status, _WORDS.get(session.status, session.status.capitalize()), [session.message])


def _card(kind: str, title: str, sentences: list[str], facts: dict[str, str] | None = None) -> str:
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>" for name, text in (facts or {}).items())
    table = f'<table class="facts"><tbody>{rows}</tbody></table>' if rows else ""
    return framed(f'<div class="card {kind}" role="status"><strong>{escape(title)}</strong>{told}{table}</div>')


def _facts(result: Result) -> dict[str, str]:
    before = f" (answered before, by {result.cached})" if result.cached else ""
    facts = {"took": f"{result.elapsed_s:.1f} s{before}"}
    if (verdict := result.verification) is not None:
        passed = sum(case.passed for case in verdict.cases)
        facts["cases"] = f"{passed} of {len(verdict.cases)} sets of inputs pass"
        if verdict.max_abs_err is not None and verdict.eager_max_abs_err is not None:
            theirs = f"PyTorch's own {verdict.eager_max_abs_err:.2g}"
            facts["error"] = f"largest {verdict.max_abs_err:.2g}, {theirs}; both against float64"
        facts["precision"] = f"{verdict.precision} ({verdict.dtype})"
        facts["compiled for"] = ", ".join(dict.fromkeys(kernel.arch for kernel in verdict.compiled)) or "nothing"
        facts["sandbox"] = ", ".join(verdict.sandbox) or "none"
    if (timed := result.benchmark) is not None:
        compiled = f", {timed.speedup_compile:.2f}x torch.compile" if timed.speedup_compile is not None else ""
        facts["speed"] = (
            f"{timed.kernel_ms.median:.4g} ms on {timed.device}, {timed.speedup_eager:.2f}x eager{compiled}"
        )
    if result.cost.output_tokens:
        money = f"${result.cost.usd:.4f}" if result.cost.usd else "free, or at no known price"
        facts["cost"] = f"{result.cost.input_tokens} tokens in, {result.cost.output_tokens} out, {money}"
    return facts


def report(past: Past) -> str:
    """What ``report.html`` of the run directory says, but for the graph; links lead to the run's files."""
    if past.result is None:
        return ""
    page = of_result(past.result)
    left_out = graph_of(past.run.path)
    kept = tuple(block for block in page.blocks if block not in left_out)
    return framed(as_fragment(Page(page.title, kept), base=f"{address_of(past)}/"))


def graph(past: Past) -> str:
    """The module's graph, its subgraphs coloured; empty before it is cut."""
    pictures = [block for block in graph_of(past.run.path) if isinstance(block, Picture)]
    return framed("".join(f"<figure>{p.svg}<figcaption>{escape(p.caption)}</figcaption></figure>" for p in pictures))


def files(past: Past) -> str:
    """What can be downloaded."""
    if past.result is None:
        return ""
    base = address_of(past)
    parts = [f'<a href="{base}.zip" download>the whole run (.zip)</a>'] if past.session is None else []
    if past.session is not None:
        parts = [f'<a href="{FILES}/{quote(past.folder.name)}.zip" download>the whole session (.zip)</a>']
    if past.result.kernel is not None:
        parts.insert(0, f'<a href="{base}/{quote(past.result.kernel)}" download>the kernel (.py)</a>')
    parts += [
        f'<a href="{base}/{quote(path)}" target="_blank">{escape(name)}</a>'
        for name, path in past.result.artifacts.items()
        if name not in ("run_dir", "kernel") and (past.run.path / path).is_file()
    ]
    told = f"<p>Run directory: <code>{escape(str(past.run.path))}</code></p>"
    return framed(f'<p class="files">{"".join(parts)}</p>{told}')


def kernel(past: Past) -> str:
    """The composed file's text, or, of a run that stops before, the rewritten module's; empty where there is none."""
    for path in (past.run.composed_kernel, past.run.fused):
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
    return ""


def address_of(past: Past) -> str:
    """Under which the server has the files of the run itself."""
    return f"{FILES}/{'/'.join(map(quote, past.run.path.relative_to(past.folder.parent).parts))}"
