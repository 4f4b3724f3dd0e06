"""A slice of the mutation campaign: each mistake drawn must be seen by the judge, or be none.

``python tests/fuzz/mutants.py`` judges a thousand of them. What it found to survive is in ``KNOWN_SURVIVORS``, with the
reason, and is not drawn.
"""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from kernelagent.driver.workers import WorkerPool

sys.path.insert(0, str(Path(__file__).parent))

from judging import Judging, honest_kernels
from mutants import KNOWN_SURVIVORS, Differential, Mutant, judge
from mutations import apply, mutations

KERNELS = honest_kernels()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutants")


@pytest.fixture(scope="module")
def judging(scratch: Path) -> Iterator[Judging]:
    with WorkerPool(sys.executable) as pool:
        pool.start()
        yield Judging(pool, scratch)


@pytest.fixture(scope="module")
def differential() -> Iterator[Differential]:
    process = Differential(1)
    yield process
    process.close()


@st.composite
def mutants(draw: st.DrawFn) -> Mutant:
    """A kernel, a kind of mistake that can be made in it, and one of that kind."""
    name = draw(st.sampled_from(sorted(KERNELS)))
    possible = list(mutations(KERNELS[name].read_text(encoding="utf-8")))
    kind = draw(st.sampled_from(sorted({mutation.kind for mutation in possible})))
    return Mutant(name, draw(st.sampled_from([mutation for mutation in possible if mutation.kind == kind])))


def change(mutant: Mutant) -> str:
    """The mistake as a diff."""
    source = KERNELS[mutant.kernel].read_text(encoding="utf-8")
    before, after = ast.unparse(ast.parse(source)).splitlines(), apply(source, mutant.mutation).splitlines()
    return "\n".join(difflib.unified_diff(before, after, mutant.kernel, mutant.id, lineterm=""))


@settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(mutant=mutants())
def test_every_mistake_is_seen(mutant: Mutant, judging: Judging, differential: Differential, scratch: Path) -> None:
    assume(mutant.id not in KNOWN_SURVIVORS)
    outcome = judge(mutant, KERNELS[mutant.kernel], judging, differential, scratch)
    assert outcome.result in ("killed", "equivalent"), f"{outcome.line_of_text()}\n{change(mutant)}"
    assert (outcome.result == "killed") == bool(outcome.check)
