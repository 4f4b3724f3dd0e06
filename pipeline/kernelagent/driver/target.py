"""A target: which class of which file, and the text that it is read from."""

from __future__ import annotations

import hashlib
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from kernelagent.contract.problem import LiveModule
from kernelagent.driver.modules import ModuleClass, class_names, modules_in
from kernelagent.errors import AmbiguousTarget, ClassNotFound, NotAModule, SyntaxErrorInTarget, TargetNotFound
from kernelagent.static.wiring import unwired_bytes

__all__ = ["ModuleClass", "Source", "Target", "choose_class", "modules_in", "parse_target", "read_source"]


@dataclass(frozen=True)
class Target:
    """``file.py`` or ``file.py::Class``."""

    file: Path
    class_name: str | None
    text: str | None = None
    """An editor's unsaved buffer, where it differs from the file."""
    by_model: bool = False
    """A language model wrote it."""
    live: LiveModule | None = None
    """What is meant is not what the class constructs, but this."""

    def __str__(self) -> str:
        return f"{self.file}::{self.class_name}" if self.class_name else str(self.file)


@dataclass(frozen=True)
class Source:
    """A target's text as it was when the run began."""

    text: str
    """With ``\\n`` line ends."""
    content: bytes
    """The bytes that the text came from."""

    @property
    def sha256(self) -> str:
        """Of the content without what puts a Triton version in a class's place: that may come and go."""
        return hashlib.sha256(unwired_bytes(self.content)).hexdigest()


def parse_target(text: str) -> Target:
    """``model.py`` or ``model.py::Class``; the file is not looked at."""
    file, separator, name = text.rpartition("::")
    if not separator:
        return Target(Path(text), None)
    if not file or not name:
        raise TargetNotFound(f"{text!r} is not a target.")
    return Target(Path(file), name)


def require_text(path: Path) -> None:
    """Raises ``TargetNotFound`` for a path that is no text: it is written into records and into kernels' comments."""
    whole = str(path.absolute())
    try:
        whole.encode("utf-8")
    except UnicodeEncodeError:
        shown = whole.encode("utf-8", "backslashreplace").decode("utf-8")
        raise TargetNotFound(
            f"the path {shown} has bytes that are no UTF-8.", hint="Give the file, or the folder, another name."
        ) from None


def read_source(target: Target) -> Source:
    """Read the target's text, in the encoding that it declares. Raises ``TargetNotFound``."""
    if target.text is not None:
        content = target.text.encode("utf-8", "surrogatepass")
        return Source(_newlines(target.text), content)
    require_text(target.file)
    if target.file.is_dir():
        raise TargetNotFound(f"{target.file} is a folder.")
    try:
        content = target.file.read_bytes()
    except FileNotFoundError as exc:
        raise TargetNotFound(f"there is no file {target.file}.") from exc
    except OSError as exc:
        raise TargetNotFound(f"{target.file} cannot be read: {exc.strerror or exc}.") from exc
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return Source(_newlines(content.decode(encoding)), content)
    except (SyntaxError, UnicodeDecodeError) as exc:
        raise TargetNotFound(
            f"{target.file} is not a Python source file: {exc}.", hint="Save the file as UTF-8."
        ) from exc


def choose_class(target: Target, source: Source) -> ModuleClass:
    """The module that the target names, or the file's only one (KernelBench's ``Model`` where there are several).

    Raises ``SyntaxErrorInTarget``, ``ClassNotFound``, ``NotAModule``, ``AmbiguousTarget``.
    """
    try:
        modules = modules_in(source.text)
        every = class_names(source.text)
    except (SyntaxError, ValueError, RecursionError) as exc:
        line = getattr(exc, "lineno", None)
        where = f"{target.file.name}, line {line}" if line else target.file.name
        raise SyntaxErrorInTarget(
            f"{where}: {getattr(exc, 'msg', None) or exc}.", file=str(target.file), line=line
        ) from exc
    listed = ", ".join(module.name for module in modules)
    if target.class_name is not None:
        for module in modules:
            if module.name == target.class_name:
                return module
        if target.class_name in every:
            raise NotAModule(
                f"{target.class_name} in {target.file.name} is not a torch.nn.Module.", file=str(target.file)
            )
        raise ClassNotFound(
            f"{target.file.name} defines no class {target.class_name}"
            + (f"; its modules are {listed}." if modules else ", and no torch.nn.Module either."),
            file=str(target.file),
        )
    if not modules:
        raise ClassNotFound(f"{target.file.name} defines no torch.nn.Module.", file=str(target.file))
    if len(modules) == 1:
        return modules[0]
    for module in modules:
        if module.name == "Model":  # KernelBench's convention
            return module
    raise AmbiguousTarget(
        f"{target.file.name} defines several modules: {listed}.",
        hint=f"Name one, as {target.file.name}::{modules[-1].name}.",
        file=str(target.file),
    )


def _newlines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
