"""Values at the ends of what a dtype, a range or a module's own weights hold."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.integer_values import integers
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.specimen_values import ends_of_the_range, with_integers_that_step
from kernelagent.worker.judge.weights import perturb
from kernelagent.worker.problem import Specimen


def drawn(dtype: torch.dtype, low: int, kind: str = "large integers") -> torch.Tensor:
    example = torch.randint(low, 100, (24, 40), dtype=dtype)
    return integers(example, kind, torch.Generator().manual_seed(22))  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [torch.int8, torch.int16, torch.int32, torch.int64])
def test_large_integers_reach_both_ends_of_a_type_that_has_a_sign(dtype: torch.dtype) -> None:
    found, limits = drawn(dtype, -100), torch.iinfo(dtype)
    assert (int(found.min()), int(found.max())) == (limits.min, limits.max)
    for end in (limits.min, limits.max):
        assert 0.05 < float((found == end).double().mean()) < 0.2
    assert found.unique().numel() > 50


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.int64])
def test_where_the_example_has_no_negative_one_they_start_at_zero(dtype: torch.dtype) -> None:
    found = drawn(dtype, 0)
    assert (int(found.min()), int(found.max())) == (0, torch.iinfo(dtype).max)
    others = found[(found != 0) & (found != torch.iinfo(dtype).max)]
    assert int(others.min()) >= min(torch.iinfo(dtype).max // 2, 1 << 61)  # of one sign: sums leave the type


def test_large_64_bit_integers_tell_neighbours_that_float64_does_not() -> None:
    found = drawn(torch.int64, -100)
    assert bool((found.double().clamp(max=2.0**62).long() != found.clamp(max=1 << 62)).any())


def test_two_large_32_bit_integers_leave_32_bits_together() -> None:
    one, other = drawn(torch.int32, -100), drawn(torch.int32, -100).flip(0)
    assert bool((one.long() + other.long() != (one + other).long()).any())


@pytest.mark.parametrize(
    ("example", "ends"),
    [
        (torch.rand(24, 40), (0.0, 1.0)),
        (torch.rand(24, 40) * 2 - 1, (-1.0, 1.0)),
        (torch.rand(24, 40) - 1, (-1.0, 0.0)),
    ],
)
def test_the_ends_of_a_range_are_met_by_half_the_elements(example: torch.Tensor, ends: tuple[float, float]) -> None:
    (found,) = ends_of_the_range(Specimen((example,), {}, ("x",)), 30).args
    for end in ends:
        assert 0.15 < float((found == end).double().mean()) < 0.35
    kept = (found != ends[0]) & (found != ends[1])
    assert torch.equal(found[kept], example[kept])


def test_inputs_without_such_a_range_are_left_and_all_of_them_refused() -> None:
    wide, bounded, numbers = torch.randn(24, 40) * 9, torch.rand(24, 40), torch.arange(9)
    found = ends_of_the_range(Specimen((wide, bounded, numbers), {}, tuple("xyn")), 30).args
    assert torch.equal(found[0], wide)
    assert not torch.equal(found[1], bounded)
    assert torch.equal(found[2], numbers)
    with pytest.raises(NoCase, match="no input stays within one from zero"):
        ends_of_the_range(Specimen((wide, numbers, torch.ones(4)), {}, tuple("xyz")), 30)


class Table(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(40, 8, padding_idx=0)
        self.gain = torch.nn.Parameter(torch.ones(40))
        self.scale = torch.nn.Parameter(torch.tensor(2.0))


def test_weights_as_made_are_those_of_the_constructor() -> None:
    model = Table()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    perturb(model, 5, "as made")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert not bool(model.embedding.weight[0].any())


def test_weights_with_zeros_have_slices_of_them_and_others() -> None:
    model = Table()
    perturb(model, 4, "with zeros")
    rows = model.embedding.weight.any(-1)
    assert 8 <= int(rows.sum()) <= 32
    assert bool(model.embedding.weight[rows].all())
    assert 8 <= int((model.gain == 0).sum()) <= 32
    assert model.scale.item() not in (0.0, 2.0)


def test_integers_that_step_are_those_of_the_row_with_the_larger_first_or_last() -> None:
    given = torch.randint(0, 50, (4, 80), dtype=torch.int32)
    made = with_integers_that_step(Specimen((given,), {}, ("x",))).args[0]
    assert torch.equal(made.sort(1).values, given.sort(1).values)
    for row, cut in enumerate((20, 50, 30, 60)):
        first, rest = made[row, :cut], made[row, cut:]
        assert first.min() >= rest.max() if row % 2 == 0 else first.max() <= rest.min()
