"""A batch norm's shapes, said at once, are those that PyTorch finds by taking it apart."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from kernelagent.worker.capture.batch_norm_shapes import batch_norm_shapes
from torch._subclasses import fake_impls

SHAPES = {"2d": (6, 4), "4d": (4, 4, 6, 8), "channels last": (4, 4, 6, 8)}


def _traced(name: str, dtype: torch.dtype) -> list[Any]:
    x = torch.randn(SHAPES[name], dtype=dtype)
    norm: Any = torch.nn.BatchNorm1d(4) if x.dim() == 2 else torch.nn.BatchNorm2d(4)
    if name == "channels last":
        x = x.contiguous(memory_format=torch.channels_last)
    shapes = ({axis: torch.export.Dim.AUTO for axis in range(x.dim())},)
    program = torch.export.export(norm.to(dtype), (x,), dynamic_shapes=shapes, strict=False)
    found = []
    for node in program.run_decompositions({}).graph.nodes:
        values = node.meta.get("val")
        for value in values if isinstance(values, (tuple, list)) else [values]:
            if isinstance(value, torch.Tensor):
                found.append((str(node.target), str(tuple(value.shape)), str(value.stride()), value.dtype))
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", SHAPES)
def test_they_are_the_same(name: str, dtype: torch.dtype) -> None:
    plain = _traced(name, dtype)
    with batch_norm_shapes():
        assert _traced(name, dtype) == plain


def test_no_operator_is_run_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    helper = torch._decomp.decompositions.native_batch_norm_helper

    def counted(*args: Any) -> Any:
        asked.append("taken apart")
        return helper(*args)

    monkeypatch.setattr(torch._decomp.decompositions, "native_batch_norm_helper", counted)
    _traced("4d", torch.float32)
    assert asked
    asked.clear()
    with batch_norm_shapes():
        _traced("4d", torch.float32)
    assert not asked


def test_the_table_is_left_as_it_was() -> None:
    before = dict(fake_impls.FAST_OP_IMPLEMENTATIONS)
    with batch_norm_shapes():
        pass
    assert before == fake_impls.FAST_OP_IMPLEMENTATIONS
