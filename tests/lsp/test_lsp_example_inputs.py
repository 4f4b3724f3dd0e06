"""The directive that "Add example inputs" writes: each class in, the line above it out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kernelagent.driver.directive_faults import faults
from kernelagent.driver.target import modules_in
from kernelagent_lsp.actions import add_example_inputs
from kernelagent_lsp.diagnostics.board import part_range
from kernelagent_lsp.diagnostics.of_directive import place_of_error
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.edits.example_inputs import has_directive, plan_directive
from kernelagent_lsp.edits.plan import EditPlan, Impossible
from kernelagent_lsp.guessing.directive import guess_for
from kernelagent_lsp.modules import ModuleIndex

HEAD = "import torch\nfrom torch import nn\n\n\n"


def planned(text: str, name: str) -> EditPlan | Impossible:
    document = Document("file:///m.py", "python", 3, text, Encoding.UTF16)
    module = ModuleIndex().of(document).named(name)
    guessed = None if module is None else guess_for(text, module.line)
    return plan_directive(document, module, guessed)


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
        "inputs=(torch.randint(0, 1000, (8, 16)), torch.ones(8, 16, dtype=torch.bool)), init=(1000, 64, 1e-5)",
    ),
    (
        "def forward(self, *xs): return torch.cat(xs, dim=-1)",
        "inputs=(torch.randn(8, 64), torch.randn(8, 64)), init=()",
    ),
    (
        "def __init__(self):\n        self.f = nn.Linear(48, 3)\n"
        "    def forward(self, *xs): return sum(self.f(x) for x in xs)",
        "inputs=(torch.randn(8, 48), torch.randn(8, 48)), init=()",
    ),
    (
        "def __init__(self):\n        self.f = nn.Conv2d(3, 8, 3)\n    def forward(self, *xs): return self.f(*xs)",
        "inputs=(torch.randn(8, 3, 16, 16),), init=()",
    ),
    (
        "def forward(self, *xs):\n        n, c, h, w = xs[0].shape\n        return xs[0] * xs[2].mean()",
        "inputs=(torch.randn(8, 64, 16, 16), torch.randn(8, 64), torch.randn(8, 64)), init=()",
    ),
    (
        "def forward(self, *xs, eps=1e-5):\n        a, b, c = xs\n        return a + b + c",
        "inputs=(torch.randn(8, 64), torch.randn(8, 64), torch.randn(8, 64)), init=()",
    ),
    ("def forward(self, x, *xs): return x", "inputs=(torch.randn(8, 64),), init=()"),
    ("def forward(self, x: torch.Tensor, n: int): ...", "inputs=(torch.randn(8, 64), 1), init=()"),
]


@pytest.mark.parametrize(("body", "directive"), CASES)
def test_guesses(body: str, directive: str) -> None:
    plan = planned(f"{HEAD}class A(nn.Module):\n    {body}\n", "A")
    assert isinstance(plan, EditPlan)
    assert plan.edits[0].new_text == f"# kernelagent: {directive}\n"


@pytest.mark.parametrize("body", ["def forward(self, *xs): return self.w", "def forward(self, *xs): ..."])
def test_what_says_nothing_of_its_inputs_is_left_to_its_author(body: str) -> None:
    plan = planned(f"{HEAD}class A(nn.Module):\n    {body}\n", "A")
    assert isinstance(plan, Impossible)
    assert "*xs" in plan.reason


def test_a_call_says_what_the_body_does_not() -> None:
    called = "A()(torch.randn(3, 5))\n"
    assert directive_for(f"{HEAD}class A(nn.Module):\n    def forward(self, *xs): ...\n\n\n{called}").startswith(
        "inputs=(torch.randn(3, 5),)"
    )


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


def directive_for(text: str, name: str = "A", path: Path | None = None) -> str:
    line = next(number for number, each in enumerate(text.split("\n"), 1) if each.startswith(f"class {name}"))
    guessed = guess_for(text, line, path)
    assert guessed is not None
    return f"inputs={guessed.inputs}, init={guessed.init}"


def init(body: str, parameters: str = "self") -> str:
    return f"    def __init__({parameters}):\n        super().__init__()\n" + "".join(
        f"        {line}\n" for line in body.split("; ")
    )


LENET = """
        x = torch.max_pool2d(torch.relu(self.c(x)), 2)
        x = torch.max_pool2d(torch.relu(self.d(x)), 2)
        return self.fc(x.view(-1, 16 * 5 * 5))
