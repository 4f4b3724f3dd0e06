"""The drop-in class takes what the user's class takes, from whichever file of the project that comes, and refuses what
the kernels were not made for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "pk/__init__.py": "from .layers import Scale\n",
    "pk/config.py": (
        "import enum\nfrom dataclasses import dataclass\n\n\nclass Kind(enum.Enum):\n    ONE = 1\n    TWO = 2\n\n\n"
        "@dataclass\nclass Config:\n    width: int = 6\n    gain: float = 2.0\n"
    ),
    "pk/sizes.py": "import math\n\nWIDE = int(math.sqrt(36))\n",
    "pk/layers.py": (
        "import torch\nfrom torch import nn\n\nfrom .sizes import WIDE as W\n\n\n"
        "class Scale(nn.Module):\n    def __init__(self, n=W):\n        super().__init__()\n"
        "        self.by = nn.Parameter(torch.ones(n))\n\n    def forward(self, x):\n        return x * self.by\n\n\n"
        "class Base(nn.Module):\n    def __init__(self, gain, *, shift=1.0):\n        super().__init__()\n"
        "        self.gain, self.shift, self.scale = gain, shift, Scale()\n"
    ),
}
HEAD = "import torch\nfrom torch import nn\n"
PLAIN = (
    "class Net(nn.Module):\n    def __init__(self, {takes}):\n        super().__init__()\n        {body}\n\n"
    "    def forward(self, x):\n        return self.scale(x) * self.gain\n"
)
SCRIPT = """
import importlib, json, os, sys
from pathlib import Path
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.problem import build_model
from kernelagent.worker.synth.compose.file import compose_file
from kernelagent.worker.synth.lowering import WHOLE
from kernelagent.worker.synth.synthesize import synthesize

def told(folder, init, others):
    for name in [name for name in sys.modules if name.partition(".")[0] in ("pk", "made")]:
        del sys.modules[name]
    os.chdir(folder)
    sys.path[:] = [folder, *(entry for entry in sys.path if not entry.startswith(ROOT))]
    importlib.invalidate_caches()
    file = Path("pk/net.py").absolute()
    problem = Problem(str(file), "Net", 0, "", ExampleInputs("option", init, "(torch.rand(4, 6),)"))
    problem, graph = capture(problem, WHOLE)
    text = compose_file(synthesize(graph), problem, file.read_text()).text
    Path("made.py").write_text(text)
    model = build_model(problem)
    import made, pk.config
    scope = {**vars(pk.config), "New": made.NetTriton}
    keys = list(made.NetTriton(*eval(init, scope)).state_dict())

    def outcome(call):
        try:
            found = eval(call, scope)
        except (TypeError, ValueError) as exc:
            return str(exc)
        return "nan" if any(p.isnan().any() for p in found.parameters()) else "made"

    same = keys == list(model.state_dict())
    copied, outcomes = "declared here instead" not in text, [outcome(other) for other in others]
    return {"copied": copied, "keys": same, "outcomes": outcomes, "text": text}

