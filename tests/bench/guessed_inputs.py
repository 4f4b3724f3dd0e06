"""For how many classes guessed example inputs let ``forward`` run: python tests/bench/guessed_inputs.py PATH...

A path is a file or a folder of files. ``get_inputs()`` and ``get_init_inputs()`` are taken out first; with
``--no-constants`` the numbers at the top of a file too, of which the inputs' sizes would be read. ``--show`` prints
what failed. Constructor and ``forward`` run under fake tensors, each class in a process of its own, and where a value
is needed, for real. A file that can't be imported counts for nothing.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import multiprocessing
import multiprocessing.connection
import sys
import time
from pathlib import Path
from typing import Any

from kernelagent.driver.modules import modules_in
from kernelagent_lsp.guessing.directive import guess_for

LIMIT_S = 60.0


def without_examples(text: str, constants: bool) -> str:
    tree = ast.parse(text)
    gone: set[int] = set()
    for node in tree.body:
        is_example = isinstance(node, ast.FunctionDef) and node.name in ("get_inputs", "get_init_inputs")
        is_number = isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.Tuple, ast.List))
        if is_example or (not constants and is_number):
            gone.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return "".join(line for number, line in enumerate(text.splitlines(True), 1) if number not in gone)


def attempt(path: Path, name: str, inputs: str, init: str, answer: multiprocessing.connection.Connection) -> None:
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    torch.set_num_threads(1)
    try:
        spec = importlib.util.spec_from_file_location("the_file", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["the_file"] = module
        sys.path.insert(0, str(path.parent))
        sys.path.insert(0, str(path.parent.parent))
        spec.loader.exec_module(module)
        cls: Any = module
        for part in name.split("."):
            cls = getattr(cls, part)
    except BaseException as exc:  # noqa: BLE001 - of the file, not of the guess
        answer.send(("no import", f"{type(exc).__name__}: {exc}"))
        return
    if getattr(cls.forward, "__isabstractmethod__", False) or "_forward_unimplemented" in getattr(
        cls.forward, "__name__", ""
    ):
        answer.send(("abstract", ""))
        return

    def run() -> None:
        args, kwargs = split_init(eval(init, {**vars(module), "torch": torch}))
        model = cls(*args, **kwargs)
        given = eval(inputs, {**vars(module), "torch": torch})
        model(**given) if isinstance(given, dict) else model(*given)

    try:
        with torch.no_grad():
            try:
                with FakeTensorMode(allow_non_fake_inputs=True):
                    run()
            except Exception as exc:
                if not any(
                    word in type(exc).__name__
                    for word in ("DataDependent", "DynamicOutput", "Unsupported", "Assertion")
                ):
                    raise
                run()
    except NotImplementedError as exc:
        answer.send(("abstract" if not str(exc) else "failed", f"NotImplementedError: {exc}"))
    except BaseException as exc:  # noqa: BLE001 - told
        answer.send(("failed", f"{type(exc).__name__}: {exc}".split("\n")[0][:300]))
    else:
        answer.send(("ran", ""))


def split_init(value: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(value, dict):
        return (), value
    if isinstance(value, (tuple, list)):
        return tuple(value), {}
    return (value,), {}


def one(path: Path, name: str, inputs: str, init: str) -> tuple[str, str]:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(False)
    process = context.Process(target=attempt, args=(path, name, inputs, init, there))
    process.start()
    there.close()
    try:
        found: tuple[str, str] = here.recv() if here.poll(LIMIT_S) else ("failed", f"longer than {LIMIT_S:.0f} s")
    except EOFError:
        found = ("failed", "the process died")
    process.kill()
    process.join()
    return found


def warm_up() -> None:
    """Once, before the first fork."""
    import logging

    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    torch.set_num_threads(1)
    logging.disable(logging.CRITICAL)
    with FakeTensorMode():
        torch.nn.Conv2d(3, 4, 3)(torch.randn(1, 3, 8, 8)).softmax(1).sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--no-constants", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    warm_up()
    counts: dict[str, int] = {}
    spent: list[float] = []
    for path in options.paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            try:
                text = without_examples(file.read_text(encoding="utf-8"), not options.no_constants)
            except SyntaxError:  # of another Python
                continue
            for module in modules_in(text):
                begin = time.perf_counter()
                guessed = guess_for(text, module.line)
                spent.append(time.perf_counter() - begin)
                if guessed is None:
                    continue
                status, why = one(file, module.name, guessed.inputs, guessed.init)
                counts[status] = counts.get(status, 0) + 1
                if options.show and status == "failed":
                    print(f"{file}::{module.name}\n    inputs={guessed.inputs}, init={guessed.init}\n    {why}")
    tried = counts.get("ran", 0) + counts.get("failed", 0)
    spent.sort()
    print(f"{counts.get('ran', 0)} of {tried} ran ({100 * counts.get('ran', 0) / max(tried, 1):.0f} %); {counts}")
    print(f"a guess: median {spent[len(spent) // 2] * 1e3:.1f} ms, worst {spent[-1] * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
