"""What the page of KA204 says of Triton's interpreter, by running it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pages import example

RUN = """

import torch

x = torch.ones(8)
out = torch.zeros(8)
double[(1,)](x, out, 6, 3, BLOCK=8)
print(out.int().tolist())
"""


def stored(heading: str, folder: Path) -> str:
    file = folder / f"{heading}.py"
    file.write_text(example("KA204", heading) + RUN, encoding="utf-8")
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    done = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_and_between_blocks_is_another_mask_in_the_interpreter(tmp_path: Path) -> None:
    """When this fails the interpreter has mended it: then the page and the rule's message are to say so."""
    assert stored("Right", tmp_path) == "[0, 0, 0, 2, 2, 2, 0, 0]"
    assert stored("Wrong", tmp_path) != "[0, 0, 0, 2, 2, 2, 0, 0]"
