"""``kernelagent lint PATH...``: what the linter says of files with Triton kernels."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from kernelagent.cli import colours
from kernelagent.cli.failure import print_json
from kernelagent.cli.shared_options import json_option
from kernelagent.errors import BadOption, TargetNotFound
from kernelagent.lint.files import FileText, python_files, read
from kernelagent.lint.finding import Finding, Span
from kernelagent.lint.fixing import fixed
from kernelagent.lint.linter import SYNTAX_ERROR, is_chosen, lint
from kernelagent.lint.registry import BY_CODE

_COLOURS = {"error": "red", "warning": "yellow", "information": "blue", "hint": "cyan"}
_STANDARD_INPUT = "-"


@dataclass(frozen=True)
class _Told:
    file: str
    finding: Finding


@click.command(epilog="Example:  kernelagent lint kernels/ --ignore KA106,KA403")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--select", metavar="CODES", multiple=True, help="Only these rules: KA104, or KA1 for all that begin so.")
@click.option("--ignore", metavar="CODES", multiple=True, help="All rules but these.")
@click.option("--fix", is_flag=True, help="Make the fixes that can't change what right code computes.")
@json_option
def command(paths: tuple[str, ...], select: tuple[str, ...], ignore: tuple[str, ...], fix: bool, as_json: bool) -> int:
    """Look for mistakes in files with Triton kernels.

    PATH is a file, a folder, a pattern such as 'kernels/**/*.py', or - for standard input. Only the text is read:
    nothing is imported or run, and files that do not import Triton are passed over.

    Exit status: 0 no errors and warnings, 1 some, 2 bad usage or input.
    """
    chosen, left_out = _codes("--select", select), _codes("--ignore", ignore)
    told: list[_Told] = []
    mended = looked_at = 0
    for path in [_STANDARD_INPUT] if paths == (_STANDARD_INPUT,) else python_files(paths):
        if isinstance(path, str) and path != _STANDARD_INPUT:
            raise TargetNotFound(f"There is no file {path}.", hint="Name a Python file, a folder or a pattern.")
        looked_at += 1
        findings, count = _look(path, chosen, left_out, fix)
        mended += count
        told += [_Told(str(path), finding) for finding in findings]
    if as_json:
        print_json(_document(told, looked_at, mended))
    else:
        _print(told, looked_at, mended)
    return int(any(one.finding.severity in ("error", "warning") for one in told))


def _codes(option: str, values: tuple[str, ...]) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for value in values for code in value.split(",") if code.strip())
    for code in codes:
        if not any(is_chosen(known, (code,), ()) for known in (*BY_CODE, SYNTAX_ERROR)):
            raise BadOption(f"{option}: there is no rule {code}.", hint="The rules are listed in docs/lint.md.")
    return codes


def _look(path: Path | str, select: tuple[str, ...], ignore: tuple[str, ...], fix: bool) -> tuple[list[Finding], int]:
    """The findings of one file, and how many were mended in it."""
    if isinstance(path, str):
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        return list(lint(text, select, ignore).findings), 0
    try:
        file = read(path)
    except (SyntaxError, UnicodeDecodeError, LookupError) as exc:
        return [Finding(SYNTAX_ERROR, "error", f"This is not text: {exc}.", Span(1, 0, 1, 0))], 0
    except OSError as exc:
        raise TargetNotFound(f"{path} can't be read: {exc.strerror}.") from exc
    linted = lint(file.text, select, ignore)
    if not fix:
        return list(linted.findings), 0
    text, count = fixed(file.text, select, ignore)
    if text == file.text:
        return list(linted.findings), 0
    _write(file, text)
    return list(lint(text, select, ignore).findings), count


def _write(file: FileText, text: str) -> None:
    try:
        file.write(text)
    except (OSError, UnicodeEncodeError) as exc:
        raise TargetNotFound(f"{file.path} can't be written: {exc}.", hint="Look at its permissions.") from exc


def _print(told: list[_Told], looked_at: int, mended: int) -> None:
    for one in told:
        span, finding = one.finding.span, one.finding
        colours.echo(f"{one.file}:{span.line}:{span.column + 1}: ", nl=False, bold=True)
        colours.echo(f"{finding.code} {finding.severity}: ", nl=False, fg=_COLOURS[finding.severity])
        click.echo(finding.message)
    counts = {name: sum(one.finding.severity == name for one in told) for name in _COLOURS}
    parts = [f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items() if count]
    files = f"{looked_at} file{'s' * (looked_at != 1)}"
    mends = f"; {mended} mended" if mended else ""
    click.echo(f"{', '.join(parts) or 'Nothing found'} in {files}{mends}.", err=True)


def _document(told: list[_Told], looked_at: int, mended: int) -> dict[str, object]:
    return {
        "schema": 1,
        "files": looked_at,
        "fixed": mended,
        "findings": [
            {
                "file": one.file,
                "code": one.finding.code,
                "name": BY_CODE[one.finding.code].name if one.finding.code in BY_CODE else "syntax-error",
                "severity": one.finding.severity,
                "message": one.finding.message,
                **_place(one.finding.span),
                "related": [{"message": other.message, **_place(other.span)} for other in one.finding.related],
                "fixes": [{"title": fix.title, "safe": fix.safe} for fix in one.finding.fixes],
            }
            for one in told
        ],
    }


def _place(span: Span) -> dict[str, int]:
    """Lines and columns from 1; the end is the first character that is not in it."""
    return {
        "line": span.line,
        "column": span.column + 1,
        "end_line": span.end_line,
        "end_column": span.end_column + 1,
    }
