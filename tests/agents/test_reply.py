"""A reply → the kernel file in it, or what the model is told."""

from __future__ import annotations

import re

import pytest
from kernelagent.driver.agents.reply import LONGEST_FILE, NotACandidate, kernel_in
from kernelagent.driver.agents.worker import shortened
from kernelagent.driver.providers.exchange import Sample
from kernels import NO_ENTRY, NOT_PYTHON, RIGHT, said

NEEDED = ("kernel_function", "BlockTriton")
KERNEL, REST = (f"{part.strip()}\n" for part in RIGHT.split("\n\n\ndef kernel_function"))
REST = f"def kernel_function{REST}"
FUNCTION, CLASS = RIGHT.split("\n\n\nclass BlockTriton")
FUNCTION = f"{FUNCTION}\n"
CLASS = f"import torch\n\n\nclass BlockTriton{CLASS}"


@pytest.mark.parametrize(
    "text",
    [
        said(RIGHT),
        f"```\n{RIGHT}```",
        f"~~~python\n{RIGHT}~~~",
        f"```py title=kernel.py\n{RIGHT}\n```\nUse it so:\n```bash\npython kernel.py\n```",
        f"First ```inline``` words.\n\n````python\n{RIGHT}````",
        f"<think>\nPerhaps:\n{said(NO_ENTRY)}\nor\n{said(RIGHT)}</think>\n{said(RIGHT)}",
        f"Perhaps:\n{said(RIGHT)}\nyes.\n</think>\n\n{said(RIGHT)}",
        said(RIGHT) + "\nUse it so:\n" + said("print(kernel_function(x, w))\n"),
        f"Here it is: ```python\n{RIGHT}```\n",
        f"Here it is:```python\n{RIGHT.rstrip()}```",
        f"```python\n{RIGHT.rstrip()}```\n",
        f"I write it in ```python\n\n{said(RIGHT)}",
        RIGHT,
        f"<think>\nPerhaps.\n</think>\n{RIGHT}",
        f"\ufeff{RIGHT}",
        f"```python\n\ufeff{RIGHT}```",
    ],
    ids=[
        *("prose around it", "no language", "tildes", "a shell block beside it", "four ticks"),
        *("thoughts before it", "thoughts without their beginning", "how it is used"),
        *("glued to a sentence", "glued on both sides", "glued to the last line", "a fence in a sentence besides"),
        *("no fence", "no fence after thoughts", "no fence and a mark", "a mark in the block"),
    ],
)
def test_one_block_is_found(text: str) -> None:
    assert kernel_in(Sample(text, "stop"), NEEDED).code.strip() == RIGHT.strip()


@pytest.mark.parametrize("unseen", ["\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028"])
def test_what_nobody_sees_is_written_out(unseen: str) -> None:
    """A terminal obeys it, or an editor shows the code in another order."""
    shown = RIGHT + f"# é 漢 a{unseen}b\tc\n"
    written = f"# é 漢 a{ascii(unseen)[1:-1]}b\tc"
    assert kernel_in(Sample(said(shown), "stop"), NEEDED).code.splitlines()[-1] == written


def indented(text: str, by: str) -> str:
    return "".join(f"{by}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


FENCED = f"```python\n{RIGHT}```\n"
IN_A_DOCSTRING = RIGHT.replace(
    "def kernel_function", 'TEXT = """\n    ```\n    x = 1\n    ```\n"""\n\n\ndef kernel_function'
)


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        (said(RIGHT).replace("\n", "\r\n"), RIGHT),
        (said(RIGHT).replace("\n", "\r"), RIGHT),
        (f"<think>\nPerhaps:\n{said(NO_ENTRY)}\n</think>\n{said(RIGHT)}".replace("\n", "\r\n"), RIGHT),
        (f"Perhaps:\n{said(NO_ENTRY)}\n</think>\n{said(RIGHT)}".replace("\n", "\r\n"), RIGHT),
        (said(RIGHT).replace("```\n\nIt", "```\u00a0\u200b\n\nIt"), RIGHT),
        (f"\ufeff{FENCED}", RIGHT),
        (f"Here:\n\ufeff{FENCED}", RIGHT),
        (f"1. Here:\n\n{indented(FENCED, '   ')}\n2. Use it.", RIGHT),
        (f"- Here:\n\n{indented(FENCED, chr(9))}", RIGHT),
        (f"10. {indented(FENCED, '    ').lstrip()}", RIGHT),
        (f"- Here:\n\n  ```python\n{RIGHT}  ```\n", RIGHT),
        (indented(FENCED, "> ").replace("\n\n", "\n>\n"), RIGHT),
        (indented(FENCED, "> > - "), None),
        (f"> 1. Here:\n{indented(indented(FENCED, '   '), '> ')}", RIGHT),
        (f"```python\n{RIGHT}`````\n", RIGHT),
        (f"````python\n{IN_A_DOCSTRING}````\n", IN_A_DOCSTRING),
        (f"```python\n{IN_A_DOCSTRING}```\n", IN_A_DOCSTRING),
    ],
    ids=[
        *("CRLF", "CR", "CRLF after thoughts", "CRLF after thoughts without their beginning", "blanks after the fence"),
        *("a mark of the encoding", "a mark before the fence", "in a list", "by a tab", "beside the number"),
        *("only the fences in a list", "quoted", "no block", "in a quoted list", "a longer end", "ticks in four"),
        "ticks further to the right",
    ],
)
def test_a_block_is_found_wherever_it_stands(text: str, kernel: str | None) -> None:
    if kernel is None:
        with pytest.raises(NotACandidate):
            kernel_in(Sample(text, "stop"), NEEDED)
    else:
        assert kernel_in(Sample(text, "stop"), NEEDED).code == kernel


