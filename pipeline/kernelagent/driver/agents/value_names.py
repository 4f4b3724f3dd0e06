"""Names of the values in a prompt: in its signature and in its graph each stands for one value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.contract.tensor_paths import root_of


def call_names(inputs: Iterable[TensorSpec]) -> Iterator[str]:
    """``states.0`` is a part of the argument ``states``."""
    yield from dict.fromkeys(root_of(spec.name) for spec in inputs)


def plain_argument(key: str) -> str:
    """``fc1.weight`` → ``fc1_weight``, as the judge passes it."""
    name = re.sub(r"\W", "_", key)
    return f"_{name}" if name[0].isdigit() else name


def state_arguments(problem: Problem) -> dict[str, str]:
    """Key of each tensor of the state → the argument of ``kernel_function`` that has it. Where another argument has
    that name, an underscore stands behind: the judge passes all in order then."""
    taken, names = set(call_names(problem.inputs)), {}
    for spec in problem.state:
        names[spec.name] = _free(plain_argument(spec.name), taken)
        taken.add(names[spec.name])
    return names


def state_names(problem: Problem) -> dict[str, str]:
    """Key of each tensor of the state → what a prompt calls it: its key, or its argument where another has its name."""
    return {key: key if name == plain_argument(key) else name for key, name in state_arguments(problem).items()}


def graph_names(problem: Problem, read: dict[str, Any]) -> dict[str, str]:
    """Name of each value in ``graph.json``, ``read`` → what a prompt calls it. The arguments keep the names that
    ``kernel_function`` has for them; of a result that has the name of another value a number tells it apart."""
    of_state = state_names(problem)
    taken = {free.symbol for free in problem.free_sizes} | {*call_names(problem.inputs)}
    taken |= {*of_state.values(), *state_arguments(problem).values()}
    names: dict[str, str] = {}
    for given in read["inputs"]:
        path, is_state = given["path"], given["kind"] in ("parameter", "buffer")
        if is_state and path in of_state:
            names[given["name"]] = of_state[path]
        else:
            names[given["name"]] = path if given["kind"] == "input" else _free(path, taken)
    taken |= set(names.values())
    own = {node["name"] for node in read["nodes"]}
    for name in own & taken:
        number = 2
        while f"{name}_{number}" in taken | own:
            number += 1
        names[name] = f"{name}_{number}"
        taken.add(names[name])
    return names


def _free(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name
