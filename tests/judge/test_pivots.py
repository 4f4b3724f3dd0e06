"""Square matrices that are well conditioned and have pivots that are exactly 0, for modules that factorize."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.pivots import TURNS, Factorizes, with_rows_exchanged
from kernelagent.worker.problem import Specimen

Function = Callable[..., torch.Tensor]


class Calls(torch.nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        return self.function(*given)


def of(*tensors: torch.Tensor) -> Specimen:
    return Specimen(tensors, {}, tuple("abcd"[: len(tensors)]))


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def exchanged(*tensors: torch.Tensor, function: Function = torch.linalg.inv, turn: int = 0) -> tuple[torch.Tensor, ...]:
    found: tuple[torch.Tensor, ...] = with_rows_exchanged(Calls(function), of(*tensors), turn, 1).args
    return found


FACTORIZE: dict[str, tuple[Function, bool]] = {
    "inv": (torch.linalg.inv, True),
    "inverse": (torch.inverse, True),
    "det": (torch.linalg.det, True),
    "logdet": (torch.logdet, True),
    "slogdet": (lambda a: torch.linalg.slogdet(a)[1], True),
    "solve": (lambda a: torch.linalg.solve(a, a[..., :1]), True),
    "lu": (lambda a: torch.linalg.lu(a)[2], True),
    "lu_factor": (lambda a: torch.linalg.lu_factor(a)[0], True),
    "cholesky": (lambda a: torch.linalg.cholesky(a @ a.mT + torch.eye(4)), False),
    "product": (lambda a: a @ a, False),
}


@pytest.mark.parametrize("name", FACTORIZE)
def test_a_module_factorizes(name: str) -> None:
    function, is_so = FACTORIZE[name]
    with Factorizes() as met:
        reference_run.run(Calls(function), of(drawn(3, 4, 4)))
    assert bool(met.matrices) is is_so


def zero_pivots(matrix: torch.Tensor) -> list[int]:
    """Columns in which Gauss' elimination, all rows before exchanged as they should be, finds 0 where it divides."""
    a, found = matrix.double().clone(), []
    for k in range(len(a) - 1):
        found += [k] if a[k, k] == 0 else []
        p = k + int(a[k:, k].abs().argmax())
        a[[k, p]] = a[[p, k]]
        a[k + 1 :] -= a[k + 1 :, k : k + 1] / a[k, k] * a[k]
    return found


@pytest.mark.parametrize("n", [2, 3, 4, 7])
@pytest.mark.parametrize("turn", range(TURNS))
def test_each_pivot_but_the_last_is_zero_in_some_matrix_and_all_are_well_conditioned(n: int, turn: int) -> None:
    (a,) = exchanged(drawn(20, n, n), turn=turn)
    assert float(torch.linalg.cond(a).max()) < 12
    assert {k for matrix in a for k in zero_pivots(matrix)} == set(range(n - 1))


@pytest.mark.parametrize("n", [3, 4, 7])
def test_of_single_matrices_one_has_a_first_pivot_and_no_second(n: int) -> None:
    assert any(1 in zero_pivots(exchanged(drawn(n, n), turn=turn)[0]) for turn in range(TURNS))


def test_some_pivots_are_zero_only_once_a_row_is_taken_away_and_some_are_tiny() -> None:
    (a,) = exchanged(drawn(20, 4, 4))
    assert any(1 in zero_pivots(matrix) and matrix[1, 1] != 0 for matrix in a)
    assert bool(((a != 0) & (a.abs() < 1e-5)).any())


def test_only_what_is_factorized_is_changed_however_it_is_cut() -> None:
    a, b = drawn(5, 9), drawn(5, 3, 3) + 1
    made, other = exchanged(a, b, function=lambda a, b: torch.linalg.solve(a.reshape(-1, 3, 3), b))
    assert other is b
    assert made.shape == a.shape
    assert not torch.equal(made, a)
    assert bool((made >= 0).all()) is False
    assert bool((exchanged(a.abs(), function=lambda a: torch.linalg.det(a.view(-1, 3, 3)))[0] >= 0).all())


def test_where_the_module_makes_its_matrices_all_square_inputs_are_changed() -> None:
    a, b = drawn(5, 3, 3), drawn(5, 4)
    made, other = exchanged(a, b, function=lambda a, b: torch.linalg.inv(a * 2) * b.sum())
    assert other is b
    assert not torch.equal(made, a)


@pytest.mark.parametrize("function", [lambda a: a @ a.mT, lambda a: torch.linalg.inv(a[:, :3].mT @ a[:, :3])])
def test_there_is_no_case_without_a_factorization_of_an_input(function: Function) -> None:
    with pytest.raises(NoCase, match="factorizes no"):
        exchanged(drawn(5, 4), function=function)
