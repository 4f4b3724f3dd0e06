"""A text in another file's indentation means the same, line by line."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from kernelagent.static.indentation import USUAL, indented_by, unit_of

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    *sorted((ROOT / "tests" / "synth" / "golden").glob("*.py.txt")),
    *sorted((ROOT / "examples").rglob("*.py")),
    *sorted((ROOT / "pipeline" / "kernelagent" / "static").glob("*.py")),
]

BEFORE = '''class Gate:
    """One line.

    Another.
    """

    # of the method
    def of(self, x):
        # of the call
        return of(
            x,
            f"""in it
    {x}
        """,
            "a"
            "b",
          x)

    # behind it
    kept = 1 + \\
        2
  # by nobody's measure
# at the top
for _ in (): kept = """
    x"""; last = [
    1,
]
'''
AFTER = '''class Gate:
>"""One line.

    Another.
    """

># of the method
>def of(self, x):
>># of the call
>>return of(
>>>x,
>>>f"""in it
    {x}
        """,
>>>"a"
>>>"b",
>>  x)

># behind it
>kept = 1 + \\
>>2
  # by nobody's measure
# at the top
for _ in (): kept = """
    x"""; last = [
>1,
]
'''


def test_blocks_and_what_goes_on_a_line_are_moved_and_strings_are_not() -> None:
    assert indented_by("\t", BEFORE) == AFTER.replace(">", "\t")
    assert indented_by(USUAL, AFTER.replace(">", "\t")) == BEFORE


@pytest.mark.parametrize("unit", ["\t", "  ", "        "])
def test_a_file_means_the_same(unit: str) -> None:
    assert len(SOURCES) > 50
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        moved = indented_by(unit, text)
        assert ast.dump(ast.parse(moved), include_attributes=False) == ast.dump(ast.parse(text)), path
        assert moved.count("\n") == text.count("\n")
        assert unit_of(moved) == (unit if "def " in text else unit_of(text))
        assert indented_by(USUAL, text) == text


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", USUAL),
        ("x = [\n  1,\n]\n", USUAL),
        ("def f():\n\tpass\n", "\t"),
        ("\ufeffdef f():\r\n  if f:\r\n      pass\r\n", "  "),
        ("def f():\r  pass\r", "  "),
        ("def f():\n\tpass\ndef g():\n  pass\ndef h():\n\tpass\n", "\t"),
        ("def f():\n  pass\nx = (\n", "  "),  # somebody is typing
        ("def f():\n  pass\n    x\n y\n", "  "),
    ],
)
def test_a_file_is_indented_as_most_of_its_blocks_are(text: str, unit: str) -> None:
    assert unit_of(text) == unit
