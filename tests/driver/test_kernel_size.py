"""Files that the judge does not read."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.driver.kernel_size import MOST_BYTES, MOST_WORDS, refuse_too_large
from kernelagent.errors import NotAKernelFile


@pytest.mark.parametrize(
    ("text", "what"), [(b"x," * (MOST_WORDS // 2 + 1), "words and signs"), (b"#" + b"x" * MOST_BYTES, "bytes")]
)
def test_a_table_of_numbers_and_an_endless_file_are_refused(tmp_path: Path, text: bytes, what: str) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_bytes(text)
    with pytest.raises(NotAKernelFile, match=what):
        refuse_too_large(kernel)


def test_a_long_file_of_long_names_is_read(tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_bytes(b"layers_3_denselayer_17_norm1_weight = 1\n" * 90_000)
    refuse_too_large(kernel)
