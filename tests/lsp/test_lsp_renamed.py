"""Which kernel is a class's own once files have other names than when it was made."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.static.provenance import with_provenance
from kernelagent_lsp.diagnostics.staleness import kernels_of
from kernelagent_lsp.documents.store import DocumentStore
from kernelagent_lsp.edits.kernel_place import KernelPlace, kernel_place
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.edits.plan import Placing
from kernelagent_lsp.edits.sibling import plan_sibling

MODEL = """import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x):
        return x * 2
"""
KERNEL = "from torch import nn\n\n\nclass GateTriton(nn.Module):\n    pass\n"
WIRED = MODEL + "\n\nfrom model_triton import GateTriton as Gate  # noqa: E402, F401, F811\n"


def kernel(folder: Path, name: str = "model_triton.py", source: str = "model.py", text: str = MODEL) -> Path:
    (folder / name).write_text(with_provenance(KERNEL, "GateTriton", source, "Gate", text))
    return folder / name


def found(folder: Path, text: str, name: str = "net.py") -> KernelPlace | None:
    return kernel_place(Neighbours(DocumentStore()), str(folder / name), "Gate", text)


def test_the_one_in_use_comes_before_the_usual_name(tmp_path: Path) -> None:
    old = kernel(tmp_path)
    kernel(tmp_path, "net_triton.py", "net.py")
    place = found(tmp_path, WIRED)
    assert place is not None
    assert place.path == old
    assert place.source(str(tmp_path / "net.py")) == str(tmp_path / "model.py")
    assert not place.is_of_another(str(tmp_path / "net.py"))
    (tmp_path / "model.py").write_text(MODEL)
    assert place.is_of_another(str(tmp_path / "net.py"))


@pytest.mark.parametrize(
    ("source", "made_from", "is_there", "is_its"),
    [
        ("model.py", MODEL, False, True),
        ("model.py", MODEL, True, False),  # a copy: it is the other one's
        ("model.py", MODEL.replace("* 2", "* 3"), False, False),
        ("net.py", MODEL.replace("* 2", "* 3"), True, True),  # the kernel's file has another name
    ],
)
def test_one_that_nothing_names_has_to_fit(
    tmp_path: Path, source: str, made_from: str, is_there: bool, is_its: bool
) -> None:
    file = kernel(tmp_path, source=source, text=made_from)
    if is_there:
        (tmp_path / "model.py").write_text(MODEL)
    place = found(tmp_path, MODEL)
    assert (None if place is None else place.path) == (file if is_its else None)


def stale(path: Path, text: str) -> list[tuple[str, str]]:
    return [(Path(each.uri).name, Path(each.source_uri).name) for each in kernels_of(path.as_uri(), path, text, {})]


def test_staleness_goes_by_what_is_in_use(tmp_path: Path) -> None:
    file = kernel(tmp_path)
    path = tmp_path / "net.py"
    path.write_text(WIRED)
    assert stale(path, WIRED) == [("model_triton.py", "net.py")]
    assert stale(path, MODEL) == []
    assert stale(file, file.read_text()) == []
    inline = MODEL + "\n\n" + file.read_text().partition("\n\n\n")[2]
    assert stale(path, inline) == [("net.py", "net.py")]
    (tmp_path / "model.py").write_text(MODEL)
    assert stale(path, WIRED) == []
    assert stale(tmp_path / "model.py", MODEL) == [("model_triton.py", "model.py")]


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_newer_kernel_goes_where_the_class_has_one(tmp_path: Path, is_ours: bool) -> None:
    file, path = kernel(tmp_path), tmp_path / "net.py"
    placing = Placing(path.as_uri(), str(path), WIRED, "Gate", "GateTriton", KERNEL)
    plan = plan_sibling(DocumentStore(), placing, lambda _: is_ours, file)
    assert Path(plan.path).name == ("model_triton.py" if is_ours else "net_triton.py")
    assert plan.creates is not is_ours
