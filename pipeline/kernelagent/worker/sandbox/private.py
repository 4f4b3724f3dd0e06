"""Private folders, the user's home and project, look empty but for what is needed in them: Python itself, the kernel's
file, its inputs, the scratch folder.

A candidate has no business there, and what it reads it can say: in an exception, which a model may be told.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from kernelagent.worker.sandbox import kernel_calls
from kernelagent.worker.sandbox.policy import Policy

_PACKAGES = ("kernelagent", "numpy", "torch", "triton")
"""What a candidate's process imports, some of it late."""
_OF_A_PREFIX = ("bin", "etc", "include", "lib", "lib64", "libexec", "local", "sbin", "share")
_SEARCHED = ("PATH", "LD_LIBRARY_PATH", "CC", "CXX")
_OF_TOOLS = ("CUDA_", "HIP_", "ROCM_", "TRITON_")
"""Variables that name where compilers and libraries are, and how others of that kind begin."""
_MOST_LINKS = 40


class Private:
    """The folders that a policy wants private, each with what is needed in it. Made before anything is hidden."""

    def __init__(self, policy: Policy) -> None:
        folders = {Path(path).resolve() for path in policy.private if os.path.isdir(path)}
        wanted = [Path(path) for path in (policy.scratch, *policy.needs)] if folders else []
        wanted += _of_python(folders) if folders else []
        needed = {path.resolve() for path in wanted if path.exists()}
        self.needed: dict[Path, list[Path]] = {}
        for folder in sorted(folders):
            if not (needed | folders) & set(folder.parents) and folder not in needed:
                inside = {path for path in needed if folder in path.parents}
                self.needed[folder] = sorted(path for path in inside if not inside & set(path.parents))
        self._links = {link: target for path in wanted for link, target in _links_to(path)}

    def mount(self) -> None:
        """Lay an empty folder over each, and in it what is needed. One where that fails stays as it is."""
        for folder in self.needed:
            with contextlib.suppress(OSError):
                self._lay_over(folder)

    def _lay_over(self, folder: Path) -> None:
        with contextlib.ExitStack() as opened:
            places = []
            for path in self.needed[folder]:
                places.append((path, path.is_dir(), os.open(path, os.O_PATH | os.O_CLOEXEC)))
                opened.callback(os.close, places[-1][2])
            flags = kernel_calls.MS_NOSUID | kernel_calls.MS_NODEV
            kernel_calls.mount("none", str(folder), "tmpfs", flags, "size=1m,mode=0755")
            try:
                for path, is_folder, place in places:
                    (path if is_folder else path.parent).mkdir(parents=True, exist_ok=True)
                    if not is_folder:
                        path.touch()
                    flags = kernel_calls.MS_BIND | kernel_calls.MS_REC
                    kernel_calls.mount(f"/proc/self/fd/{place}", str(path), None, flags)
                for link, target in self._links.items():
                    if folder in link.parents and not os.path.lexists(link):
                        link.parent.mkdir(parents=True, exist_ok=True)
                        link.symlink_to(target)
            except OSError:
                kernel_calls.unmount(str(folder))
                raise

    def is_hidden(self) -> bool:
        """No private folder shows more than the way to what is needed in it."""
        return all(self._shows_the_way_alone(folder) for folder in self.needed)

    def _shows_the_way_alone(self, folder: Path) -> bool:
        try:
            seen = set(os.listdir(folder))
        except OSError:
            return True
        ways = [path for path in (*self.needed[folder], *self._links) if folder in path.parents]
        return seen <= {path.relative_to(folder).parts[0] for path in ways}


def _of_python(private: set[Path]) -> Iterator[Path]:
    """What Python, PyTorch and Triton are made of and call, wherever it is installed."""
    for prefix in map(Path, dict.fromkeys((sys.prefix, sys.exec_prefix, sys.base_prefix))):
        yield from (prefix / part for part in _OF_A_PREFIX) if _holds(prefix, private) else (prefix,)
    yield Path(sys.executable)
    yield from (Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))
    yield from map(Path, (*site.getsitepackages(), site.getusersitepackages()))
    for name in _PACKAGES:
        found = importlib.util.find_spec(name)
        for place in map(Path, (found.submodule_search_locations if found is not None else None) or ()):
            yield place if name == "kernelagent" else _installed(place.parent, private)
    for name, value in os.environ.items():
        if name in _SEARCHED or name.startswith(_OF_TOOLS):
            named = (Path(part) for part in value.split(os.pathsep) if os.path.isabs(part))
            yield from (path for path in named if not _holds(path, private))


def _installed(holder: Path, private: set[Path]) -> Path:
    """The folder with packages; of one that is used as it was cloned the whole clone, into which it has links."""
    if holder.name in ("site-packages", "dist-packages"):
        return holder
    clones = (path for path in (holder, *holder.parents) if (path / ".git").exists() and not _holds(path, private))
    return next(clones, holder)


def _holds(path: Path, private: set[Path]) -> bool:
    found = path.resolve()
    return any(found == folder or found in folder.parents for folder in private)


def _links_to(path: Path) -> Iterator[tuple[Path, str]]:
    """The symbolic links on the way to ``path``, and what each says."""
    place, parts, followed = Path(path.anchor), list(path.parts[1:]), 0
    while parts and followed < _MOST_LINKS:
        part = parts.pop(0)
        step = place.parent if part == ".." else place / part
        if not step.is_symlink():
            place = step
            continue
        target = os.readlink(step)
        yield step, target
        followed += 1
        place = Path(Path(target).anchor) if os.path.isabs(target) else place
        parts[:0] = Path(target).parts[1:] if os.path.isabs(target) else Path(target).parts
