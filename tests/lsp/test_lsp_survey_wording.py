"""How surveys speak: figures, lines, names, tables."""

from __future__ import annotations

from typing import Any

import pytest
from kernelagent_lsp.surveys.table import Table
from kernelagent_lsp.surveys.wording import amount, duration, escaped, less, lines_of, spoken, tensor


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (amount(512, "B"), "512 B"),
        (amount(999.6, "B"), "1.00 kB"),
        (amount(88_088_576, "B"), "88.1 MB"),
        (amount(999_600_000, "B"), "1.00 GB"),
        (amount(17_213_423_616, "FLOP"), "17.2 GFLOP"),
        (amount(300, ""), "300"),
        (amount(3.35e12, "B"), "3.35 TB"),
        (duration(104.3e-6), "104 µs"),
        (duration(7.47e-6), "7.47 µs"),
        (duration(7.2e-10), "0.72 ns"),
        (duration(0.9999e-3), "1.00 ms"),
        (less(310, 100), "≈3.1× less"),
        (less(100, 100), ""),
        (less(100, 0), ""),
        (less(90, 100), ""),
        (lines_of([16]), "line 16"),
        (lines_of([18, 16, 17, 24]), "lines 16–18, 24"),
        (lines_of([]), ""),
        (spoken("aten._native_batch_norm_legit_no_training.default"), "batch_norm"),
        (spoken("aten._to_copy.default"), "to"),
        (spoken("aten.gelu.default"), "gelu"),
        (tensor("bfloat16", (8, 128)), "bf16[8, 128]"),
        (tensor("float8_e4m3fn", ()), "float8_e4m3fn[]"),
        (escaped("BadInit.__init__() takes *x"), r"BadInit.\_\_init\_\_() takes \*x"),
        (escaped("line 5: `a_b * c`."), "line 5: `a_b * c`."),
        (escaped("![x](http://y) `"), r"\!\[x\](http://y) \`"),
    ],
)
def test_words(found: str, told: str) -> None:
    assert found == told


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        (True, "| name | bytes |\n|:--|--:|\n| `a\\|b` | 5 B |\n| **all** | 15 B |"),
        (False, "name  bytes\na|b     5 B\nall    15 B"),
    ],
)
def test_a_table_leaves_out_empty_columns(markdown: bool, text: str) -> None:
    rows: Any = (("`a|b`", "", "5 B"), ("**all**", "", "15 B"))
    assert Table(("name", ">FLOP", ">bytes"), rows).text(markdown=markdown) == text
