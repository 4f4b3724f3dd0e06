"""The linked file calls a piece's function as the judge did: by the names of the arguments, whichever order it has."""

from __future__ import annotations

import pytest
import torch
from kernelagent.worker.judge.entry_points import bind_function
from kernelagent.worker.refactor.arguments_taken import arguments_taken

NAMES = ["hidden", "y", "max"]
SIGNATURES = {
    "hidden, y, max": "a, b, c",
    "hidden, y, max_": "a, b, c",
    "y, max, hidden": "b, c, a",
    "*, y, hidden, max": "y=b, hidden=a, max=c",
    "max, *, y, hidden": "c, y=b, hidden=a",
    "y, max_, hidden, block=64": "b, c, a",
    "y, block=64, max=None, hidden=None": "b, max=c, hidden=a",
    "one, two, three": "a, b, c",
    "y, two, three": "a, b, c",
    "*rest": "a, b, c",
    "y, hidden, *rest": "a, b, c",
}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_as_the_judge_binds_them(signature: str) -> None:
    text = f"def kernel_function({signature}):\n    return {{**locals()}}\n"
    passed = arguments_taken(text, NAMES).passed(["a", "b", "c"])
    assert passed == SIGNATURES[signature]
    scope: dict[str, object] = {}
    exec(text, scope)
    function = scope["kernel_function"]
    given = [torch.tensor(float(number)) for number in range(3)]
    args, kwargs = bind_function(function, NAMES, tuple(given), {}, {})  # type: ignore[arg-type]
    judged = function(*args, **kwargs)  # type: ignore[operator]
    assert judged == eval(f"kernel_function({passed})", scope | dict(zip("abc", given, strict=True)))
