"""A file's modules looked at before anything is fused, as ``inspect`` looks at one: what an editor shows beside them.

Nobody asked for this run, so the user's file is shut in as a candidate is: no network, nothing written, its memory and
its time bounded, behind all other work.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.options import Options
from kernelagent.contract.result import ErrorInfo
from kernelagent.contract.survey import ClassSurvey, Survey
from kernelagent.driver import standalone
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.dependencies import files_of
from kernelagent.driver.hangs_on import hangs_on
from kernelagent.driver.isolation import Isolation, choose
from kernelagent.driver.modules import ModuleClass
from kernelagent.driver.of_models import Shut
from kernelagent.driver.printable import printable
from kernelagent.driver.project_file import kernelagent_table
from kernelagent.driver.stages.load import Reading, read
from kernelagent.driver.survey_cache import SurveyCache
from kernelagent.driver.target import Target, choose_class, modules_in
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import (
    AmbiguousTarget,
    Cancelled,
    KernelAgentError,
    NoExampleInputs,
    UnsupportedDtype,
    UnsupportedOperator,
)

LIMIT_S = 60.0
"""For one task about one class."""
MEMORY_BYTES = 6 << 30
MOST_CLASSES = 24
"""Of one file."""
NICENESS = 10

_STATEMENT = re.compile(r"\s*(?:class|def|return|import|from|pass|raise)\b")
"""Above a class there are comments and decorators, which may be long."""


def survey(
    file: Path,
    text: str,
    options: Options,
    *,
    pool: WorkerPool,
    versions: Mapping[str, str],
    cache: SurveyCache,
    saved: bool,
    cancel: CancelToken,
    on_class: Callable[[ClassSurvey], None] | None = None,
) -> Survey:
    """Of each module of ``text`` that has example inputs; ``on_class`` hears of each as soon as it is known.

    ``saved``: the user has saved the file. Where this machine has no sandbox that keeps the network and the files out
    of reach, a file that was merely opened is not run. Raises ``Cancelled``; everything else is said of the class.
    """
    try:
        modules = modules_in(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Survey()
    asked = [module for module in modules if _may_have_inputs(file, text, module, modules)]
    if not asked:
        return Survey()
    isolation = choose(options.sandbox, pool.interpreter, [file])
    found: list[ClassSurvey] = []
    for module in asked[:MOST_CLASSES]:
        cancel.raise_if_cancelled()
        one = _of_class(Target(file, module.name, text), options, pool, versions, cache, isolation, saved, cancel)
        if one is not None:
            found.append(one)
            if on_class is not None:
                on_class(one)
    return Survey(tuple(found))


def _may_have_inputs(file: Path, text: str, module: ModuleClass, modules: Sequence[ModuleClass]) -> bool:
    """By a look at the lines: of a file with hundreds of modules few are read closely."""
    if "jaxtyping" in text or ("get_inputs" in text and (module.name == "Model" or len(modules) == 1)):
        return True
    lines = text.split("\n")
    above = module.line - 2
    while above >= 0 and lines[above].strip() and not _STATEMENT.match(lines[above]):
        if "kernelagent" in lines[above]:
            return True
        above -= 1
    try:
        return bool(kernelagent_table(file, "modules")[1])
    except KernelAgentError:
        return True  # which is told at the class


def _of_class(
    target: Target,
    options: Options,
    pool: WorkerPool,
    versions: Mapping[str, str],
    cache: SurveyCache,
    isolation: Isolation,
    saved: bool,
    cancel: CancelToken,
) -> ClassSurvey | None:
    """``None``: there is nothing to say of it."""
    empty = _empty(target)
    try:
        reading = read(target, options)
        if reading.problem.example.origin == "get_inputs" and not _is_meant(reading):
            return None
        key = cache.key(reading.problem, target.text or "", versions)
        known = cache.find(key, target.file)
        if known is not None or (isolation.level == "limits" and not saved):
            return known
        return _by_running(empty, reading, key, options, pool, cache, isolation, cancel)
    except NoExampleInputs:
        return None
    except Cancelled:
        raise
    except KernelAgentError as exc:
        return replace(empty, error=_info(exc))


def _empty(target: Target) -> ClassSurvey:
    text, name = target.text or "", target.class_name or ""
    line = next(module.line for module in modules_in(text) if module.name == name)
    lines, names = hangs_on(text, name)
    return ClassSurvey(name, line, lines, names)


def _is_meant(reading: Reading) -> bool:
    """``get_inputs()`` is for one class of the file; where nothing tells for which, for none."""
    try:
        return choose_class(replace(reading.target, class_name=None), reading.source).name == reading.module.name
    except AmbiguousTarget:
        return False


def _by_running(
    empty: ClassSurvey,
    reading: Reading,
    key: str,
    options: Options,
    pool: WorkerPool,
    cache: SurveyCache,
    isolation: Isolation,
    cancel: CancelToken,
) -> ClassSurvey:
    with tempfile.TemporaryDirectory(prefix="kernelagent-survey-") as scratch:
        folder = Path(scratch)
        how = standalone.How(_shut(isolation, folder), LIMIT_S)
        problem = standalone.capture(reading.target, options, pool=pool, folder=folder, cancel=cancel, how=how)
        made = replace(empty, inputs=problem.inputs, outputs=problem.outputs)
        try:
            extraction = standalone.cut(problem, pool=pool, folder=folder, cancel=cancel, how=how)
        except (UnsupportedOperator, UnsupportedDtype) as exc:
            extraction = standalone.cut(problem, pool=pool, folder=folder, cancel=cancel, how=how, by_operators=True)
            made = replace(made, error=_info(exc))
    told = replace(made, subgraphs=extraction.subgraphs, launches=extraction.launches)
    made = from_json(ClassSurvey, _printable(to_json(told)))
    cache.keep(key, made, files_of(problem))
    return made


def _shut(isolation: Isolation, scratch: Path) -> Shut:
    policy: dict[str, Any] = {
        "scratch": str(scratch),
        "cpu_seconds": int(LIMIT_S),
        "memory_bytes": MEMORY_BYTES,
        "niceness": NICENESS,
        **isolation.shut_in(),
    }
    return {"sandbox": policy, "prefix": isolation.prefix(str(scratch), ())}


def _printable(value: Any) -> Any:
    """The process that told it ran the user's file; what it told is shown."""
    if isinstance(value, dict):
        return {name: _printable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_printable(inner) for inner in value]
    return printable(value) if isinstance(value, str) else value


def _info(exc: KernelAgentError) -> ErrorInfo:
    return from_json(ErrorInfo, {**exc.to_json(), "message": printable(exc.message), "hint": printable(exc.remedy)})
