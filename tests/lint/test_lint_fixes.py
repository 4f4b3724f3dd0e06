"""Fixes: what they leave is Python, and what they mend is gone. Nothing else in the text changes."""

from __future__ import annotations

import random
import re

import pytest
from kernelagent.lint.finding import Edit, Span
from kernelagent.lint.fixing import apply_edits, fixed
from kernelagent.lint.linter import lint
from kernelagent.lint.registry import RULES
from kernelagent.lint.suppression import suppressing
from pages import PAGES, example

MENDED_BY_FIX = [rule.code for rule in RULES if "also made by `--fix`" in (PAGES / f"{rule.code}.md").read_text()]
OFFERED = [rule.code for rule in RULES if "Quick fix" in (PAGES / f"{rule.code}.md").read_text()]


@pytest.mark.parametrize("code", OFFERED)
def test_the_fixes_that_a_page_promises_mend_its_example(code: str) -> None:
    text = example(code, "Wrong")
    findings = lint(text).findings
    assert any(finding.fixes for finding in findings) or code in ("KA102", "KA211")  # theirs are for other cases
    for finding in findings:
        for fix in finding.fixes:
            after = lint(apply_edits(text, fix.edits))
            assert after.is_python
            assert len(after.findings) < len(findings)


def test_fixes_that_no_page_promises_are_not_there() -> None:
    found = [finding for rule in RULES for finding in lint(example(rule.code, "Wrong")).findings]
    assert {finding.code for finding in found if finding.fixes} <= set(OFFERED)


@pytest.mark.parametrize("code", [code for code in MENDED_BY_FIX if code != "KA211"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_safe_fixes_are_made(code: str, newline: str, mark: str) -> None:
    before = mark + '"größe 🙂"; ' + example(code, "Wrong").replace("\n", newline)
    after, count = fixed(before)
    assert count >= 1
    assert lint(after).findings == ()
    assert re.findall(r"\r\n|\r|\n", after) == re.findall(r"\r\n|\r|\n", before)
    assert after.startswith(mark + '"größe 🙂"; ')


def test_a_name_that_is_only_another_one() -> None:
    text = example("KA211", "Wrong").replace("tl.relu(x)", "tl.dot(x, tl.transpose(x), input_precision='ieee')")
    after, count = fixed(text)
    assert count == 1
    assert "tl.trans(x)" in after


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_comment_silences(rule: object) -> None:
    text = example(rule.code, "Wrong")  # type: ignore[attr-defined]
    for _ in range(20):
        findings = lint(text).findings
        if not findings:
            break
        fix = suppressing(text, findings[0])
        assert fix is not None
        text = apply_edits(text, fix.edits)
    assert lint(text).findings == ()


def test_a_second_code_joins_the_first() -> None:
    text = "import triton\nx = 1  # kernelagent: ignore[KA101]\n"
    finding = lint(example("KA103", "Wrong")).findings[0]
    moved = type(finding)(finding.code, finding.severity, finding.message, Span(2, 0, 2, 1))
    fix = suppressing(text, moved)
    assert fix is not None
    assert apply_edits(text, fix.edits).endswith("# kernelagent: ignore[KA101, KA103]\n")


def test_edits_are_made_from_the_end() -> None:
    text = "ä1\r\n🙂2\n3"
    edits = [Edit(Span(1, 1, 1, 2), "one"), Edit(Span(2, 1, 2, 2), "two"), Edit(Span(3, 0, 3, 1), "three")]
    assert apply_edits(text, edits) == "äone\r\n🙂two\nthree"


@pytest.mark.parametrize("seed", range(150))
def test_no_text_brings_it_down(seed: int) -> None:
    """The examples with pieces taken out, put in and exchanged: every place lies in the text, every fix is Python."""
    draw = random.Random(seed)
    text = example(draw.choice(RULES).code, draw.choice(["Wrong", "Right"]))
    for _ in range(draw.randint(1, 4)):
        pieces = list(re.finditer(r"\w+|[^\w\s]", text))
        one, other = draw.choice(pieces), draw.choice(pieces)
        put = draw.choice(
            ["", other[0], "None", "-1", "*x", "**x", "[:, None]", "tl.load()", "10**400", "x if y else 1"]
        )
        text = text[: one.start()] + put + text[one.end() :]
    linted = lint(text)
    lines = text.split("\n")
    for finding in linted.findings if linted.is_python else ():
        span = finding.span
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.end_column <= len(lines[span.end_line - 1])
        for fix in finding.fixes:
            assert lint(apply_edits(text, fix.edits)).is_python
