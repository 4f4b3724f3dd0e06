"""Run a candidate on every case, and note all that it did. Only inside the sandboxed process.

What is reported here is data for the comparison, which runs elsewhere; outputs leave as raw bytes.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import (
    by_keyword,
    collector,
    divided_otherwise,
    either_mode,
    entry_points,
    interpreter_patches,
    own_sizes,
    tensorfile,
)
from kernelagent.worker.judge.candidate_draws import CandidateDraws
from kernelagent.worker.judge.cases import HEAVY
from kernelagent.worker.judge.comparisons import Comparisons
from kernelagent.worker.judge.divisions import Divisions
from kernelagent.worker.judge.launch_record import watch_launches
from kernelagent.worker.judge.patience import was_left
from kernelagent.worker.judge.reference_run import LARGE
from kernelagent.worker.judge.replaced import Replaced
from kernelagent.worker.judge.watched_calls import WatchedCalls
from kernelagent.worker.problem import unlisted_folders
from kernelagent.worker.problem.build import init_arguments, saved_tensors
from kernelagent.worker.problem.carried import same_bits

Emit = Callable[[dict[str, Any]], None]
MOST_CONFIGURATIONS, MOST_TURNING_S = 32, 10.0
"""Of an autotuner, that are tried one after the other; processor time for that where sizes are not the largest."""
_NOT_ALL_TURNS = (
    "Each of an autotuner's configurations on each kind of values and strides: it would have taken too long"
)


class CandidateRun:
    """One candidate's life in its process: loaded once, constructed once, called for every case."""

    def __init__(self, calls: WatchedCalls) -> None:
        self._calls = calls
        self._kernel, self._inputs_dir = calls.kernel, calls.inputs_dir
        self._manifest = json.loads((calls.inputs_dir / "manifest.json").read_text(encoding="utf-8"))
        self._comparisons = Comparisons(calls.kernel)
        self._divisions = Divisions(calls.kernel)
        self._divided: set[int] = divided_otherwise.chosen(self._manifest["cases"])
        self._jumps: list[dict[str, Any]] = []
        self._draws = CandidateDraws(calls, self._manifest)
        self._swept = _swept(self._manifest["cases"])
        self._has_loaded = False
        self._turning_s = 0.0
        self._has_left_turns = False
        self._other_names = ""
        """What is said of an entry that does not take the module's names."""

    def prepare(self) -> None:
        """Patch the interpreter of this process, before the candidate is loaded."""
        torch.backends.cuda.matmul.allow_tf32 = False  # as where the module runs: declared operators follow these
        torch.backends.cudnn.allow_tf32 = False
        collector.shut()
        if self._calls.interpreted:
            interpreter_patches.install(
                self._kernel,
                self._calls.memory.accesses,
                self._calls.dispatch,
                self._calls.rounds,
                self._comparisons,
                self._divisions,
                lambda: self._calls.case_number % 2 == 1,
            )
            self._draws.install()
            self._calls.patience.install()
        if self._calls.gpu is not None:
            self._calls.gpu.install()
        watch_launches(
            self._calls.launches,
            self._calls.memory,
            self._calls.gpu,
            lambda: self._calls.case_number + self._calls.turn,
        )
        self._calls.replaced = Replaced()

    def run(self, emit: Emit) -> dict[str, Any]:
        """All entries on their cases; emits each run as it ends. Never raises for what the candidate does."""
        report: dict[str, Any] = {"error": None, "function": None, "module": None}
        try:
            with self._calls.patience.during(), self._calls.on_its_gpu():
                loaded = entry_points.load_file(self._kernel, self._calls.turned.loader)
        except BaseException as exc:  # noqa: BLE001  the file may raise anything, also SystemExit
            return {**report, "error": self._calls.raised(exc, "importing the file")}
        if self._calls.gpu is not None:
            self._calls.gpu.stay()
        cls = entry_points.module_class(loaded, self._manifest["class_name"])
        function = getattr(loaded, "kernel_function", None)
        report["function"] = "kernel_function" if callable(function) else None
        report["module"] = cls.__name__ if cls is not None else None
        own, beside = None, []
        if cls is not None:
            beside = entry_points.unjudged_classes(loaded, cls)
            module = self._run_module(cls, report, emit)
            own = None if module is None else self._at_own_sizes(module_call(module))
        if callable(function):
            self._run_function(function, emit, beside_module=cls is not None)
            own = own if cls is not None else self._at_own_sizes(self._of_example(function))
        if cls is None and not callable(function):
            report["no_entry"] = True
        return {
            **report,
            "own_sizes": own,
            "draws": self._draws.drawn,
            "jumps": self._jumps,
            "notes": [
                *(f"The class {name} of the kernel's file: {report['module']} was judged" for name in beside),
                *sorted(self._calls.memory.accesses.races.unwatched),
                *self._calls.memory.accesses.kept_narrow(),
                *self._draws.notes,
                *self._calls.launches.growing,
                *self._comparisons.notes(),
                *([_NOT_ALL_TURNS] if self._has_left_turns else []),
                *([self._other_names] if self._other_names else []),
                *self._calls.room.told(from_json(Problem, self._manifest["problem"]).free_sizes),
            ],
            "rounded_sums": [
                {"kernel": kernel, "line": line} for kernel, line in self._calls.memory.accesses.rounded_sums.items()
            ],
            "unseen": [
                {"line": line, "what": what}
                for line, what in sorted(
                    {
                        *self._calls.turned.unseen(),
                        *self._calls.rounds.unseen(),
                        *self._calls.launches.settled.unseen(),
                        *self._comparisons.unseen(),
                    }
                )
            ],
        }

    def _at_own_sizes(self, call: Callable[[Any, Any], Any]) -> dict[str, Any] | None:
        """What comes of the example's own sizes, if they were not among the cases."""
        shapes = self._manifest.get("own_shapes")
        if shapes is None or self._calls.exhausted or not self._calls.interpreted:
            return None

        def there(args: Any, kwargs: Any) -> Any:
            if self._calls.gpu is not None:
                self._calls.gpu.begin()
            with self._calls.on_its_gpu():
                return call(args, kwargs)

        found: dict[str, Any] = {"error": None, "untold": "", "launches": []}
        inputs = tensorfile.read(self._inputs_dir / "0")
        try:
            with self._calls.patience.during(own_sizes.MOST_SECONDS), torch.no_grad():
                found["launches"] = own_sizes.launches_at(shapes, inputs, there, self._calls.launches)
        except own_sizes.NotTold as exc:
            found["untold"] = str(exc)
        except BaseException as exc:  # noqa: BLE001  whatever it raises is its verdict
            slow = was_left(exc)
            found |= (
                {"untold": "its wrapper takes too long"} if slow else {"error": self._calls.raised(exc, "running it")}
            )
        return found

    def _run_module(self, cls: type[torch.nn.Module], report: dict[str, Any], emit: Emit) -> torch.nn.Module | None:
        """The module, if it could be made and run: one for all cases, unless what it keeps in attributes matters."""
        if (module := self._constructed(cls, report)) is None:
            return None
        last: dict[str, Any] = {"error": None}
        for number, case in enumerate(self._manifest["cases"]):
            if self._calls.exhausted:
                return None
            if case["follows"] and last["error"] is not None:
                emit({**last, "case": number})
                continue
            if not case["follows"]:
                if number and (module := self._anew(module, cls, report)) is None:
                    return None
                try:
                    # Batch norm's statistics move with every call: each case starts from the weights that it names.
                    self._load_state(module, case["weights"])
                except BaseException as exc:  # noqa: BLE001  its load_state_dict may raise anything
                    report["error"] = self._calls.raised(exc, "load_state_dict(strict=True)")
                    return None
            state = saved_tensors(module)
            before = (
                {k: v.clone() for k, v in state.items()} if case["follows"] else self._before(state, case["weights"])
            )
            is_turned = either_mode.is_turned(case, self._manifest)
            call = module_call(module, is_turned, case["names"], self._by_keyword(module, case))
            self._divisions.begin()
            last = self._calls.one(number, case, "module", call, before, module) | {"other_mode": is_turned}
            emit(last)
            if last["error"] is None and not self._manifest["anew"]:
                self._divide(number, "module", call, functools.partial(self._load_state, module, case["weights"]))
            for turn in () if case["follows"] else self._other_turns(number):
                if (module := self._anew(module, cls, report)) is None:
                    return None
                self._load_state(module, case["weights"])
                call = module_call(module, False, case["names"], self._by_keyword(module, case))
                emit(self._calls.one(number, case, "module", call, before, module, turn))
        self._draw_module(module, cls, report)
        return self._anew(module, cls, report)

    def _by_keyword(self, module: torch.nn.Module, case: dict[str, Any]) -> list[str]:
        """Arguments that this call gives by the module's names for them: where ``module`` has these."""
        wanted = case["by_keyword"]
        if wanted and not by_keyword.takes(module, case["names"], wanted, case["kwnames"]):
            own = list(inspect.signature(module.forward).parameters)
            self._other_names = by_keyword.untold(f"{type(module).__name__}.forward", own, wanted)
            return []
        return wanted  # type: ignore[no-any-return]

    def _constructed(self, cls: type[torch.nn.Module], report: dict[str, Any]) -> torch.nn.Module | None:
        try:
            args, kwargs = self._init_arguments()
            with self._calls.on_its_gpu(), self._calls.patience.during():
                module = cls(*args, **kwargs)
            if self._manifest["mode"] != "constructed":
                module.train(self._manifest["mode"] == "train")
            module.to(self._calls.device)
            if self._calls.gpu is not None:
                self._calls.gpu.stay((*module.parameters(), *module.buffers()))
        except BaseException as exc:  # noqa: BLE001  its constructor may raise anything
            report["error"] = self._calls.raised(exc, f"constructing {cls.__name__}")
            return None
        return module

    def _anew(
        self, module: torch.nn.Module, cls: type[torch.nn.Module], report: dict[str, Any]
    ) -> torch.nn.Module | None:
        """``module`` itself, or another one where calls leave something in it that no ``state_dict`` brings back."""
        if not self._manifest["anew"]:
            return module
        self._calls.memory.drop((*module.parameters(), *module.buffers()))
        self._has_loaded = False
        return self._constructed(cls, report)

    def _draw_module(self, module: torch.nn.Module, cls: type[torch.nn.Module], report: dict[str, Any]) -> None:
        made = [module]

        def prepared(given: dict[str, Any]) -> Callable[[Any, Any], Any]:
            if (found := self._anew(made[-1], cls, report)) is not None:
                made.append(found)
            self._load_state(made[-1], given["weights"])
            return module_call(made[-1])

        self._draws.draw(prepared)
        self._calls.memory.drop((*made[-1].parameters(), *made[-1].buffers()))

    def _init_arguments(self) -> tuple[Any, Any]:
        """As data; where they are objects of the user's, as the user's file makes them."""
        if not self._manifest["init"]:
            init = tensorfile.read(self._inputs_dir / "init")
            return init["args"], init["kwargs"]
        with unlisted_folders.found():
            return init_arguments(from_json(Problem, self._manifest["problem"]))

    def _run_function(self, function: Callable[..., Any], emit: Emit, beside_module: bool) -> None:
        """On every case; on two small ones where the module class, which has seen all, calls it anyway, on one where
        large weights make none small."""
        cases = list(enumerate(self._manifest["cases"]))
        wanted: list[str] = next((case["by_keyword"] for _, case in cases if case["by_keyword"]), [])
        if not beside_module and not entry_points.has_names(function, wanted):
            parameters = list(inspect.signature(function).parameters)
            self._other_names = by_keyword.untold("kernel_function", parameters, wanted)
        if beside_module:
            state = tensorfile.read_mapped(self._inputs_dir / "state0")
            cases = cases[1 : 2 if sum(t.numel() for t in state.values()) > HEAVY else 3] or cases
        for number, case in cases:
            if self._calls.exhausted:
                return
            state = tensorfile.read(
                self._inputs_dir / f"state{case['weights']}", lambda n: self._calls.memory.allocate(n, "state")
            )

            before = self._before(state, case["weights"])
            own = dict(state)
            unsaved, attributes = (
                tensorfile.read(
                    self._inputs_dir / f"{name}{case['weights']}", lambda n: self._calls.memory.allocate(n, "buffer")
                )
                for name in ("unsaved", "attributes")
            )
            state.update(unsaved)

            def call(a: Any, k: Any, state: Any = state, case: Any = case, attributes: Any = attributes) -> Any:
                given = (case["names"], a, k, state, attributes, case["left_out"])
                args, kwargs = entry_points.bind_function(function, *given)
                return function(*args, **kwargs)

            self._divisions.begin()
            run = self._calls.one(number, case, "function", call, before, state)
            emit(run)

            def restore(before: Any = before, state: Any = state) -> None:
                for key, value in before.items():
                    state[key].copy_(value)

            if run["error"] is None and not beside_module:
                self._divide(number, "function", call, restore)
            for turn in self._other_turns(number) if not beside_module else ():
                for key, value in before.items():
                    state[key].copy_(value)
                emit(self._calls.one(number, case, "function", call, before, state, turn))
            self._calls.memory.drop(own.values())
        if not beside_module:
            self._draws.draw(lambda given: self._called(function, given))

    def _divide(self, number: int, entry: str, call: Callable[[Any, Any], Any], restore: Callable[[], None]) -> None:
        """Some calls again with their quotients moved (``divided_otherwise.py``). ``restore``: the weights."""
        is_meant = number in self._divided and self._divisions.may_jump and not self._jumps
        if not is_meant or self._calls.exhausted or not self._calls.interpreted or self._manifest["bits"] is not None:
            return
        case = self._manifest["cases"][number]

        def again() -> Any:
            restore()
            return self._calls.again(number, case, call)

        self._comparisons.is_off = True
        try:
            plain = tensorfile.read(self._calls.scratch / tensorfile.outputs_name(entry, number, 0))["outputs"]
            found = divided_otherwise.jumps(self._divisions, plain, again)
        except BaseException:  # noqa: BLE001  what it raises on other numbers than its own is no finding
            found = None
        finally:
            self._comparisons.is_off = False
        if found is not None:
            self._jumps.append({"case": number, "entry": entry, **found})

    def _other_turns(self, number: int) -> Iterator[int]:
        """An autotuner takes the fastest of its configurations, whichever that is: each must be right where sizes are
        largest, beyond what its blocks hold, and on the kinds of values and strides that each way of a kernel has to
        meet, as far as there is time for these."""
        is_swept, kinds = number in self._swept, self._manifest["cases"][number]["kinds"]
        if not self._calls.interpreted or not (is_swept or kinds):
            return
        for turn in range(1, min(self._calls.launches.configurations, MOST_CONFIGURATIONS)):
            self._has_left_turns |= not is_swept and self._turning_s > MOST_TURNING_S
            if self._calls.exhausted or (not is_swept and self._has_left_turns):
                return
            began = time.process_time()
            yield turn
            self._turning_s += 0.0 if is_swept else time.process_time() - began

    def _called(self, function: Callable[..., Any], case: dict[str, Any]) -> Callable[[Any, Any], Any]:
        """``kernel_function`` with the state of a case."""

        def read(name: str, purpose: str) -> Any:
            path = self._inputs_dir / f"{name}{case['weights']}"
            return tensorfile.read(path, lambda n: self._calls.memory.allocate(n, purpose))

        state = {**read("state", "state"), **read("unsaved", "buffer")}
        attributes = read("attributes", "buffer")

        def call(a: Any, k: Any) -> Any:
            args, kwargs = entry_points.bind_function(function, case["names"], a, k, state, attributes)
            return function(*args, **kwargs)

        return call

    def _of_example(self, function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
        """The same with the example's, which may be large: read when it is called."""

        def call(a: Any, k: Any) -> Any:
            return self._called(function, self._manifest["cases"][0])(a, k)

        return call

    def _before(self, state: dict[str, Any], weights: int) -> dict[str, torch.Tensor]:
        """What the entries hold, to be compared later: what is large, and on the CPU, is in the file already."""
        saved = tensorfile.read_mapped(self._inputs_dir / f"state{weights}")

        def kept(key: str, value: torch.Tensor) -> torch.Tensor:
            may_be_there = value.numel() > LARGE and value.device.type == "cpu" and key in saved
            return saved[key] if may_be_there and same_bits(value, saved[key]) else value.clone()

        return {key: kept(key, value) for key, value in state.items() if isinstance(value, torch.Tensor)}

    def _load_state(self, module: torch.nn.Module, weights: int) -> None:
        """Once as checkpoints are loaded, then as an optimizer does it: in place, one tensor after the other."""
        state = tensorfile.read_mapped(self._inputs_dir / f"state{weights}")
        entries = module.state_dict(keep_vars=True)
        own = {key: value for key, value in entries.items() if isinstance(value, torch.Tensor)}
        others = {key: value for key, value in entries.items() if key not in own}  # of its get_extra_state()
        with torch.no_grad(), self._calls.dispatch:
            if self._has_loaded and own.keys() == state.keys():
                for key, value in state.items():
                    own[key].copy_(value)
            else:
                module.load_state_dict({**state, **others}, strict=True)
                self._has_loaded = True
        with torch.no_grad():
            for tensor in (*module.parameters(), *module.buffers()):
                if self._calls.memory.block_of(tensor) is None:
                    home = self._calls.memory.empty_strided(tuple(tensor.shape), tensor.stride(), tensor.dtype, "state")
                    tensor.data = home.copy_(tensor.data)


def _swept(cases: list[dict[str, Any]]) -> set[int]:
    """The cases in which each free size is largest."""
    plain = {n: case["sizes"] for n, case in enumerate(cases) if case["values"] == "example" and not case["empty"]}
    symbols = {symbol for sizes in plain.values() for symbol in sizes}
    return {max(plain, key=lambda n: plain[n].get(symbol, 0)) for symbol in symbols} or set(list(plain)[:1])


def module_call(
    module: torch.nn.Module, is_turned: bool = False, names: Sequence[str] = (), wanted: Sequence[str] = ()
) -> Callable[[Any, Any], Any]:
    """``wanted``: those of ``names``, which the arguments given by position have, that are given by name."""

    def call(args: Any, kwargs: Any) -> Any:
        given, named = by_keyword.arranged(names, wanted, args) if wanted else (args, {})
        with either_mode.turned(module) if is_turned else contextlib.nullcontext():
            return module(*given, **named, **kwargs)

    return call
