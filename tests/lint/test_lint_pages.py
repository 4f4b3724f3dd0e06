"""Each rule has a page, and the page's examples are what it says: wrong for this rule alone, and right."""

from __future__ import annotations

import re

import pytest
from kernelagent.lint.linter import lint
from kernelagent.lint.registry import RULES
from kernelagent.lint.rule import Rule
from pages import PAGES, example

EACH = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


@EACH
def test_the_wrong_example_gives_this_rule_alone(rule: Rule) -> None:
    findings = lint(example(rule.code, "Wrong")).findings
    assert {finding.code for finding in findings} == {rule.code}, findings


@EACH
def test_the_right_example_gives_nothing(rule: Rule) -> None:
    assert lint(example(rule.code, "Right")).findings == ()


@EACH
def test_the_page_says_what_the_rule_says(rule: Rule) -> None:
    text = (PAGES / f"{rule.code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {rule.code}: {rule.name}\n\n{rule.severity}: {rule.summary}.\n")
    index = (PAGES.parent / "lint.md").read_text(encoding="utf-8")
    assert f"| [{rule.code}](lint/{rule.code}.md) | {rule.name} | {rule.severity} | {rule.summary} |" in index


def test_there_is_no_page_without_a_rule() -> None:
    assert sorted(page.stem for page in PAGES.glob("*.md")) == [rule.code for rule in RULES]
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"KA[1-5]\d\d", rule.code) for rule in RULES)


def test_each_rule_is_a_file_and_a_row() -> None:
    from kernelagent.lint import rules

    folder = PAGES.parents[1] / "pipeline/kernelagent/lint/rules"
    assert rules.__file__ == str(folder / "__init__.py")
    assert len(list(folder.glob("*.py"))) - 1 == len(RULES)
