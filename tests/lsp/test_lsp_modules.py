"""Parsing by parts against parsing the whole: the same classes at the same lines, after any edit."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from kernelagent.driver.modules import modules_in
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.documents.lines import Encoding
from kernelagent_lsp.modules import ModuleIndex
from lsprotocol import types

FILL = "".join(f"value_{n} = {n}\n" for n in range(25))
PIECES = [
    FILL,
    "import torch\nfrom torch import nn\n",
    "class A(nn.Module):\n    def forward(self, x):\n        return x\n",
    "class B(A):\n    pass\n",
    "@decorate(\n    1\n)\nclass C(nn.Module):\n    x = 1\n",
    "Base = nn.Module\nclass D(Base): ...\n",
    'text = """\nclass Hidden(nn.Module):\n    pass\n',
    '"""\n',
    "items = [\n1,\n",
    "]\n",
    "if items:\n    class E(nn.Module):\n        class F(nn.Linear): ...\n",
    "else:\n    import torch.nn as n\n",
    "class G(n.Conv2d): ...\r\n",
    "x = 1 + \\\ny\n",
    "# comment\n\x0c\n",
    "try:\n    pass\n",
    "except ValueError:\n    class H(unknown.Base):\n        def forward(self): ...\n",
    "def f(:\n",
]


@settings(max_examples=150, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=12),
    edits=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(PIECES)), max_size=4),
)
def test_parts_say_what_the_whole_says(pieces: list[str], edits: list[tuple[int, str]]) -> None:
    document = Document("file:///a.py", "python", 1, "".join(pieces), Encoding.UTF16)
    index = ModuleIndex()
    index.parse_ahead(document, 0.0)
    for line, text in [(0, ""), *edits]:
        place = types.Position(line, 0)
        document.change([types.TextDocumentContentChangePartial(range=types.Range(place, place), text=text)], 2)
        found = index.of(document)
        try:
            expected = modules_in(document.text)
        except SyntaxError:
            assert not found.readable
            assert found.classes == ()
        else:
            assert found.readable
            assert found.classes == expected


def test_the_innermost_class_at_a_line() -> None:
    text = "from torch import nn\nclass A(nn.Module):\n    class B(nn.Module):\n        x = 1\n    y = 2\nz = 3\n"
    modules = ModuleIndex().of(Document("file:///a.py", "python", 1, text, Encoding.UTF16))
    names = [found.name if (found := modules.at(line)) else None for line in range(1, 7)]
    assert names == [None, "A", "A.B", "A.B", "A", None]
