"""One call of a candidate's entry on one case, and all that is seen of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from kernelagent.worker.aot.standing_gpu import StandingGpu
from kernelagent.worker.judge import outputs_origin, raised, tensorfile
from kernelagent.worker.judge.dispatch_record import DispatchRecord
from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.judge.kept_outputs import KeptOutputs
from kernelagent.worker.judge.launch_record import LaunchRecord
from kernelagent.worker.judge.patience import NoProgress, Patience
from kernelagent.worker.judge.recycled import RecycledInputs
from kernelagent.worker.judge.reference_run import shared_memory
from kernelagent.worker.judge.replaced import Replaced
from kernelagent.worker.judge.room import Room
from kernelagent.worker.judge.rounds import Rounds
from kernelagent.worker.judge.settled import settled, state_of
from kernelagent.worker.judge.turned import Turned
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.inputs import Specimen, named_inputs
from kernelagent.worker.problem.tensors import tensors_in

_WITH_ALL_PROCESSORS = 9
"""Of sixteen cases, the number of that in which the GPU that stands in for one has as many multiprocessors as a real
one: with fewer, programs that take block after block come to their second one."""


class WatchedCalls:
    """Of one candidate process."""

    def __init__(
        self,
        kernel: Path,
        inputs_dir: Path,
        scratch: Path,
        device: str,
        patience: Patience,
        arch: str,
        declared: Sequence[Sequence[int]] = (),
        reads: Sequence[Sequence[Any]] = (),
    ) -> None:
        self.kernel = kernel
        self.inputs_dir = inputs_dir
        self.scratch = scratch
        self.device = device
        self.patience = patience
        self.memory = GuardedMemory(str(kernel), device)
        self.gpu = StandingGpu(arch) if device == "cpu" else None
        self.dispatch = DispatchRecord(self.memory, str(kernel), self.gpu, declared, reads)
        self.launches = LaunchRecord()
        self.turned = Turned()
        self.rounds = Rounds()
        self.room = Room()
        self.replaced: Replaced | None = None
        """Once the candidate may be loaded."""
        self._recycled = RecycledInputs(self.memory)
        self._kept = KeptOutputs()
        self.case_number = 0
        self.turn = 0
        """Which of an autotuner's configurations comes first."""
        self.exhausted = False
        """It ran out of memory or time once: doing so again for every case would tell nothing more."""
        self.interpreted = device == "cpu"

    def on_its_gpu(self) -> contextlib.AbstractContextManager[Any]:
        """Around what the candidate runs."""
        return self.gpu or contextlib.nullcontext()

    def one(
        self,
        number: int,
        case: dict[str, Any],
        entry: str,
        call: Callable[[Any, Any], Any],
        state_before: dict[str, torch.Tensor],
        owner: torch.nn.Module | dict[str, torch.Tensor],
        turn: int = 0,
    ) -> dict[str, Any]:
        self.case_number, self.turn = case["number"], turn
        self.memory.from_the_start = self.case_number % 4 < (2 if self.interpreted else 1)
        inputs = tensorfile.read(self.inputs_dir / str(number), lambda n: self.memory.allocate(n, "input"))
        if not case["follows"]:  # what was handed to the call before may be kept as it is
            inputs = self._recycled.take(entry, inputs)
        named = named_inputs(
            Specimen(inputs["args"], inputs["kwargs"], tuple(case["names"])), inputs["args"], inputs["kwargs"]
        )
        originals = {path: tensor.clone() for path, tensor in tensors_in(named)}
        tensors = [tensor for _, tensor in tensors_in(named)]
        for tensor in tensors:
            if (block := self.memory.block_of(tensor)) is not None:
                block.sources.discard("kernel")
        self._forget(tensors)
        if self.gpu is not None:
            self.gpu.begin(with_all_processors=self.case_number % 16 == _WITH_ALL_PROCESSORS)
        run: dict[str, Any] = {"event": "run", "case": number, "entry": entry, "turn": turn, "error": None}
        outputs: Any = None
        state: dict[str, torch.Tensor] = {}
        try:
            with (
                self.patience.during(self.patience.worth(case)),
                torch.set_grad_enabled(case["gradients"]),
                self.dispatch,
                self.turned,
            ):
                with self.on_its_gpu():
                    given = call(inputs["args"], inputs["kwargs"])
                outputs = settled(given)  # what is too much, or a container of the candidate's own, goes no further
                if self.gpu is not None:
                    self.gpu.refuse_results(outputs)
                state = state_of(owner)
            if self.device != "cpu":
                torch.cuda.synchronize()
        except BaseException as exc:  # noqa: BLE001  whatever it raises is its verdict
            self.exhausted = isinstance(exc, (MemoryError, NoProgress))
            run["error"] = {**self.raised(exc, "running it"), "slow": self.patience.has_ended(case, exc)}
        if self.replaced is not None and (name := self.replaced.first()):
            run["error"] = {"message": f"it replaces {name}, which is not its own", "line": None}
        changed = {
            key: state[key] for key, old in state_before.items() if key in state and not same_bits(state[key], old)
        }
        if run["error"] is None:
            run["error"] = self._carry_over(tensorfile.outputs_name(entry, number, turn), outputs, changed)
        mutated = [p for p, t in tensors_in(named) if not same_bits(t, originals[p])]
        stored = [p for p, t in tensors_in(named) if self.interpreted and self.memory.is_kernels(t)]
        if mutated:
            self._recycled.forget(inputs)
        if run["error"] is None and not case["empty"]:
            self.room.note(case["sizes"], dict(self.memory.accesses.lanes))
        overwrote = self._kept.overwritten()
        if run["error"] is None:
            others = (*tensors_in(named), *state.items())
            self._kept.keep(entry, outputs, {t.untyped_storage().data_ptr() for _, t in others})
        computed = [asdict(item) for item in self.dispatch.computed[:20]]
        by_pytorch = list(self.dispatch.by_pytorch)
        self.dispatch.by_pytorch.clear()
        self.dispatch.computed.clear()  # what the next one's loading of weights computes is added to that one's
        return {
            **run,
            "origins": outputs_origin.origins(outputs, self.memory),
            "aliases": shared_memory(outputs, named),
            "mutated": mutated,
            "stored_to": stored,
            "overwrote": overwrote,
            "computed": computed,
            "by_pytorch": by_pytorch[:20],
            "violations": [asdict(item) for item in self.memory.accesses.violations],
            "damaged": sorted({block.purpose for block in self.memory.damaged()}),
            "programs": self.launches.programs,
            "kernels": sorted(self.launches.kernels),
            "launches": self.launches.launches,
            "configurations": dict(self.launches.chosen),
            "ways": [*self.turned.ways, *self.rounds.take_ways()],
            "outputs_device": sorted({t.device.type for _, t in tensors_in(outputs)}),
        }

    def again(self, number: int, case: dict[str, Any], call: Callable[[Any, Any], Any]) -> Any:
        """What the same call gives once more. Of what it does nothing is noted; raises what it raises."""
        inputs = tensorfile.read(self.inputs_dir / str(number), lambda n: self.memory.allocate(n, "input"))
        self._forget([tensor for _, tensor in tensors_in(inputs)])
        if self.gpu is not None:
            self.gpu.begin()
        try:
            with self.patience.during(self.patience.worth(case)), torch.set_grad_enabled(case["gradients"]):
                with self.dispatch, self.turned, self.on_its_gpu():
                    given = call(inputs["args"], inputs["kwargs"])
                return settled(given)
        finally:
            self.dispatch.by_pytorch.clear()
            self.dispatch.computed.clear()
            self._forget([])

    def _forget(self, but: list[torch.Tensor]) -> None:
        """What was noted of the call before; ``but`` are the inputs of the next."""
        self.memory.forget(but)
        self.memory.accesses.violations.clear()
        self.memory.accesses.lanes.clear()
        self.launches.begin()
        self.rounds.take_ways()

    def _carry_over(self, name: str, outputs: Any, state: dict[str, torch.Tensor]) -> dict[str, Any] | None:
        """Write them for the comparison; why that was not possible, or ``None``."""
        try:
            with self.patience.during():
                tensorfile.write(self.scratch / name, {"outputs": outputs, "state": state})
        except (TypeError, OSError, RuntimeError, NoProgress) as exc:
            return {"message": f"its outputs cannot be carried over: {exc}", "line": None}
        return None

    def raised(self, exc: BaseException, doing: str) -> dict[str, Any]:
        told = raised.describe(exc, doing, self.kernel, self.patience)
        self.exhausted = self.exhausted or told.is_endless
        return {"message": told.message, "line": told.line}
