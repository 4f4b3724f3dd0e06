"""What a candidate draws: what its random numbers are held at, and results that are drawn again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

from kernelagent.worker.judge import drawn_samples, fixed_draws, tensorfile
from kernelagent.worker.judge.counted_draws import KernelDraws
from kernelagent.worker.judge.patience import TOO_LONG, NoProgress, TooSlow, was_left
from kernelagent.worker.judge.settled import settled
from kernelagent.worker.judge.watched_calls import WatchedCalls

Call = Callable[[Any, Any], Any]
"""A candidate's entry, of the arguments and the keyword arguments."""
DRAWING_S = 12.0
"""Of processor time, for all inputs but the first on which results are drawn again and again."""
_LEAST_S = 0.01


class CandidateDraws:
    def __init__(self, calls: WatchedCalls, manifest: dict[str, Any]) -> None:
        self._calls = calls
        self._manifest = manifest
        self.drawn: list[dict[str, Any]] = []
        """What came of each set of inputs on which results are drawn again and again."""
        self._told: list[str] = []
        self._draws = KernelDraws()
        self._drew = False
        """A kernel of a module that draws nothing has drawn."""
        self._held_in: dict[str, None] = {}
        self._drawn_in: set[str] = set()
        """Kernels whose random numbers were held, and were genuine."""
        self._bits: int | None = manifest.get("bits")
        """What random numbers are held at; ``None``: they are genuine."""

    def install(self) -> None:
        """Patch the interpreter of this process."""
        fixed_draws.install(self._tried if self._bits is None else self._held, self._note)

    @property
    def notes(self) -> list[str]:
        """What was not seen of how it draws."""
        notes = self._told[:1]
        notes += [
            f"What {kernel} draws: its random numbers were held, and no inputs on which results are drawn again and "
            "again came to it"
            for kernel in self._held_in
            if kernel not in self._drawn_in
        ]
        if self._manifest["bits"] is None and (self._drew or self._calls.dispatch.drew_seeds):
            notes.append(
                "What the kernel makes of random numbers: it draws some, and the module none; few of them were tried"
            )
        return notes

    def draw(self, prepared: Callable[[dict[str, Any]], Call]) -> None:
        """On each set of inputs for it, calls that differ in their seed only, on the first one another with the first
        seed. They are left in ``scratch`` as ``drawn<set>_<n>``. ``prepared`` gives the call."""
        left = DRAWING_S
        for number, given in enumerate(self._manifest["drawn"]):
            if self._calls.exhausted:
                return
            began = time.process_time()
            error = self._draw_at(number, given, prepared, max(left, _LEAST_S) if given["may_refuse"] else 0.0)
            left -= time.process_time() - began if given["may_refuse"] else 0.0
            self.drawn.append({"error": error})

    def _draw_at(
        self,
        number: int,
        given: dict[str, Any],
        prepared: Callable[[dict[str, Any]], Call],
        most_seconds: float,
    ) -> dict[str, Any] | None:
        """What went wrong, or ``None``. ``most_seconds`` of processor time, if any, for all calls together."""
        self._bits, self._draws = None, KernelDraws()
        name = tensorfile.drawn_name(number)
        left = most_seconds
        try:
            for at in range(drawn_samples.CALLS + (number == 0)):
                self._calls.memory.forget()
                inputs = tensorfile.read(
                    self._calls.inputs_dir / name, lambda n: self._calls.memory.allocate(n, "input")
                )
                self._draws.watching = at == 0
                began = time.process_time()
                call = prepared(given)
                torch.manual_seed(drawn_samples.SEED + at % drawn_samples.CALLS)
                with (
                    self._calls.patience.during(max(left, _LEAST_S) if most_seconds else 0.0),
                    torch.no_grad(),
                    self._calls.dispatch,
                ):
                    with self._calls.on_its_gpu():
                        outputs = call(inputs["args"], inputs["kwargs"])
                    outputs = settled(outputs)
                tensorfile.write(self._calls.scratch / f"{name}_{at}", outputs)
                left -= time.process_time() - began if most_seconds else 0.0
                if at == 0 and most_seconds and (most_seconds - left) * drawn_samples.CALLS > left:
                    raise TooSlow(TOO_LONG)
        except BaseException as exc:  # noqa: BLE001  whatever it raises is its verdict
            self._calls.exhausted = isinstance(exc, (MemoryError, NoProgress))
            return {**self._calls.raised(exc, "drawing again and again"), "slow": was_left(exc)}
        finally:
            self._bits = self._manifest["bits"]
        text = self._calls.kernel.read_text(encoding="utf-8", errors="replace")
        self._told += filter(None, [self._draws.told(given["count"], text)])
        return None

    def _note(self, *given: Any) -> None:
        self._drawn_in.add(self._calls.memory.accesses.kernel)
        self._draws.note(*given)

    def _held(self) -> int | None:
        if self._bits is not None:
            self._held_in[self._calls.memory.accesses.kernel] = None
        return self._bits

    def _tried(self) -> int:
        """Numbers of a kernel whose module draws none: whichever they are, its result is the module's."""
        self._drew = True
        return fixed_draws.tried()[self._calls.case_number % len(fixed_draws.tried())]
