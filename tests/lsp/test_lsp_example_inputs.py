"""The directive that "Add example inputs" writes: each class in, the line above it out."""

from __future__ import annotations

import re

import pytest
from kernelagent_lsp.actions import add_example_inputs
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.edits.example_inputs import has_directive, plan_directive
from kernelagent_lsp.edits.plan import EditPlan, Impossible
from kernelagent_lsp.modules import ModuleIndex

HEAD = "import torch\nfrom torch import nn\n\n\n"


def planned(text: str, name: str) -> EditPlan | Impossible:
    document = Document("file:///m.py", "python", 3, text, Encoding.UTF16)
    return plan_directive(document, ModuleIndex().of(document).named(name))


def classes_in_docstring() -> list[tuple[str, ...]]:
    """The action's own before and after."""
    match = re.search(r"before:\n(.*)after:\n(.*)", add_example_inputs.__doc__ or "", re.DOTALL)
    assert match is not None
    return [tuple(re.sub(r"^    ", "", part, flags=re.MULTILINE).strip() + "\n" for part in match.groups())]


@pytest.mark.parametrize(("before", "after"), classes_in_docstring())
def test_the_action_does_what_its_header_says(before: str, after: str) -> None:
    plan = planned(HEAD + before, "Scale")
    assert isinstance(plan, EditPlan)
    assert plan.after == HEAD + after
    assert plan.version == 3


CASES = [
    ("def forward(self, x): ...", "inputs=(torch.randn(8, 64),), init=()"),
    ("def forward(self, x, y=None, *, z=1): ...", "inputs=(torch.randn(8, 64),), init=()"),
    ("def forward(self): ...", "inputs=(), init=()"),
    (
        "def __init__(self, d_in, d_out):\n        self.fc = nn.Linear(d_in, d_out)\n    def forward(self, x): ...",
        "inputs=(torch.randn(8, 64),), init=(64, 64)",
    ),
    (
        "def __init__(self):\n        self.fc = nn.Linear(48, 3)\n    def forward(self, x): ...",
        "inputs=(torch.randn(8, 48),), init=()",
    ),
    (
        "def __init__(self, channels, kernel_size: int = 3):\n        self.c = torch.nn.Conv2d(channels, 8, 3)\n"
        "    def forward(self, image): ...",
        "inputs=(torch.randn(8, 64, 16, 16),), init=(64,)",
    ),
    (
        "def __init__(self, vocab_size, dim, eps: float):\n        self.e = nn.Embedding(vocab_size, dim)\n"
        "    def forward(self, ids, mask): ...",
        "inputs=(torch.randint(0, 100, (8, 16)), torch.ones(8, 16, dtype=torch.bool)), init=(1000, 64, 1e-5)",
    ),
    ("def forward(self, x: torch.Tensor, n: int): ...", "inputs=(torch.randn(8, 64), 1), init=()"),
]


@pytest.mark.parametrize(("body", "directive"), CASES)
def test_guesses(body: str, directive: str) -> None:
    plan = planned(f"{HEAD}class A(nn.Module):\n    {body}\n", "A")
    assert isinstance(plan, EditPlan)
    assert plan.edits[0].new_text == f"# kernelagent: {directive}\n"


def test_the_directive_stands_above_decorators_indented_with_the_lines_end() -> None:
    text = (
        "from torch import nn\r\nclass O:\r\n    @mark\r\n    class A(nn.Module):\r\n        def forward(self): ...\r\n"
    )
    plan = planned(text, "O.A")
    assert isinstance(plan, EditPlan)
    assert plan.after.split("\r\n")[2:4] == ["    # kernelagent: inputs=(), init=()", "    @mark"]


def test_a_directive_is_not_written_twice() -> None:
    text = HEAD + "# kernelagent: inputs=(1,)\n# more\n@mark\nclass A(nn.Module):\n    def forward(self, x): ...\n"
    document = Document("file:///m.py", "python", 3, text, Encoding.UTF16)
    assert has_directive(document, 8)
    assert isinstance(planned(text, "A"), Impossible)
