"""``fused.py``: what it hands from piece to piece may lie in memory otherwise than in the captured run."""

from __future__ import annotations

from pathlib import Path

from kernelagent.contract.codec import to_json
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.tasks import capture, check_fused, extract

MODULE = """
import torch


class Blocks(torch.nn.Module):
    def forward(self, c, b, x, s):
        near = torch.einsum("bclhn,bcshn,bcshp->bclhp", c, b, x)
        far = torch.einsum("bclhn,bchpn->bclhp", c, s)
        y = near + far
        return y.reshape(y.shape[0], -1, y.shape[3], y.shape[4])
"""
SHAPES = ((2, 3, 4, 2, 5), (2, 3, 4, 2, 5), (2, 3, 4, 2, 6), (2, 3, 2, 6, 5))


def test_a_view_of_what_lies_otherwise(tmp_path: Path) -> None:
    (tmp_path / "blocks.py").write_text(MODULE, encoding="utf-8")
    example = ExampleInputs("option", "()", f"({', '.join(f'torch.randn{shape}' for shape in SHAPES)})")
    problem = to_json(Problem(str(tmp_path / "blocks.py"), "Blocks", 5, "", example))
    given = {"problem": problem, "graph": str(tmp_path / "graph.json"), "out": str(tmp_path / "graph.json")}
    problem = capture.run(given, print)["problem"]
    extract.run({**given, "problem": problem, "out_dir": str(tmp_path)}, print)
    fused = str(tmp_path / "orchestrator" / "fused.py")
    assert (
        "Run beside the original"
        in check_fused.run({"problem": problem, "fused": fused, "parts": {}}, print)["checked"]
    )
