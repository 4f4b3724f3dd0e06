"""A problem: one module class, how to construct it, what to feed it, and which of its sizes are free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from kernelagent.contract.returned import Returned

Mode = Literal["constructed", "train", "eval"]
Origin = Literal["get_inputs", "pyproject", "directive", "annotations", "option", "subgraph"]


@dataclass(frozen=True)
class ExampleInputs:
    """Where shapes and dtypes come from, as two Python expressions.

    Both are evaluated in the namespace of the user's module, with ``torch`` added. ``inputs`` gives a tuple or list of
    positional arguments of ``forward``, a dict of keyword arguments, or one tensor. ``init`` gives a tuple or list of
    positional, or a dict of keyword, arguments of the class.
    """

    origin: Origin
    init: str
    inputs: str
    line: int | None = None
    """Line of the directive or function in the user's file (1-based), where there is one."""


@dataclass(frozen=True)
class TensorSpec:
    """What is known of a tensor without having it."""

    name: str
    """Path in the call or the state: ``x``, ``states.0``, ``fc1.weight``, ``output.1``."""
    shape: tuple[int, ...]
    dtype: str
    """torch's name without ``torch.``: ``float32``, ``bfloat16``, ``bool`` ..."""
    dims: tuple[str, ...] = ()
    """One expression for each dimension, over the problem's free sizes (``s0``, ``2*s0``) or a plain integer."""
    fill: str = ""
    """How the example filled it, for people: ``rand``, ``randn``, ``randint(0, 10)`` ..."""
    strides: tuple[str, ...] = ()
    """How it lies in memory, one expression for each dimension; empty where it is not known."""
    in_rows: bool = False
    """Those strides are a contiguous tensor's, whatever the sizes."""


@dataclass(frozen=True)
class FreeSize:
    """A size that the module leaves open: ``torch.export`` proved it a symbol, not a number."""

    symbol: str
    example: int
    minimum: int = 1
    maximum: int | None = None
    multiple_of: int = 1
    where: str = ""
    """Where it is seen first, for people: ``x.shape[0]``."""


@dataclass(frozen=True)
class SizeComparison:
    """Of free sizes, which the module's trace relied on and which comes out otherwise at other sizes: ``if n == 64``
    that was false for the example, or a remainder. Ranges and steps of a single size are told by :class:`FreeSize`."""

    holds: str
    """Python over the free sizes, true for the trace: ``s0 != 64``, ``s0 % 64 != 0``."""
    fails: str
    """The same, turned round."""
    fails_at: dict[str, int]
    """Sizes at which it fails, as small as were found."""
    of_shapes: bool = False
    """Whether shapes in the trace rest on it: a slice that ends within its dimension has another length where it does
    not."""


@dataclass(frozen=True)
class ImportedFile:
    """A file of the user's project that the module's file imports, itself or by way of others."""

    path: str
    """Relative to the folder of the module's file."""
    sha256: str


@dataclass(frozen=True)
class DataFile:
    """What the module read while it was imported, constructed or run: a file that is no code, the names in a folder,
    that a file, of code or data, is not there, or that a folder is."""

    path: str
    """Relative to the folder of the module's file."""
    sha256: str = ""
    """Of the file, or of a folder's names; empty where it was not hashed, and for what is absent."""
    unhashed: str = ""
    """Why it was not."""
    kind: Literal["file", "folder", "absent", "there"] = "file"


@dataclass(frozen=True)
class InstalledPackage:
    """A distribution that the module's code has imported, besides PyTorch and Triton."""

    name: str
    version: str
    record: str
    """Its ``RECORD``, the list of its files with their digests. Relative to the folder of the module's file."""
    sha256: str
    """Of its ``RECORD``."""


@dataclass(frozen=True)
class LiveModule:
    """A module that the user's own process had in memory, as it saved it for a worker of its own interpreter. It is
    loaded in place of constructing the class."""

    file: str
    """What ``torch.save`` wrote: a pickle, which runs code when it is loaded. Empty wherever it is written down and
    for a candidate: only a run of the process that saved it may load it."""
    sha256: str
    """Of its weights, structure and attributes."""
    module: str
    """The name by which that process knows the problem's file: ``__main__``, ``models.block``."""
    path: tuple[str, ...] = ()
    """Its ``sys.path``, for what the module is made of."""
    called: str = ""
    """What that process wrote of a call of the module: its inputs and what came. Empty where it was not called, and
    wherever ``file`` is."""
    init_given: bool = False
    """The caller has said what constructs the class, too: the composed module may be constructed so."""


@dataclass(frozen=True)
class Problem:
    """Everything that later stages need to construct the module and to feed it. Holds no tensor."""

    file: str
    """Absolute path of the Python file that defines the class."""
    class_name: str
    line: int
    source_sha256: str
    """Of the file's bytes."""
    example: ExampleInputs
    mode: Mode = "constructed"
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    returned: Returned | None = None
    """How they are put together, where they are not a tensor or a tuple of them."""
    state: tuple[TensorSpec, ...] = ()
    """Parameters and buffers, by their ``state_dict`` keys."""
    updates: tuple[str, ...] = ()
    """Those of ``state`` that a call changes: known once the module has been captured or run."""
    writes: tuple[str, ...] = ()
    """Those of ``inputs`` that a call changes; a module that does so does not export."""
    free_sizes: tuple[FreeSize, ...] = ()
    comparisons: tuple[SizeComparison, ...] = ()
    """All that were found, also those of PyTorch's own (of strides) that change nothing."""
    imports: tuple[ImportedFile, ...] = ()
    """Known once the module has been captured; installed packages are not among them."""
    data: tuple[DataFile, ...] = ()
    """What it read while it was captured."""
    packages: tuple[InstalledPackage, ...] = ()
    """What it has imported of what is installed."""
    random: bool = False
    """It draws random numbers while it runs: known once it has been captured."""
    decides_by_mode: bool = False
    """In its other mode, of training or of evaluation, it does something else: known once it has been captured."""
    work: str = ""
    """What it takes Triton's interpreter, in multiplications of tiles, as an expression over the free sizes: known once
    it has been captured."""
    not_exported: str = ""
    """Why the module does not export, where it does not: it was learned by running it, and has no graph."""
    text_file: str = ""
    """Where the text is read from (an editor's unsaved buffer, a run directory's copy); empty: ``file`` itself."""
    by_model: bool = False
    """A language model wrote the file: it is run in the sandbox alone."""
    import_root: str = ""
    """Folder to put first on ``sys.path`` so that the file's own imports work; empty: the file's folder."""
    live: LiveModule | None = None
    """A live module is meant, not what its class constructs."""
    max_specimen_bytes: int = 1 << 28
    """Largest total of inputs that is ever made for real on a CPU; larger ones are shrunk along free sizes."""

    def without_live_file(self) -> Problem:
        """As it may be written down, and given to who must not load a pickle."""
        return self if self.live is None else replace(self, live=replace(self.live, file="", called=""))

    @property
    def private_files(self) -> tuple[str, ...]:
        """Files whose folders a candidate must not see."""
        return (self.file,) if self.live is None or not self.live.file else (self.file, self.live.file)
