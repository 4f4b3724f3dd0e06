"""Where a kernel is put in a class's place, the class's file works in every way in which it worked before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kernelagent.static.wiring import IN_PACKAGE, is_wired, originals, unwired, wiring_of
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.edits.plan import EditPlan
from kernelagent_lsp.edits.wiring import plan_unwired, plan_wired

CLASS = """class Gate:
    pass
"""
KERNEL = """class GateTriton:
    pass
"""
MAIN = """

if __name__ == "__main__":
    print(Gate.__name__)
"""
SHOWN = """

print(Gate.__name__)
"""
WAYS = {
    "script": ["kit/nets/gate.py"],
    "module": ["-m", "kit.nets.gate"],
    "imported": ["-c", "import kit.nets.gate as gate; print(gate.Gate.__name__)"],
    "in its folder": ["-c", "import sys; sys.path[0] = 'kit/nets'; import gate; print(gate.Gate.__name__)"],
    "below its root": ["-c", "import sys; sys.path[0] = 'kit'; import nets.gate as gate; print(gate.Gate.__name__)"],
    "script of an installed package": ["kit/nets/gate.py"],
}
INSTALLED = "script of an installed package"

BOTH = f"if {IN_PACKAGE}:  # as a part of its package\n    from .gate_triton"
RELATIVE, PLAIN, FULL = "from .gate_triton", "from gate_triton", "from kit.nets.gate_triton"


def made(root: Path, text: str, *, packages: bool) -> Path:
    """``kit/nets/gate.py`` with neighbours to import from."""
    folder = root / "kit" / "nets"
    folder.mkdir(parents=True)
    for each in (folder.parent, folder) if packages else ():
        (each / "__init__.py").touch()
    for place in (folder / "norm.py", folder / "types.py", folder.parent / "base.py"):
        place.write_text("Norm = 1\n")
    (folder / "gate_triton.py").write_text(KERNEL)
    path = folder / "gate.py"
    path.write_text(text)
    return path


def document(path: Path, text: str) -> Document:
    return Document(path.as_uri(), "python", 1, text, Encoding.UTF16)


def wired(path: Path, text: str) -> str:
    plan = plan_wired(document(path, text), str(path), "Gate", "GateTriton", path.with_name("gate_triton.py"))
    assert isinstance(plan, EditPlan)
    return plan.after


def ways_that_work(root: Path) -> dict[str, str]:
    """What each of ``WAYS`` prints, of those that get to their end."""
    found = {}
    for name, way in WAYS.items():
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
        if name == INSTALLED:
            environment["PYTHONPATH"] = str(root)
        done = subprocess.run(
            [sys.executable, *way], cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode == 0:
            found[name] = done.stdout.strip()
    return found


@pytest.mark.parametrize(
    ("above", "below", "packages", "statement"),
    [
        ("", MAIN, True, BOTH),
        ("", SHOWN, True, BOTH),
        ("import kit\n\n\n", MAIN, True, BOTH),  # a package of that name may be anywhere
        ("from norm import Norm\n\n\n", "", True, BOTH),
        ("try:\n    from .norm import Norm\nexcept ImportError:\n    from norm import Norm\n\n\n", MAIN, True, BOTH),
        ("TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from .norm import Norm\n\n\n", MAIN, True, BOTH),
        ("from .norm import Norm\n\n\n", MAIN, True, RELATIVE),
        ("from ..base import Norm\n\n\n", SHOWN, True, RELATIVE),
        ("from kit.nets.norm import Norm\n\n\n", MAIN, True, FULL),
        ("from kit import base\n\n\n", MAIN, True, FULL),
        ("import kit.base\n\n\n", "", True, FULL),
        ("import kit.nets.norm\n\n\n", MAIN, False, FULL),
        ("from nets.norm import Norm\n\n\n", SHOWN, False, "from nets.gate_triton"),
        ("from norm import Norm\n\n\n", MAIN, False, PLAIN),
    ],
)
def test_what_worked_goes_on_and_gets_the_kernel(
    tmp_path: Path, above: str, below: str, packages: bool, statement: str
) -> None:
    text = above + CLASS + below
    path = made(tmp_path, text, packages=packages)
    before = ways_that_work(tmp_path)
    assert "Gate" in "".join(before.values())
    after = wired(path, text)
    assert f"\n{statement}" in after
    path.write_text(after)
    assert ways_that_work(tmp_path) == {way: shown.replace("Gate", "GateTriton") for way, shown in before.items()}


@pytest.mark.parametrize(
    ("above", "below", "packages", "statement", "way"),
    [
        ("", "", True, RELATIVE, "imported"),
        ("import types\n\n\n", "", True, RELATIVE, "below its root"),  # of the standard library
        ("", MAIN, False, PLAIN, "script"),
    ],
)
def test_a_file_that_shows_no_other_way_is_imported_as_files_of_its_place_are(
    tmp_path: Path, above: str, below: str, packages: bool, statement: str, way: str
) -> None:
    path = made(tmp_path, above + CLASS + below, packages=packages)
    after = wired(path, above + CLASS + below)
    assert f"\n{statement}" in after
    path.write_text(after)
    assert "GateTriton" in ways_that_work(tmp_path)[way]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("below", ["", "\n", "\n\nlast = 1\n", "# The end.\n"])
def test_the_longer_form_is_read_and_taken_back_as_one(tmp_path: Path, newline: str, below: str) -> None:
    text = (CLASS + MAIN + below).replace("    pass", "\tpass").replace("\n", newline)
    path = made(tmp_path, text, packages=True)
    after = wired(path, text)
    assert f"else:{newline}\t{PLAIN} " in after  # the file's own indentation
    found = wiring_of(after, "Gate")
    assert found is not None
    assert (found.entry, found.module, found.is_in_force) == ("GateTriton", "gate_triton", True)
    assert wiring_of(originals(after), "Gate") is None
    assert originals(after).split(newline)[found.end_line :] == after.split(newline)[found.end_line :]
    assert wired(path, after) == after
    plan = plan_unwired(document(path, after), str(path), "Gate")
    assert isinstance(plan, EditPlan)
    assert plan.after == unwired(after) == text


@pytest.mark.parametrize(
    "form",
    [
        "if torch:\n    from .a import GateTriton as Gate\nelse:\n    from a import GateTriton as Gate\n",
        f"if {IN_PACKAGE}:\n    from .a import GateTriton as Gate\n",
        f"if {IN_PACKAGE}:\n    from .a import GateTriton as Gate\nelse:\n    from b import GateTriton as Gate\n",
        f"if {IN_PACKAGE}:\n    from .a import GateTriton as Gate\nelse:\n    Gate = GateTriton\n",
        f"if {IN_PACKAGE}:\n    from .a import GateTriton as Gate\nelse:\n    from a import FastGate as Gate\n",
    ],
)
def test_a_choice_of_somebody_s_own_is_not_taken_for_one(form: str) -> None:
    assert not is_wired(CLASS + form, "Gate")
    assert unwired(CLASS + form) == CLASS + form
