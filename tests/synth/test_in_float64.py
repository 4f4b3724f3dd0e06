"""The float64 results that kernels are measured by are as near as float64 comes."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from torch.utils._pytree import tree_leaves

from tests.synth.in_float64 import in_float64
from tests.synth.test_rounding import Of


@pytest.mark.filterwarnings("ignore:.*degrees of freedom")
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.var(),
        lambda x: x.std(1),
        lambda x: x.var((0, -1), unbiased=False),
        lambda x: x.std(0, keepdim=True),
        lambda x: torch.var(x, dim=-1, correction=2),
        lambda x: x[0, 0, 0].var(0),
    ],
)
def test_a_variance_is_pytorchs(function: Callable[[torch.Tensor], torch.Tensor]) -> None:
    x = torch.randn(5, 4, 3, generator=torch.Generator().manual_seed(1))
    (found,) = in_float64(Of(function), (x,), tree_leaves)
    torch.testing.assert_close(found, function(x.double()), equal_nan=True)


def test_a_variance_of_thousands_is_off_by_no_more_than_its_rounding() -> None:
    numbers = torch.randint(-4, 7, (3072,), generator=torch.Generator().manual_seed(3))
    (found,) = in_float64(Of(lambda x: x.double().std(0)), (numbers,), tree_leaves)
    given = [int(n) for n in numbers]
    mean = Fraction(sum(given), len(given))
    exact = math.sqrt(sum((n - mean) ** 2 for n in given) / (len(given) - 1))
    assert abs(float(found) - exact) <= 2.3e-16 * exact