"""
NUMPY = '''
        """Attends.

        Parameters
        ----------
        x : torch.Tensor
            Input of shape (batch, seq, 32).
        idx : torch.LongTensor of shape (batch, seq)
        """
'''
GOOGLE = '''
        """Attends.

        Args:
            q: queries (batch, heads, length, 24)
            k (Tensor): keys [batch, heads, length, 24]
        """
'''
FOLLOWED = {
    "a shape that is unpacked": (
        init("self.qkv = nn.Linear(n_embd, 3 * n_embd); self.h = n_head", "self, n_embd, n_head")
        + "    def forward(self, x):\n        B, T, C = x.size()\n        q, k, v = self.qkv(x).split(C, dim=2)\n"
        "        return q.view(B, T, self.h, C // self.h).transpose(1, 2)\n",
        "inputs=(torch.randn(8, 16, 64),), init=(64, 4)",
    ),
    "height and width that fit what is flattened": (
        init("self.c = nn.Conv2d(1, 6, 5); self.d = nn.Conv2d(6, 16, 5); self.fc = nn.Linear(16 * 5 * 5, 10)")
        + f"    def forward(self, x):{LENET}",
        "inputs=(torch.randn(8, 1, 32, 32),), init=()",
    ),
    "jaxtyping, one size for a name": (
        '    def forward(self, x: Float[Tensor, "b t 48"], m: Bool[Tensor, "b t"]): ...\n',
        "inputs=(torch.randn(8, 16, 48), torch.ones(8, 16, dtype=torch.bool)), init=()",
    ),
    "NumPy's docstrings": (
        f"    def forward(self, x, idx):{NUMPY}",
        "inputs=(torch.randn(8, 16, 32), torch.randint(0, 10, (8, 16))), init=()",
    ),
    "Google's docstrings": (
        f"    def forward(self, q, k):{GOOGLE}",
        "inputs=(torch.randn(8, 64, 16, 24), torch.randn(8, 64, 16, 24)), init=()",
    ),
    "torch's docstrings": (
        '    """Shape:\n        - Input: :math:`(N, C_{in}, H, W)`\n        - Output: :math:`(N, C)`\n    """\n'
        "    def forward(self, x): ...\n",
        "inputs=(torch.randn(8, 64, 16, 16),), init=()",
    ),
    "a comment": (
        "    def forward(self, x):  # (B, T, 48)\n        return x\n",
        "inputs=(torch.randn(8, 16, 48),), init=()",
    ),
    "a docstring that the code does not bear out": (
        '    def forward(self, x):\n        """x: (batch, dim)"""\n        b, c, h, w = x.shape\n        return x\n',
        "inputs=(torch.randn(8, 64, 16, 16),), init=()",
    ),
    "a product with a parameter, and what is added to it": (
        init("self.w = nn.Parameter(torch.randn(d, 24))", "self, d")
        + "    def forward(self, x, y):\n        return x @ self.w + y\n",
        "inputs=(torch.randn(8, 64), torch.randn(8, 24)), init=(64,)",
    ),
    "indices below the embedding's size, at both": (
        init("self.e = nn.Embedding(50, 16)") + "    def forward(self, idx, mask):\n        b, t = idx.shape\n"
        "        return self.e(idx).masked_fill(mask.unsqueeze(-1), 0)\n",
        "inputs=(torch.randint(0, 50, (8, 16)), torch.ones(8, 16, dtype=torch.bool)), init=()",
    ),
    "a mask over scores": (
        init("self.q = nn.Linear(48, 48)") + "    def forward(self, x, mask):\n        b, t, c = x.shape\n"
        "        return (self.q(x) @ x.transpose(1, 2)).masked_fill(mask, 0)\n",
        "inputs=(torch.randn(8, 16, 48), torch.ones(8, 16, 16, dtype=torch.bool)), init=()",
    ),
    "a recurrence with its state": (
        init("self.l = nn.LSTM(10, 20, batch_first=True)")
        + "    def forward(self, x, state):\n        h, c = state\n        return self.l(x, (h, c))\n",
        "inputs=(torch.randn(8, 16, 10), (torch.randn(1, 8, 20), torch.randn(1, 8, 20))), init=()",
    ),
    "defaults": (
        init("self.l = nn.Linear(width, 3)", "self, width=32")
        + "    def forward(self, x, scale=None):\n        return self.l(x)\n",
        "inputs=(torch.randn(8, 32),), init=()",
    ),
    "arguments that go by name only": (
        init("self.l = nn.Linear(dim, dim)", "self, *, dim")
        + "    def forward(self, *, x):\n        return self.l(x)\n",
        "inputs={'x': torch.randn(8, 64)}, init={'dim': 64}",
    ),
    "sizes that are counted": (
        init("self.l = nn.Linear(40, 40); self.h = 4")
        + "    def forward(self, x):\n        b, n, _, h = *x.shape, self.h\n        return self.l(x)\n",
        "inputs=(torch.randn(8, 16, 40),), init=()",
    ),
    "an assertion": (
        init("self.l = nn.Linear(40, 40)")
        + "    def forward(self, x):\n        assert x.dim() == 3\n        return self.l(x)\n",
        "inputs=(torch.randn(8, 16, 40),), init=()",
    ),
    "einops' patterns": (
        init("self.l = nn.Linear(48, 48)") + "    def forward(self, x):\n"
        "        return self.l(rearrange(x, 'b c (h p) (w q) -> b (h w) (p q c)', p=4, q=4))\n",
        "inputs=(torch.randn(8, 3, 16, 16),), init=()",
    ),
    "settings objects": (
        init("self.l = nn.Linear(config.n_embd, 3)", "self, config")
        + "    def forward(self, x):\n        return self.l(x)\n",
        "inputs=(torch.randn(8, 64),), init=(__import__('types').SimpleNamespace(n_embd=64),)",
    ),
    "a reduction over sizes that are kept, before a layer that says how many there are": (
        init("self.a = nn.Conv2d(width, width, 1)", "self, width")
        + "    def forward(self, x):\n        return x * self.a(x.mean(dim=(2, 3), keepdim=True))\n",
        "inputs=(torch.randn(8, 64, 16, 16),), init=(64,)",
    ),
    "a reduction over sizes that go, before a layer": (
        init("self.a = nn.GRUCell(24, 40)") + "    def forward(self, x):\n        return self.a(x.amax(dim=(1, 3)))\n",
        "inputs=(torch.randn(8, 64, 24, 16),), init=()",
    ),
    "a loop over time": (
        init("self.cell = nn.GRUCell(24, 40)")
        + "    def forward(self, x, h=None):\n        for t in range(x.shape[1]):\n"
        "            h = self.cell(x[:, t], h)\n        return h\n",
        "inputs=(torch.randn(8, 16, 24),), init=()",
    ),
    "indices of what is added": (
        init("self.l = nn.Linear(48, 12)") + "    def forward(self, h, edges):\n        src, dst = edges\n"
        "        m = self.l(torch.cat([h[src], h[dst]], dim=-1))\n"
        "        return torch.zeros(h.size(0), m.size(1)).index_add(0, dst, m)\n",
        "inputs=(torch.randn(8, 24), (torch.randint(0, 8, (64,)), torch.randint(0, 8, (64,)))), init=()",
    ),
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_what_the_class_does_and_says(case: str) -> None:
    body, directive = FOLLOWED[case]
    assert directive_for(f"{HEAD}class A(nn.Module):\n{body}") == directive


BLOCK = (
    f"{HEAD}class A(nn.Module):\n"
    + init("self.l = nn.Linear(dim, dim)", "self, dim, heads=4")
    + ("    def forward(self, x):\n        return self.l(x)\n\n\n")
)
CALLED = {
    "in the file": (
        "WIDTH = 96\nif __name__ == '__main__':\n    device = 'cuda'\n    m = A(WIDTH, heads=8).to(device)\n"
        "    x = torch.randn(4, 10, WIDTH, device=device)\n    m(x)\n",
        "inputs=(torch.randn(4, 10, 96),), init={'dim': 96, 'heads': 8}",
    ),
    "in one breath": ("print(A(32)(torch.randn(2, 32)).shape)\n", "inputs=(torch.randn(2, 32),), init=(32,)"),
    "only made": (
        "class C:\n    def make(self):\n        return A(24, 3)\n",
        "inputs=(torch.randn(8, 24),), init=(24, 3)",
    ),
    "with what is not known here": (
        "def f(width, batch):\n    return A(width)(batch)\n",
        "inputs=(torch.randn(8, 64),), init=(64,)",
    ),
    "with a star": ("def f(*args):\n    return A(*args)(*args)\n", "inputs=(torch.randn(8, 64),), init=(64,)"),
    "as it was before": ("A(1, 2, 3, 4)(torch.randn(1))\n", "inputs=(torch.randn(8, 64),), init=(64,)"),
}


@pytest.mark.parametrize("case", CALLED)
def test_calls_of_the_class(case: str) -> None:
    calls, directive = CALLED[case]
    assert directive_for(BLOCK + calls) == directive


def test_calls_in_other_files_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "tests").mkdir()
    path = tmp_path / "blocks.py"
    path.write_text(BLOCK)
    (tmp_path / "other.py").write_text("class A: ...\nA(1)(torch.randn(7))\n")
    (tmp_path / "tests/test_blocks.py").write_text(
        "import torch\nfrom blocks import A\n\n\ndef test_it():\n"
        "    model = A(dim=48)\n    x = torch.rand(2, 48)\n    model(x)\n"
    )
    assert directive_for(BLOCK, path=path) == "inputs=(torch.rand(2, 48),), init={'dim': 48}"


def test_the_snippet_is_the_same_text_with_places() -> None:
    plan = planned(f"{HEAD}class A(nn.Module):\n    def forward(self, x): ...\n", "A")
    assert isinstance(plan, EditPlan)
    assert plan.snippets[0].snippet.value == "# kernelagent: inputs=(torch.randn(${1:8}, ${2:64}),), init=()\n"


CLASS = "class A(nn.Module):\n    def __init__(self, d): ...\n    def forward(self, x, y=None): ...\n"
FAULTS = [
    ("input=(torch.randn(3),)", "input", "BadExampleInputs", "knows init, inputs, mode"),
    ("inputs=(torch.randn(8,", "(torch.randn(8,", "BadExampleInputs", "was never closed"),
    ("inputs=8, init=(1,)", "8", "BadExampleInputs", "no tuple"),
    ("torch.randn(8)", "torch.randn(8)", "BadExampleInputs", "has no name"),
    ("inputs=(np.zeros(3),), init=(1,)", "np", "BadExampleInputs", "does not define"),
    ("inputs=(1, 2, 3)", "(1, 2, 3)", "InputsDoNotFit", "3 are given, and it takes 2"),
    ("inputs={'z': 1}", "{'z': 1}", "InputsDoNotFit", "it takes no z"),
    ("inputs=()", "()", "InputsDoNotFit", "x is missing"),
    ("init=(1, 2)", "(1, 2)", "InitFailed", "2 are given, and it takes 1"),
    ("mode=evil", "evil", "BadExampleInputs", "train, eval"),
    ("inputs=(torch.randn(1),),\n#    init=(q,)", "q", "BadExampleInputs", "uses q"),
]


def faults_of(text: str) -> list[tuple[str, str, str]]:
    found = faults(text, modules_in(text)) or ()
    lines = text.split("\n")
    return [(lines[each.line - 1][each.column : each.end_column], each.code, each.message) for each in found]


@pytest.mark.parametrize(("directive", "part", "code", "message"), FAULTS)
def test_what_is_wrong_with_a_directive(directive: str, part: str, code: str, message: str) -> None:
    ((at, its_code, told),) = faults_of(f"{HEAD}# kernelagent: {directive}\n{CLASS}")
    assert (at, its_code) == (part, code)
    assert message in told


RIGHT = [
    "inputs=(torch.randn(2),), init=(64,)",
    "inputs=torch.randn(2), init=64, mode=eval",
    "inputs={'x': torch.ones(2)}, init={'d': 1}",
    "inputs=(*[torch.ones(i) for i in range(2)],), init=([1], {})",
    "",
]


@pytest.mark.parametrize("directive", RIGHT)
def test_nothing_is_wrong(directive: str) -> None:
    assert faults_of(HEAD + (f"# kernelagent: {directive}\n" if directive else "") + CLASS) == []


def test_a_directive_above_no_class_is_told() -> None:
    ((at, _, told),) = faults_of(f"{HEAD}# kernelagent: inputs=(torch.randn(1),)\n\n{CLASS}")
    assert at == "# kernelagent: inputs=(torch.randn(1),)"
    assert "no empty line" in told


ERRORS = [
    ("InitFailed", "A(...) raised", "init=(64,)"),
    ("InputsDoNotFit", "The example inputs do not fit", "inputs=(1,)"),
    ("BadExampleInputs", "inputs (1,) raised", "inputs=(1,)"),
    ("BadExampleInputs", "init (64,) raised", "init=(64,)"),
]


@pytest.mark.parametrize(("code", "message", "part"), ERRORS)
def test_errors_of_a_run_stand_at_their_part_of_the_directive(code: str, message: str, part: str) -> None:
    document = Document(
        "file:///m.py", "python", 1, f"{HEAD}# kernelagent: inputs=(1,), init=(64,)\n@d\n{CLASS}", Encoding.UTF16
    )
    place = place_of_error(document.lines, 7, code, message)
    assert place is not None
    at = part_range(document, place[0] - 1, place[1])
    assert document.line(at.start.line)[at.start.character : at.end.character] == part
    assert place_of_error(document.lines, 7, "ModelRaised", message) is None
