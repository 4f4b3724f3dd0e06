"""Above a launch: the source's lines, and the modules' paths where launches compute one line for several."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.synth.compose.file import compose_file
from kernelagent.worker.synth.lowering import WHOLE
from kernelagent.worker.synth.synthesize import synthesize

TEXT = """\
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(6, 9)
        self.down = nn.Linear(9, 6)

    def forward(self, x):
        return x + self.down(self.up(x).relu())


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(), Block())
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = self.blocks(x)
        return self.head(x)
"""


def test_launches_of_one_line_tell_their_modules(tmp_path: Path) -> None:
    file = tmp_path / "layers_sample.py"
    file.write_text(TEXT, encoding="utf-8")
    sys.modules.pop("_fused_layers_sample", None)
    problem = Problem(str(file), "Model", 0, "", ExampleInputs("option", "()", "(torch.randn(4, 6),)"))
    problem, graph = capture(problem, WHOLE)
    wrapper = compose_file(synthesize(graph), problem, TEXT).text.partition("def kernel_function(")[2]
    line = "return x + self.down(self.up(x).relu())"
    assert re.findall(r"^    # line \d+: (.*)$", wrapper, flags=re.M) == [
        f"{line}  (blocks.0.up, blocks.0)",
        f"{line}  (blocks.0.down, blocks.0)",
        f"{line}  (blocks.1.up, blocks.1)",
        f"{line}  (blocks.1.down, blocks.1)",
        "return self.head(x)",
    ]
