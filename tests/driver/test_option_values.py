"""Options say at once what they cannot be, through every door: nothing else would notice, or only at the end."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import kernelagent
import pytest
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.options import Options
from kernelagent.errors import BadOption

BAD: list[tuple[str, Any, str]] = [
    ("arch", "sm_90", "a tuple of texts"),
    ("arch", ("bogus",), "sm_90 or gfx942"),
    ("arch", ("sm_90", 90), "a tuple of texts"),
    ("arch", None, "a tuple of texts"),
    ("provider", "nobody", "one of auto, builtin"),
    ("device", "gpu", "one of auto, cpu"),
    ("verify", "no", "True or False"),
    ("workers", 0, "a number from 1"),
    ("workers", 2.5, "a whole number"),
    ("max_iters", True, "a whole number"),
    ("samples", 65, "a number from 1 to 64"),
    ("dispatch_jobs", 0, "a number from 1"),
    ("llm_timeout_s", 0, "a number from 0.001"),
    ("output", Path("kernel.py"), "a text or None"),
    ("cases", "example", "a tuple of texts"),
    *(
        (name, value, "a")
        for name in ("budget_usd", "budget_tokens", "budget_seconds", "llm_timeout_s")
        for value in (math.nan, math.inf, -1, 10**400, "5", True)
    ),
]


@pytest.mark.parametrize(("name", "value", "words"), BAD)
def test_a_value_that_an_option_cannot_have(name: str, value: Any, words: str) -> None:
    with pytest.raises(BadOption, match=f"^{name} = .*: it is .*{words}"):
        Options(**{name: value})
    with pytest.raises(BadOption):
        replace(Options(), **{name: value})
    with pytest.raises(ValueError, match=name):
        from_json(Options, {name: to_json(value) if name != "output" else 5})


def test_every_door_says_it_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="arch"):
        kernelagent.fuse(tmp_path / "model.py", arch="sm_90")
    with pytest.raises(BadOption, match="arch"):
        kernelagent.TritonKernelAgent(arch="sm_90")
    for seconds in ("60", 0, math.inf, math.nan, True):
        with pytest.raises(BadOption, match="test_timeout_s"):
            kernelagent.TritonKernelAgent(test_timeout_s=seconds)  # type: ignore[arg-type]


def test_values_come_as_their_types_say() -> None:
    given: dict[str, Any] = {"arch": ["sm_90a", "gfx942"], "budget_usd": 1, "budget_tokens": 0, "cases": []}
    options = Options(**given)
    assert (options.arch, options.cases) == (("sm_90a", "gfx942"), ())
    assert isinstance(options.budget_usd, float)
    assert from_json(Options, to_json(options)) == options
