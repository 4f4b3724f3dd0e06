"""Integers at which a module's results step, of every magnitude, and what of them tells nothing."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.integer_magnitudes import MAGNITUDES, PRODUCTS, ROUND, with_magnitudes
from kernelagent.worker.judge.integer_reach import reach, takes_more
from kernelagent.worker.judge.integer_steps import with_integer_steps
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.rests_on_rounding import onto
from kernelagent.worker.problem import Specimen


class Root(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return torch.sqrt(n.clamp(min=0).double()).floor().long()


class Digits(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return torch.log10(n.clamp(min=1).double()).floor().long() + 1


class Scaled(torch.nn.Module):
    def forward(self, n: torch.Tensor, gain: torch.Tensor) -> torch.Tensor:
        return ((n.long() * gain.long() + 2048) >> 12).clamp(-(1 << 19), 1 << 19)


class Looked(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return torch.arange(300)[n]


class AsMany(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return torch.arange(int(n.max())).sum() + n


class Halved(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return n.float() / 3


def given(dtype: torch.dtype = torch.int32, count: int = 1) -> Specimen:
    generator = torch.Generator().manual_seed(0)
    args = tuple(torch.randint(0, 250, (8, 32), generator=generator, dtype=dtype) for _ in range(count))
    return Specimen(args, {}, ("n", "gain")[:count])


@pytest.mark.parametrize(
    ("dtype", "bits"), [(torch.uint8, {}), (torch.int16, {"n": 15}), (torch.int32, {"n": 31}), (torch.int64, {"n": 63})]
)
def test_integers_reach_as_far_as_their_type(dtype: torch.dtype, bits: dict[str, int]) -> None:
    assert reach(Root(), given(dtype), ()) == bits


class Mean(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return (n.to(torch.int32).abs() >> 3).float().mean(-1)


class Squared(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return (n * n).float().mean(-1)


class Whirled(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return torch.sin(n.float() / 3)


@pytest.mark.parametrize(
    ("model", "dtype", "least", "most"),
    [(Mean(), torch.int16, 15, 15), (Squared(), torch.int32, 12, 16), (Whirled(), torch.int32, 0, 12)],
    ids=["to the end", "below what overflows", "while floats are exact"],
)
def test_averages_have_integers_as_far_as_they_are_exact(
    model: torch.nn.Module, dtype: torch.dtype, least: int, most: int
) -> None:
    assert least <= reach(model, given(dtype), ()).get("n", 0) <= most


class Within(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return n[:, :2].double().square().sum(1) <= 20000.0**2


def test_rows_are_put_at_steps_that_are_wrong_in_float32() -> None:
    generator = torch.Generator().manual_seed(0)
    specimen = Specimen((torch.randint(-900, 900, (96, 2), generator=generator, dtype=torch.int32),), {}, ("n",))
    n = with_integer_steps(Within(), specimen, {"n": 31}, 0, 69).args[0]
    in_float32 = n.float().square().sum(1) <= 20000.0**2
    assert int((in_float32 != Within()(n)).sum()) >= 1


class OverSum(torch.nn.Module):
    def forward(self, n: torch.Tensor) -> torch.Tensor:
        return ((n.to(torch.int32).abs() - 2000).clamp(min=0) >> 4).sum(-1).clamp(max=900)


def test_sums_of_rows_step_too() -> None:
    generator = torch.Generator().manual_seed(0)
    specimen = Specimen((torch.randint(-900, 900, (40, 16), generator=generator, dtype=torch.int16),), {}, ("n",))
    n = with_integer_steps(OverSum(), specimen, {"n": 15}, 0, 69).args[0]
    held = ((n.to(torch.int32).abs() - 2000).clamp(min=0) >> 4).clamp(max=255).sum(-1).clamp(max=900)
    assert not torch.equal(held, OverSum()(n))


def test_a_fraction_has_no_steps() -> None:
    with pytest.raises(NoCase, match="steps"):
        with_integer_steps(Halved(), given(), {"n": 31}, 0, 1)


def test_whether_any_integers_past_the_example_s_are_taken() -> None:
    assert takes_more(Root(), given(), ())
    assert not takes_more(Looked(), given(), ())
    assert not takes_more(Root(), given(), {"n"})


@pytest.mark.parametrize("model", [Looked(), AsMany()], ids=["an index", "a size"])
def test_what_reaches_no_further_is_left(model: torch.nn.Module) -> None:
    assert reach(model, given(), ()) == {}
    assert reach(Root(), given(), {"n"}) == {}
    with pytest.raises(NoCase, match="larger"):
        with_integer_steps(model, given(), {}, 0, 1)


def test_neighbours_between_which_a_root_steps_are_wrong_in_float32() -> None:
    found = with_integer_steps(Root(), given(), {"n": 31}, 0, 1).args[0]
    root = Root()(found)
    just_below, at = (root + 1) ** 2 - 1 == found, root**2 == found
    assert int(just_below.sum()) > 60  # a square itself rests on a rounding, and another number takes its place
    assert not bool((at & (found > 4000)).any())
    assert int((found.float().sqrt().floor() != root).sum()) > 10


def test_what_float64_itself_gets_wrong_is_not_asked() -> None:
    specimen = given(torch.int64)
    found = with_integer_steps(Digits(), specimen, {"n": 63}, 0, 1).args[0]
    exact = torch.tensor([len(str(n)) for n in found.clamp(min=1).flatten().tolist()]).reshape(found.shape)
    assert torch.equal(Digits()(found), exact)
    assert bool((found > 10**12).any())


def test_products_are_halves_that_float32_rounds_otherwise() -> None:
    found = with_integer_steps(Scaled(), given(count=2), {"n": 31, "gain": 31}, 0, 1)
    n, gain = found.args
    in_float32 = (n.float() * gain.float() / 4096 + 0.5).floor().long().clamp(-(1 << 19), 1 << 19)
    assert int((in_float32 != Scaled()(n, gain)).sum()) > 5


@pytest.mark.parametrize("values", MAGNITUDES)
def test_magnitudes_lie_evenly(values: str) -> None:
    found = with_magnitudes(Scaled(), given(count=2), {"n": 31, "gain": 31}, values, 1)  # type: ignore[arg-type]
    for tensor in found.args:
        logarithms = tensor.clamp(min=1).double().log2()
        assert bool((tensor >= 0).all())
        if values == PRODUCTS:
            assert 12 <= float(logarithms.min()) < float(logarithms.max()) < 15.6
        else:
            assert float(logarithms.min()) < 2 and float(logarithms.max()) > 29
    if values == ROUND:
        powers = {2**k + step for k in range(31) for step in (-1, 0, 1)}
        assert len(powers.intersection(found.args[0].flatten().tolist())) > 20
    else:
        with pytest.raises(NoCase):
            with_magnitudes(Root(), given(), {}, values, 1)  # type: ignore[arg-type]


def test_elements_lead_to_the_places_that_they_broadcast_to() -> None:
    where = torch.zeros((3, 4), dtype=torch.bool)
    where[1, 2] = True
    assert onto(torch.Size([3]), where).tolist() == [False, True, False]  # type: ignore[union-attr]
    assert onto(torch.Size([4]), where).tolist() == [False, False, True, False]  # type: ignore[union-attr]
    assert onto(torch.Size([3, 1]), where).flatten().tolist() == [False, True, False]  # type: ignore[union-attr]
    assert onto(torch.Size([5]), where) is None
