"""A verdict as a certificate: what it is bound to, and whether that still holds.

A verdict speaks of one module, with its mode, its constructor's arguments and its example inputs; of files, byte for
byte; of the versions that ran them and of the device. Anybody can write JSON, so the digest protects against a slip of
the hand, not against forgery: who doubts a certificate verifies again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, parse_json, to_json
from kernelagent.contract.options import Options
from kernelagent.contract.verdict import Judged, Verification
from kernelagent.driver.dependencies import changed, why_changed
from kernelagent.driver.interpreter import Interpreter
from kernelagent.driver.stages.load import read as read_target
from kernelagent.driver.target import Target, parse_target
from kernelagent.errors import KernelAgentError, NotACertificate

MOST_BYTES = 64 << 20
MOST_NAMED = 6


@dataclass(frozen=True)
class Binding:
    """One thing that the verdict is bound to."""

    name: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class Certificate:
    verification: Verification
    kernel: Path
    target: Target


@dataclass(frozen=True)
class Standing:
    """Whether a certificate holds now."""

    holds: bool
    bindings: tuple[Binding, ...]
    verification: Verification


def sealed(verification: Verification) -> Verification:
    """With the digest of everything else in it."""
    return replace(verification, digest=digest(verification))


def digest(verification: Verification) -> str:
    """SHA-256 of the verdict as canonical JSON, without the digest itself."""
    text = json.dumps(to_json(replace(verification, digest="")), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read(path: Path, kernel: str | None = None, target: str | None = None) -> Certificate:
    """What ``verify --json`` printed, or a run's ``result.json``. ``kernel`` and ``target`` say where the files are
    now, if not where they were. Raises ``NotACertificate``."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES >> 20} MiB")
        data = parse_json(path.read_bytes())
        if not isinstance(data, dict):
            raise ValueError("not a JSON object")
        verification = from_json(Verification, _verdict_in(data))
    except OSError as exc:
        raise NotACertificate(f"{path} cannot be read: {exc.strerror or exc}.") from exc
    except (ValueError, KeyError, TypeError) as exc:
        raise NotACertificate(f"{path} is no certificate: {exc}.") from exc
    named_kernel = kernel or str(data.get("kernel") or "")
    named_target = target or str(data.get("target") or "")
    if not named_kernel or not named_target:
        raise NotACertificate(f"{path} does not name its files.", hint="Name them: KERNEL.py and --problem.")
    if kernel is None:
        named_kernel = str(_beside(path, named_kernel))
    file, colons, name = named_target.rpartition("::")
    if target is None:
        named_target = f"{_beside(path, file if colons else name)}{f'::{name}' if colons else ''}"
    return Certificate(verification, Path(named_kernel), parse_target(named_target))


def standing(certificate: Certificate, interpreter: Interpreter, gpu: str, named: Mapping[str, Any]) -> Standing:
    """Compare with the files, the versions and the device that are there now. ``gpu`` is empty without one.
    ``named``: those of ``inputs``, ``init`` and ``mode`` that are to be held against what was judged; without one, what
    the files say, or what an option said then."""
    verification = certificate.verification
    bindings = (
        Binding("verdict", verification.verdict == "pass" and not verification.partial, verification.summary),
        _unaltered(verification),
        _file("source", certificate.target.file, verification.source_sha256),
        _imports(certificate.target.file, verification),
        _data(certificate.target.file, verification),
        _packages(certificate.target.file, verification),
        _problem(certificate, named),
        _file("kernel", certificate.kernel, verification.kernel_sha256),
        *(_version(name, verification, interpreter) for name in ("python", "torch", "triton")),
        _device(verification, gpu),
        Binding("isolation", True, ", ".join(verification.sandbox) or "none was in force"),
    )
    return Standing(all(binding.holds for binding in bindings), bindings, verification)


def _verdict_in(data: dict[str, Any]) -> dict[str, Any]:
    found = data.get("verification", data)
    if not isinstance(found, dict) or "kernel_sha256" not in found:
        raise ValueError("it holds no verdict")
    return found


def _beside(certificate: Path, name: str) -> Path:
    """Relative paths count from the certificate's folder, then from here."""
    path = Path(name)
    beside = certificate.absolute().parent / path
    return beside if path.is_absolute() or beside.exists() else path.absolute()


