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


KERNEL = """import torch
import triton
import triton.language as tl


@triton.jit
def kernel(x_ptr, out_ptr, n, m, BLOCK: tl.constexpr, OUT: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    mask = offsets < n
    {body}
    tl.store(out_ptr + offsets, x, mask=mask)


def run(x, n):
    x = x.contiguous()
    {wrapper}
    kernel[(1,)](x, out, n, n, BLOCK=64, OUT=x.dtype)
    return out
"""
SUM = "x = tl.load(x_ptr + offsets, mask=mask)\n    x = {}"

BODIES: dict[str, tuple[str, str | None]] = {
    "another name": ("x = tl.dot(n, tl.transpose(m))", "x = tl.dot(n, tl.trans(m))"),
    "two axes are no permutation": ("x = tl.transpose(m, 0, 1)", None),
    "two axes in a tuple": ("x = tl.transpose(m, (1, 0))", None),
    "a third operand is another thing in each": ("x = tl.mm(n, m, BLOCK)", None),
    "a type": ("x = tl.zeros((BLOCK,), tl.half)", "x = tl.zeros((BLOCK,), tl.float16)"),
    "a sum": (SUM.format("tl.sum(x)"), SUM.format("tl.sum(x)").replace("=mask)", "=mask, other=0.0)")),
    "a maximum, of integers perhaps": (SUM.format("tl.max(x)"), None),
    "a minimum, of integers perhaps": (SUM.format("tl.argmin(x, 0)"), None),
    "a sum and a maximum of one load": (SUM.format("tl.sum(x) / tl.max(x)"), None),
    "a load that hides what it is given": (
        "x = tl.sum(tl.load(x_ptr + offsets, mask=mask, **OUT))",
        None,
    ),
    "conditions": (
        "mask = mask and (offsets > m)\n    x = 0",
        "mask = mask & (offsets > m)\n    x = 0",
    ),
    "a number beside a condition": ("mask = mask and 2\n    x = 0", None),
    "a constant that guards": ("mask = BLOCK > 5 and mask\n    x = 0", None),
    "a number that the kernel is given": ("mask = mask and m\n    x = 0", None),
    "a chain": ("x = 0 <= offsets + m < n", "x = ((0 <= offsets + m) & (offsets + m < n))"),
    "a chain around an atomic update": ("x = 0 <= tl.atomic_add(out_ptr, 1) < n", None),
    "a chain around a function of the file": ("x = 0 <= counted(out_ptr) < n", None),
    "a chain around a negation": ("x = 0 <= offsets < (not n)", None),
    "a type that is handed to Triton": (
        "x = tl.zeros((BLOCK,), dtype=torch.int8)",
        "x = tl.zeros((BLOCK,), dtype=tl.int8)",
    ),
    "a type that is compared": ("x = 2 if OUT == torch.int8 else 3", None),
    "a type that is compared with Triton's": ("x = 2 if x_ptr.dtype == torch.int8 else 3", None),
    "a type that a name is given": ("kind = torch.int8\n    x = 2 if OUT == kind else 3", None),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_fix_makes_of_a_kernel(name: str) -> None:
    before, after = BODIES[name]
    wrapper = "out = torch.empty_like(x)"
    text = fixed(KERNEL.format(body=before, wrapper=wrapper))[0]
    assert text == KERNEL.format(body=before if after is None else after, wrapper=wrapper)


WRAPPERS: dict[str, tuple[str, str | None]] = {
    "like another": ("torch.empty_like(x)", "torch.zeros_like(x)"),
    "a layout like another's": (
        "torch.empty_like(x, memory_format=torch.preserve_format)",
        "torch.zeros_like(x, memory_format=torch.preserve_format)",
    ),
    "new": ("x.new_empty(n, dtype=x.dtype)", "x.new_zeros(n, dtype=x.dtype)"),
    "a layout, which zeros does not take": ("torch.empty(n, 4, 8, 8, memory_format=torch.channels_last)", None),
    "keywords that can't be seen": ("torch.empty(n, **given)", None),
    "a library that need not have zeros": ("pool.empty(n)", None),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_what_fix_makes_of_a_wrapper(name: str) -> None:
    before, after = WRAPPERS[name]
    body = "x = tl.load(x_ptr + offsets, mask=mask)\n    tl.atomic_add(out_ptr + offsets, x, mask=mask)"
    kernel = KERNEL.format(body=body, wrapper="out = {}").replace("    tl.store(out_ptr + offsets, x, mask=mask)\n", "")
    assert "KA105" in {finding.code for finding in lint(kernel.format(before)).findings}
    assert fixed(kernel.format(before))[0] == kernel.format(before if after is None else after)


def test_the_infinity_is_offered_where_the_type_may_be_floating() -> None:
    text = KERNEL.format(body=SUM.format("tl.max(x)"), wrapper="out = x")
    (finding,) = lint(text, select=["KA103"]).findings
    (fix,) = finding.fixes
    assert 'mask=mask, other=-float("inf"))' in apply_edits(text, fix.edits)
    (finding,) = lint(text.replace("mask=mask)\n    x = ", "mask=mask).to(tl.int32)\n    x = "), ["KA103"]).findings
    assert finding.fixes == ()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("import triton.language as lang", "lang"),
        ("import triton", "triton.language"),
        ("from triton import jit", None),
    ],
)
def test_a_fix_names_the_language_as_the_file_does(head: str, name: str | None) -> None:
    text = "from triton import jit\nfrom triton.language import arange, constexpr, exp, float16, zeros\n"
    text += f"{head}\n\n\n@jit\n"
    text += "def kernel(x_ptr, n):\n    x = exp(zeros((16,), float16)) + arange(0, n)\n\n\nkernel[(1,)](1, 16)\n"
    after, count = fixed(text, ignore=["KA403"])
    assert count == (0 if name is None else 2)
    assert name is None or (f"n: {name}.constexpr" in after and f"float16).to({name}.float32)" in after)


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