@pytest.mark.parametrize(
    ("text", "finish", "words"),
    [
        ("", "stop", "empty"),
        ("  \n ", "stop", "empty"),
        ("I would use tl.load.", "stop", "no code block"),
        (said(RIGHT) + said(RIGHT), "stop", "2 code blocks"),
        (said(NO_ENTRY) + said(NOT_PYTHON), "stop", "2 code blocks"),
        (said(RIGHT).replace("```python", "```diff"), "stop", "one code block, marked `diff`, and none of Python"),
        ("```rust\nfn main() {}\n```\n```diff\n+ a\n```\n", "stop", "2 code blocks, marked `rust`, `diff`"),
        (f"<think>{said(RIGHT)}</think>I can't.", "stop", "no code block"),
        (f"<think>{said(RIGHT)}</think> ", "stop", "empty"),
        (said(RIGHT)[:200], "stop", "cut off"),
        (f"> {said(RIGHT)[:200]}", "stop", "cut off"),
        (f"Here it is: ```python\n{RIGHT[:200]}", "stop", "cut off"),
        (f"Here it is: ``` {RIGHT}", "stop", "no code block"),
        (NO_ENTRY, "stop", "no code block"),
        (RIGHT, "length", "cut off before the file ended"),
        (said(RIGHT), "length", "cut off before the file ended"),
        ("<think>\nwell, let me", "length", "while it was still thinking"),
        ("I can't help with that.", "refusal", "declined"),
        (said(NOT_PYTHON), "stop", "not valid Python: .*line 17"),
        (said(NO_ENTRY), "stop", "does not define kernel_function"),
        (said("x = 1\n"), "stop", "kernel_function and BlockTriton"),
        (said("#" * LONGEST_FILE + "\n"), "stop", "characters"),
        (said("x = " + "(" * 5000 + ")" * 5000 + "\n"), "stop", "not valid Python"),
        (said("x = '\0'\n"), "stop", r"not valid Python: it has a NUL character, written \\x00 here, at line 1"),
    ],
)
def test_what_is_wrong_is_said(text: str, finish: str, words: str) -> None:
    with pytest.raises(NotACandidate, match=words):
        kernel_in(Sample(text, finish), NEEDED)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("blocks", "whole", "aside"),
    [
        ((KERNEL, REST), f"{KERNEL}\n\n{REST}", ""),
        ((FUNCTION, CLASS), f"{FUNCTION}\n\n{CLASS}", ""),
        ((KERNEL, "print(kernel_function(x, w))\n", REST), f"{KERNEL}\n\n{REST}", "3 Python blocks .* 1 and number 3"),
        ((KERNEL, RIGHT), RIGHT, "2 Python blocks of the reply number 2 alone was judged"),
        ((RIGHT, "print(kernel_function(x, w))\n"), RIGHT, "number 1 alone was judged"),
        ((KERNEL, KERNEL, REST), REST, "number 3 alone was judged"),
        ((NOT_PYTHON, RIGHT), RIGHT, "number 2 alone was judged"),
    ],
    ids=[
        "kernel, rest",
        "function, class",
        "a use between",
        "an earlier kernel",
        "a use",
        "two kernels",
        "one with an error",
    ],
)
def test_of_several_blocks_those_that_make_up_the_file_are_taken(
    blocks: tuple[str, ...], whole: str, aside: str
) -> None:
    read = kernel_in(Sample("".join(map(said, blocks)), "stop"), NEEDED)
    assert read.code == whole
    assert re.search(aside, read.aside) if aside else not read.aside


def test_what_was_read_is_kept_for_the_model_with_the_line_that_is_meant() -> None:
    with pytest.raises(NotACandidate) as raised:
        kernel_in(Sample(said(NOT_PYTHON), "stop"), NEEDED)
    assert raised.value.file == NOT_PYTHON
    lines = NOT_PYTHON.splitlines()
    assert str(raised.value).splitlines()[4] == f"> 17 | {lines[16]}"
    assert f"  16 | {lines[15]}" in str(raised.value)
    assert lines[16] == "def kernel_function(x, weight)"
    with pytest.raises(NotACandidate) as raised:
        kernel_in(Sample(said(NO_ENTRY), "stop"), NEEDED)
    assert raised.value.file == NO_ENTRY
    with pytest.raises(NotACandidate) as raised:
        kernel_in(Sample(said("a = 1\nx = \0 2\n"), "stop"), NEEDED)
    assert raised.value.file == "a = 1\nx = \\x00 2\n"
    assert "> 2 | x = \\x00 2" in str(raised.value)


def test_cut_off_while_thinking_beside_the_text() -> None:
    with pytest.raises(NotACandidate, match="still thinking"):
        kernel_in(Sample("", "length", thought=4000), ("kernel_function",))


def test_the_history_has_a_line_for_each_attempt() -> None:
    assert shortened("one two", 20) == "one two"
    assert shortened("word " * 60, 30) == "word word word word word ..."