def _unaltered(verification: Verification) -> Binding:
    same = verification.digest == digest(verification)
    return Binding("digest", same, "as it was written" if same else "the certificate was altered after it was written")


def _file(name: str, path: Path, expected: str) -> Binding:
    why = why_changed(path, expected)
    return Binding(name, not why, why or f"{path} is unchanged")


def _imports(source: Path, verification: Verification) -> Binding:
    """What the module's file imports of its own project: code that a verdict speaks of as well."""
    why = changed(source, verification.imports)
    if why:
        return Binding("imports", False, "; ".join(why))
    count = len(verification.imports)
    return Binding("imports", True, f"{count} imported files are unchanged" if count else "none of the project")


def _data(source: Path, verification: Verification) -> Binding:
    """Files that the module read, for which its result may depend on what is in them."""
    why = changed(source, verification.data)
    if why:
        return Binding("data", False, "; ".join(why))
    there = [file.path for file in verification.data if file.sha256 or file.kind == "there"]
    told = [f"{', '.join(there)}: unchanged"] if there else []
    absent = [file.path for file in verification.data if file.kind == "absent"]
    if absent:
        more = f" and {len(absent) - MOST_NAMED} more" if len(absent) > MOST_NAMED else ""
        told.append(f"looked for and not there, as then: {', '.join(absent[:MOST_NAMED])}{more}")
    told += [f"{f.path} is not compared: {f.unhashed}" for f in verification.data if f.unhashed]
    return Binding("data", True, "; ".join(told) or "the module reads no files")


def _packages(source: Path, verification: Verification) -> Binding:
    """What is installed, by its versions: another machine has it elsewhere, and with another list of its files."""
    if not verification.packages:
        return Binding("packages", True, "the module imports none besides PyTorch")
    told, others = [], []
    for package in verification.packages:
        site = (source.absolute().parent / package.record).parents[1]
        if not site.is_dir():
            told.append(f"{package.name} {package.version} (not compared: {site} is not there)")
        elif (site / f"{package.name}-{package.version}.dist-info").is_dir():
            told.append(f"{package.name} {package.version}")
        else:
            others.append(f"{package.name} {package.version} then, and not in {site} now")
    return Binding("packages", not others, "; ".join(others or told))


def _problem(certificate: Certificate, named: Mapping[str, Any]) -> Binding:
    """Whether the target, read now, is the problem that was judged."""
    judged = certificate.verification.judged
    if judged is None:
        return Binding("problem", False, "the certificate does not say what was judged")
    try:
        now = read_target(certificate.target, as_given(judged, named)).problem
    except KernelAgentError as exc:
        return Binding("problem", False, exc.message)
    pairs = {
        "class": (judged.class_name, now.class_name),
        "mode": (judged.mode, now.mode),
        "init": (judged.init, now.example.init),
        "inputs": (judged.inputs, now.example.inputs),
    }
    others = [f"{what} {then} was judged, not {found}" for what, (then, found) in pairs.items() if then != found]
    if others:
        return Binding("problem", False, "; ".join(others))
    inputs = ", ".join(judged.tensors) or "no tensor inputs"
    return Binding("problem", True, f"{judged.class_name}, mode {judged.mode}, init {judged.init}, {inputs}")


def as_given(judged: Judged, named: Mapping[str, Any]) -> Options:
    """What options named when the problem was judged; ``named`` goes before that."""
    return Options(**{**judged.named, **named})


def _version(name: str, verification: Verification, interpreter: Interpreter) -> Binding:
    then, now = verification.versions.get(name), getattr(interpreter, name)
    if verification.where:
        return Binding(name, True, f"{then} on the remote worker that judged; {now or 'none'} here")
    if then is None or then == now:
        return Binding(name, True, str(now))
    return Binding(name, False, f"{then} then, {now or 'none'} now")


def _device(verification: Verification, gpu: str) -> Binding:
    if verification.mode == "interpreter":
        return Binding("device", True, "Triton's interpreter, on any machine")
    if gpu == verification.device:
        return Binding("device", True, gpu)
    return Binding("device", True, f"{verification.device}; it says nothing of {gpu or 'a machine without a GPU'}")
