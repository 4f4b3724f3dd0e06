"""``kernel_function`` gets what ``forward`` takes by ``*name`` together, by that name."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.entry_points import bind_function

X, Y, WEIGHT = (torch.tensor(float(number)) for number in range(3))


@pytest.mark.parametrize(
    ("signature", "names", "found"),
    [
        ("inputs, fc_weight", ["inputs.0", "inputs.1"], [(X, Y), WEIGHT]),
        ("fc_weight, *inputs", ["inputs.0", "inputs.1"], [WEIGHT, (X, Y)]),
        ("*inputs, fc_weight", ["inputs.0", "inputs.1"], [(X, Y), WEIGHT]),
        ("x, rest, fc_weight", ["x", "rest.0"], [X, (Y,), WEIGHT]),
        ("one, two, three", ["inputs.0", "inputs.1"], [X, Y, WEIGHT]),
    ],
)
def test_together_or_in_order(signature: str, names: list[str], found: list[object]) -> None:
    scope: dict[str, object] = {}
    exec(f"def kernel_function({signature}):\n    return [*locals().values()]\n", scope)
    function = scope["kernel_function"]
    args, kwargs = bind_function(function, names, (X, Y), {}, {"fc.weight": WEIGHT})  # type: ignore[arg-type]
    taken = dict(zip(_order(signature), function(*args, **kwargs), strict=True))  # type: ignore[operator]
    assert [taken[name] for name in _names(signature)] == found


def _names(signature: str) -> list[str]:
    return [name.strip().lstrip("*") for name in signature.split(",")]


def _order(signature: str) -> list[str]:
    """Of ``locals()``: what takes any number comes last."""
    names = [name.strip() for name in signature.split(",")]
    return [name.lstrip("*") for name in sorted(names, key=lambda name: name.startswith("*"))]
