"""Does a mutant compute anything else than the kernel that it was made from? Asked apart from the judge.

A process that reads requests as JSON lines, ``{original, mutant, problem, seed, rounds, limit_s}``, and answers each
with one line, ``{rounds, difference}``. Both files are called on equal random inputs: sizes, magnitudes and strides
that the judge does not use. ``difference`` is empty when no result was further apart than rounding. Fresh memory is
filled with NaN, so that what is never written shows. A forked child answers, which may crash or never end.

Of a random module both draw the same numbers, held fixed; and then their own, of which they must have as many
different ones: other seeds are no mistake.
"""

from __future__ import annotations

import json
import os
import random
import resource
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

os.environ["TRITON_INTERPRET"] = "1"

import torch
from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import Problem
from kernelagent.worker.aot.standing_gpu import StandingGpu
from kernelagent.worker.judge import entry_points, fixed_draws, interpreter_patches
from kernelagent.worker.judge.counted_draws import KernelDraws
from kernelagent.worker.judge.dispatch_record import DispatchRecord
from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.judge.models import in_attributes
from kernelagent.worker.judge.patching import replace
from kernelagent.worker.judge.reference_run import named_inputs
from kernelagent.worker.judge.weights import perturb
from kernelagent.worker.problem import Specimen, build_model, make_inputs
from kernelagent.worker.problem.build import init_arguments
from kernelagent.worker.problem.tensors import tensors_in
from triton.runtime.autotuner import Autotuner
from triton.runtime.interpreter import InterpretedFunction

SIZES = (1, 2, 3, 4, 6, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 65)
MEMORY_BYTES = 8 << 30
GPU = StandingGpu("sm_90")
ENOUGH_S = 10.0
"""Processor time after which no further round is begun, once there were three."""


class Entry:
    """One file, called as the judge calls it."""

    def __init__(self, path: Path, problem: Problem) -> None:
        with GPU:
            loaded = entry_points.load_file(path)
        GPU.stay()
        self._class = entry_points.module_class(loaded, problem.class_name)
        self._function = getattr(loaded, "kernel_function", None)
        self._problem = problem

    def __call__(self, specimen: Specimen, weights: int) -> dict[str, torch.Tensor]:
        """Outputs, inputs and state after a call on copies of the inputs."""
        model = with_weights(self._problem, weights)
        state = {key: _copied(value) for key, value in model.state_dict().items()}
        args, kwargs = _copied(specimen.args), _copied(specimen.kwargs)
        if self._class is not None:
            init_args, init_kwargs = init_arguments(self._problem)
            with GPU:
                module = self._class(*init_args, **init_kwargs)
            GPU.stay((*module.parameters(), *module.buffers()))
            module.load_state_dict(state, strict=False)  # a kernel may carry less from call to call, or nothing
            GPU.begin()
            with GPU:
                outputs = module(*args, **kwargs)
            state = module.state_dict()
        else:
            tensors = {key: value for key, value in state.items() if isinstance(value, torch.Tensor)}
            held = _copied(in_attributes(model))
            bound = entry_points.bind_function(self._function, list(specimen.names), args, kwargs, tensors, held)
            GPU.begin()
            with GPU:
                outputs = self._function(*bound[0], **bound[1])
        found = {"outputs": outputs, "inputs": named_inputs(specimen, args, kwargs), "state": dict(state)}
        return {path: tensor.detach().clone() for path, tensor in tensors_in(found)}


def compare(problem: Problem, original: Entry, mutant: Entry, seed: int, rounds: int) -> tuple[int, str]:
    """Rounds on which the original could be asked, and the first difference; without a round, why there was none."""
    chance = random.Random(seed)
    done, started, refused = 0, time.process_time(), ""
    choices = fixed_draws.choices()
    example = {free.symbol: free.example for free in problem.free_sizes}
    for number in range(rounds):
        if done >= 3 and time.process_time() - started > ENOUGH_S:
            break
        sizes = {
            free.symbol: _size(chance, free.minimum, free.maximum, free.multiple_of) for free in problem.free_sizes
        }
        if number % 4 == 3:  # some inputs are right for the example's sizes alone, as places in a buffer are
            sizes = example
        scale, strided = chance.choice((0.01, 1.0, 1.0, 10.0)), chance.random() < 0.4
        DRAWS.held = choices[number % len(choices)] if problem.random else None
        try:
            specimen = _varied(make_inputs(problem, sizes, seed + number), scale, strided)
            own = with_weights(problem, number % 3)(*_copied(specimen.args), **_copied(specimen.kwargs))
            expected = original(specimen, number % 3)
        except Exception as exc:  # noqa: BLE001  sizes that the module or the kernel refuses tell nothing
            refused = f"could not be compared: {type(exc).__name__}: {exc}"
            continue
        if not problem.random and not _agrees(own, expected):
            refused = "could not be compared: the kernel is not made for such inputs"
            continue
        done += 1
        where = f"sizes {sizes}, scale {scale}, strided {strided}"
        try:
            got = mutant(specimen, number % 3)
        except Exception as exc:  # noqa: BLE001
            return done, f"raises {type(exc).__name__}: {exc} at {where}"
        found = _first_difference(expected, got)
        if found and not _first_difference(expected, original(specimen, number % 3)):
            return done, f"{found} at {where}"  # else the original differs from itself: it reads what is not its own
    return done, "" if done else refused