ROOT = os.getcwd()
print(json.dumps({name: told(*given) for name, given in json.load(sys.stdin).items()}))
"""
LAYERS = {
    "from .layers import Scale": "Scale()",
    "from pk.layers import Scale as Times": "Times()",
    "from . import Scale": "Scale()",
    "from pk import Scale as Times": "Times()",
}
OTHER_LAYERS = {
    imported: (
        imported + "\n\n\n" + PLAIN.format(takes="gain=2.0", body=f"self.gain, self.scale = gain, {scale}"),
        "(2.0,)",
        ("New()", "New(5.0)"),
    )
    for imported, scale in LAYERS.items()
}
CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    **OTHER_LAYERS,
    "configuration": (
        "from .config import Config\nfrom .layers import Scale\n\n\n"
        + PLAIN.format(takes="config", body="self.gain, self.scale = config.gain, Scale(config.width)"),
        "(Config(),)",
        ("New(Config())", "New(Config(gain=5.0))", "New()"),
    ),
    "inherited": (
        "from .layers import Base as B\n\n\nclass Net(B):\n    def forward(self, x):\n"
        "        return self.scale(x) * self.gain + self.shift\n",
        "(2.0,)",
        ("New(2.0)", "New(gain=2.0, shift=1.0)", "New(3.0)", "New(2.0, shift=0.0)", "New()"),
    ),
    "dataclass": (
        "from dataclasses import dataclass\n\nfrom .layers import Scale\n\n\n"
        "@dataclass(eq=False)\nclass Net(nn.Module):\n    gain: float = 1.0\n\n    def __post_init__(self):\n"
        "        super().__init__()\n        self.scale = Scale()\n\n"
        "    def forward(self, x):\n        return self.scale(x) * self.gain\n",
        "(2.0,)",
        ("New(2.0)", "New()"),
    ),
    "not copied": (
        "import numpy\n\nfrom .config import Kind\nfrom .layers import Scale\n\n\n"
        + PLAIN.format(
            takes="gain, kind, act=nn.ReLU",
            body="self.gain, self.scale = gain * float(numpy.float32(kind.value)), Scale()",
        ),
        "(2.0, Kind.TWO)",
        (
            *("New(2.0, Kind.TWO)", "New(gain=2.0, kind=Kind.TWO)", "New(2.0, Kind.ONE)", "New(3.0, Kind.TWO)"),
            "New(kind=Kind.TWO)",
        ),
    ),
    "methods": (
        "from .config import Config\nfrom .layers import Scale\n\n\n"
        + PLAIN.format(takes="gain=2.0", body="self.gain, self.scale = gain, Scale()")
        + "\n    @classmethod\n    def make(cls):\n        return cls()\n"
        "\n    @property\n    def config(self):\n        return Config(gain=self.gain)\n"
        "\n    @config.setter\n    def config(self, value):\n        self.gain = value.gain\n"
        "\n    def norm(self):\n        return self.scale.by.norm()\n"
        "\n    def another(self):\n        return Net()\n",
        "()",
        ("New.make()", "New() if New().config.gain == 2.0 else None", "hasattr(New, 'norm') or New()"),
    ),
    "untold": (
        "from .layers import Scale\n\n\ndef half(x):\n    return x / 2\n\n\n"
        + PLAIN.format(takes="by, *more", body="self.gain, self.scale = by(sum(more)), Scale()"),
        "(lambda x: x / 2, 1.0, 3.0)",
        (),
    ),
    "decorated": (
        "import numpy\nfrom .layers import Scale\n\nKNOWN = {}\n\n\ndef known(name):\n    def enter(cls):\n"
        "        if name in KNOWN:\n            raise KeyError(name)\n        KNOWN[name] = cls, numpy.float32(1)\n"
        "        return cls\n\n    return enter\n\n\n@known('net')\n"
        + PLAIN.format(takes="gain=2.0", body="self.gain, self.scale = gain, Scale()"),
        "(2.0,)",
        ("New()", "New(5.0)"),
    ),
    "two meanings": (
        "from .layers import Base\n\n\nclass Scale(nn.Module):\n    pass\n\n\nclass Net(Base):\n"
        "    def __init__(self):\n        super().__init__(2.0)\n        self.other = Scale()\n\n"
        "    def forward(self, x):\n        return self.scale(x) * self.gain\n",
        "()",
        (),
    ),
}
INDENTED = {
    f"{case}, by {unit!r}": (text.replace("    ", unit), init, others)
    for case in ("configuration", "inherited", "dataclass", "methods")
    for unit in ("\t", "  ")
    for text, init, others in [CASES[case]]
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("constructors")
    asked = {}
    for number, (name, (text, init, others)) in enumerate({**CASES, **INDENTED}.items()):
        for path, content in {**FILES, "pk/net.py": HEAD + text}.items():
            (root / str(number) / path).parent.mkdir(parents=True, exist_ok=True)
            (root / str(number) / path).write_text(content, encoding="utf-8")
        asked[name] = (str(root / str(number)), init, others)
    pipeline = Path(__file__).resolve().parents[2] / "pipeline"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(pipeline), "TRITON_INTERPRET": "1"},
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", CASES)
def test_it_loads_what_the_users_class_saves(name: str, told: dict[str, Any]) -> None:
    assert told[name]["keys"]


@pytest.mark.parametrize("name", CASES)
def test_it_is_copied_where_it_can_be(name: str, told: dict[str, Any]) -> None:
    assert told[name]["copied"] == (name not in ("not copied", "two meanings"))


def test_a_configuration_is_that_of_the_example(told: dict[str, Any]) -> None:
    right, other, none = told["configuration"]["outcomes"]
    assert (right, other) == ("made", "these kernels are for Net(config=Config(width=6, gain=2.0), ...)")
    assert "config" in none


@pytest.mark.parametrize("imported", LAYERS)
def test_a_layer_of_another_file_is_made_as_it_was(imported: str, told: dict[str, Any]) -> None:
    assert told[imported]["outcomes"] == ["made", "these kernels are for Net(gain=2.0, ...)"]


def test_a_constructor_that_is_inherited_refuses_too(told: dict[str, Any]) -> None:
    outcomes = told["inherited"]["outcomes"]
    gain, shift = "these kernels are for Net(gain=2.0, ...)", "these kernels are for Net(shift=1.0, ...)"
    assert outcomes == ["made", "made", gain, shift, gain]


def test_a_dataclass_refuses_too(told: dict[str, Any]) -> None:
    assert told["dataclass"]["outcomes"] == ["made", "these kernels are for Net(gain=2.0, ...)"]


def test_what_is_not_copied_refuses_too_and_holds_no_numbers(told: dict[str, Any]) -> None:
    gain, kind = "these kernels are for Net(gain=2.0, ...)", "these kernels are for Net(kind=<Kind.TWO: 2>, ...)"
    assert told["not copied"]["outcomes"] == ["nan", "nan", kind, gain, gain]


def test_other_methods_come_along_but_for_those_that_compute(told: dict[str, Any]) -> None:
    assert told["methods"]["outcomes"] == ["made", "made", "made"]
    assert "lean on more than can be copied: norm, another." in told["methods"]["text"]


def test_what_cannot_be_told_from_another_is_named(told: dict[str, Any]) -> None:
    assert "# Made for the example's by, more: another cannot be told from it" in told["untold"]["text"]


def test_what_a_decorator_does_is_left_to_the_class_and_named(told: dict[str, Any]) -> None:
    assert told["decorated"]["outcomes"] == ["made", "these kernels are for Net(gain=2.0, ...)"]
    assert "may take no second class: @known('net').\n" in told["decorated"]["text"]
    assert "KNOWN" not in told["decorated"]["text"]


@pytest.mark.parametrize("name", INDENTED)
def test_it_is_the_same_however_the_file_is_indented(name: str, told: dict[str, Any]) -> None:
    assert told[name] == told[name.partition(",")[0]]