def compare_draws(problem: Problem, original: Entry, mutant: Entry, seed: int) -> str:
    """At the example's sizes: whether the two draw as many different numbers."""
    sizes = {free.symbol: free.example for free in problem.free_sizes}
    counted = []
    for entry in (original, mutant):
        DRAWS.begin()
        try:
            entry(make_inputs(problem, sizes, seed), 0)
        except Exception as exc:  # noqa: BLE001
            return f"raises {type(exc).__name__}: {exc} where it draws"
        counted.append(DRAWS.end())
    return "" if counted[0] == counted[1] else f"draws {counted[1]} different numbers, not {counted[0]}"


class Draws:
    """The numbers of kernels: held fixed, or counted."""

    def __init__(self) -> None:
        self.held: int | None = None
        self._counted = KernelDraws()

    def bits(self) -> int | None:
        return self.held

    def note(self, *given: Any) -> None:
        self._counted.note(*given)

    def begin(self) -> None:
        self.held, self._counted = None, KernelDraws()
        self._counted.watching = True

    def end(self) -> int | None:
        return self._counted.different()


DRAWS = Draws()


def with_weights(problem: Problem, number: int) -> torch.nn.Module:
    model = build_model(problem, seed=number)
    perturb(model, number)
    return model


def _agrees(own: Any, expected: dict[str, torch.Tensor]) -> bool:
    """Whether the kernel's outputs are about the module's: else the inputs broke what it may rely on."""
    given = {path: tensor for path, tensor in tensors_in({"outputs": own}) if tensor.is_floating_point()}
    for path, tensor in given.items():
        if path not in expected or expected[path].shape != tensor.shape:
            return False
        a, b = tensor.double(), expected[path].double()
        finite = torch.isfinite(a)
        largest = float(a[finite].abs().max()) if bool(finite.any()) else 0.0
        if not bool(((b - a)[finite].abs() <= 0.05 * largest).all()):
            return False
    return True


def _size(chance: random.Random, minimum: int, maximum: int | None, multiple_of: int) -> int:
    size = max(minimum, chance.choice(SIZES))
    size = -(-size // multiple_of) * multiple_of
    return size if maximum is None else min(size, maximum)


def _varied(specimen: Specimen, scale: float, strided: bool) -> Specimen:
    def change(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(change(item) for item in value)
        if not isinstance(value, torch.Tensor):
            return value
        value = value * scale if value.is_floating_point() and value.dtype.itemsize > 1 else value
        if strided and value.dim():
            wide = torch.zeros((*value.shape[:-1], 2 * value.shape[-1]), dtype=value.dtype)
            wide[..., ::2] = value
            return wide[..., ::2]
        return value

    return Specimen(change(specimen.args), {k: change(v) for k, v in specimen.kwargs.items()}, specimen.names)


def _copied(value: Any) -> Any:
    """Tensors with memory of their own and the same strides."""
    if isinstance(value, torch.Tensor):
        home = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype)
        return home.copy_(value)
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return type(value)(_copied(item) for item in value) if isinstance(value, (list, tuple)) else value


def _first_difference(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> str:
    found = ((path, _difference(tensor, other.get(path))) for path, tensor in one.items())
    return next((f"{path} {said}" for path, said in found if said), "")


def _difference(one: torch.Tensor, other: torch.Tensor | None) -> str:
    if other is None or one.shape != other.shape or one.dtype != other.dtype:
        return "has another shape or dtype"
    if not one.is_floating_point():
        return "" if torch.equal(one, other) else f"differs in {int((one != other).sum())} elements"
    a, b = one.double(), other.double()
    if not torch.equal(torch.isfinite(a), torch.isfinite(b)):
        return "is finite in other places"
    finite = torch.isfinite(a)
    if not bool(finite.any()):
        return ""
    eps = torch.finfo(one.dtype).eps
    allowed = (4 if one.dtype.itemsize == 2 else 64) * eps * float(a[finite].abs().max())
    apart = float((a - b)[finite].abs().max())
    return f"is {apart:.3g} apart, rounding would be {allowed:.3g}" if apart > allowed else ""


def _first_config(tuner: Autotuner, *args: Any, **kwargs: Any) -> Any:
    """Nothing can be timed in the interpreter."""
    tuner.nargs = dict(zip(tuner.arg_names, args, strict=False))
    return tuner.fn.run(*args, **{**kwargs, **tuner.configs[0].all_kwargs()})


def _launched(original: Any, kernel: Any, *args: Any, **kwargs: Any) -> Any:
    """What Triton does with tensors is not the kernel's question."""
    with GPU.paused():
        return original(kernel, *args, **kwargs)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """In a child of its own."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    interpreter_patches.install_language(DispatchRecord(GuardedMemory(request["mutant"]), request["mutant"]))
    problem = from_json(Problem, request["problem"])
    if problem.random:
        fixed_draws.install(DRAWS.bits, DRAWS.note)
    entries = [Entry(Path(request[name]), problem) for name in ("original", "mutant")]
    with torch.no_grad():
        done, difference = compare(problem, entries[0], entries[1], request["seed"], request["rounds"])
        if problem.random and not difference:
            difference = compare_draws(problem, entries[0], entries[1], request["seed"])
    return {"rounds": done, "difference": difference[:400]}


def asked(request: dict[str, Any]) -> dict[str, Any]:
    """The child's answer, or how it ended without one: then the mutant differs too."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            os.write(writing, json.dumps(answer(request)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], request["limit_s"])
    text = os.read(reading, 1 << 16) if ready else b""
    os.close(reading)
    if not ready:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if text:
        return dict(json.loads(text))
    return {"rounds": 0, "difference": "its process died" if ready else "did not end"}


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True, warn_only=True)  # fills fresh memory with NaN
    Autotuner.run = _first_config
    GPU.install()
    replace(InterpretedFunction, "run", _launched)
    for line in sys.stdin:
        print(json.dumps(asked(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
