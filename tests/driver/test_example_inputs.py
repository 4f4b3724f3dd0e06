"""Where example inputs are found, in which order, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.driver.example_inputs import Found, find_example
from kernelagent.driver.modules import modules_in
from kernelagent.errors import BadConfiguration, BadExampleInputs, NoExampleInputs

HEAD = "from torch import nn\n"
CLASS = "class Block(nn.Module):\n    def forward(self, x): return x\n"


def find(tmp_path: Path, source: str, **options: str) -> Found:
    file = tmp_path / "src" / "pkg" / "model.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    modules = {module.name: module for module in modules_in(source)}
    return find_example(file, source, modules["Block"], **options)


def annotated(signature: str) -> str:
    return f"{HEAD}class Block(nn.Module):\n    def forward(self, {signature}): return x\n"


def test_functions_of_the_file(tmp_path: Path) -> None:
    source = HEAD + CLASS + "def get_inputs(): return []\ndef get_init_inputs(): return []\n"
    example = find(tmp_path, source).example
    assert (example.origin, example.inputs, example.init) == ("get_inputs", "get_inputs()", "get_init_inputs()")
    assert example.line == 4


def test_the_file_goes_before_the_project_and_the_project_before_a_directive(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.kernelagent.modules."pkg.model.Block"]\ninputs = "torch.ones(1)"\ninit = "(2,)"\nmode = "eval"\n'
    )
    directive = "# kernelagent: inputs=torch.ones(3)\n"
    assert find(tmp_path, HEAD + directive + CLASS + "def get_inputs(): pass").example.origin == "get_inputs"
    found = find(tmp_path, HEAD + directive + CLASS)
    assert (found.example.origin, found.example.inputs, found.example.init) == ("pyproject", "torch.ones(1)", "(2,)")
    assert found.mode == "eval"


@pytest.mark.parametrize("key", ["src.pkg.model.Block", "pkg.model.Block", "model.Block", "Block"])
def test_any_tail_of_the_dotted_path_names_the_module(tmp_path: Path, key: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.kernelagent.modules."{key}"]\ninputs = "torch.ones(1)"\n')
    assert find(tmp_path, HEAD + CLASS).example.origin == "pyproject"


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("inputs = 3", "as a string"),
        ('init = "()"', "no inputs"),
        ('inputs = "()"\ninput = "()"', "but not input"),
        ('inputs = "()"\nmode = "fast"', "none of"),
        ("inputs = ", "not valid TOML"),
    ],
)
def test_a_wrong_table(tmp_path: Path, table: str, reason: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.kernelagent.modules."pkg.model.Block"]\n{table}\n')
    with pytest.raises(BadConfiguration, match=reason) as caught:
        find(tmp_path, HEAD + CLASS)
    assert caught.value.file == str(tmp_path / "pyproject.toml")


@pytest.mark.parametrize("options", [{}, {"inputs": "()"}, {"inputs": "()", "init": "()"}])
def test_a_wrong_table_is_told_where_something_goes_before_it(tmp_path: Path, options: dict[str, str]) -> None:
    own = "\n\ndef get_inputs():\n    return []\n"
    table = '[tool.kernelagent.modules."pkg.model.Block"]\n'
    (tmp_path / "pyproject.toml").write_text(f'{table}input = "()"\n')
    with pytest.raises(BadConfiguration, match="did you mean inputs"):
        find(tmp_path, HEAD + CLASS + own, **options)
    (tmp_path / "pyproject.toml").write_text(f'{table}mode = "eval"\n')
    assert find(tmp_path, HEAD + CLASS + own, **options).example.origin == ("option" if options else "get_inputs")


@pytest.mark.parametrize(
    ("comment", "inputs", "init"),
    [
        ("# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)\n", "(torch.randn(8, 64),)", "(64,)"),
        ("#kernelagent: inputs=torch.ones(2)\n", "torch.ones(2)", "()"),
        ("# kernelagent: inputs=(torch.randn(8,\n#     64),),\n#   init=(64,)\n", "(torch.randn(8, 64),)", "(64,)"),
        ("# About it.\n# kernelagent: inputs={'x': torch.ones(2)}\n# More.\n", "{'x': torch.ones(2)}", "()"),
        ("# kernelagent: inputs=torch.ones(2)\n@final\n@other(\n    1)\n", "torch.ones(2)", "()"),
    ],
)
def test_directives(tmp_path: Path, comment: str, inputs: str, init: str) -> None:
    example = find(tmp_path, HEAD + comment + CLASS).example
    assert (example.origin, example.inputs, example.init) == ("directive", inputs, init)
    assert example.line == 2 + ("About" in comment)


def test_a_directive_belongs_to_the_class_directly_below(tmp_path: Path) -> None:
    source = HEAD + "# kernelagent: inputs=torch.ones(2)\n\n" + CLASS
    with pytest.raises(NoExampleInputs):
        find(tmp_path, source)


@pytest.mark.parametrize(
    "comment",
    [
        "# kernelagent: inputs=(torch.randn(8\n",
        "# kernelagent: input=(1,)\n",
        "# kernelagent: torch.ones(2)\n",
        "# kernelagent:\n",
        "# kernelagent: inputs=(), mode=fast\n",
    ],
)
def test_a_wrong_directive_names_its_line(tmp_path: Path, comment: str) -> None:
    with pytest.raises(BadExampleInputs) as caught:
        find(tmp_path, HEAD + comment + CLASS)
    assert caught.value.line == 2
    assert caught.value.file is not None


@pytest.mark.parametrize(
    ("signature", "inputs"),
    [
        ('x: Float[Tensor, "batch 64"]', "(torch.randn((4, 64)),)"),
        ('x: Float[Tensor, "b n"], y: Float[Tensor, "n b"]', "(torch.randn((4, 32)), torch.randn((32, 4)),)"),
        ("x: \"Float[Tensor, 'b 2*d']\", n: Int[Tensor, '']", None),
        ('x: Bool[Tensor, "4"]', "(torch.rand((4,)) > 0.5,)"),
        ('x: BFloat16[Tensor, "... 8"]', "(torch.randn((8,), dtype=torch.bfloat16),)"),
        ('x: jaxtyping.Int32[torch.Tensor, "4 4"]', "(torch.randint(0, 8, (4, 4), dtype=torch.int32),)"),
        ('x: Float[Tensor, "4"], y: Float[Tensor, "4"] | None = None', "(torch.randn((4,)),)"),
        ('x: Float[Tensor, "4"], *, y: Float[Tensor, "4"]', "{'x': torch.randn((4,)), 'y': torch.randn((4,))}"),
    ],
)
def test_jaxtyping_annotations(tmp_path: Path, signature: str, inputs: str | None) -> None:
    example = find(tmp_path, annotated(signature)).example
    assert example.origin == "annotations"
    if inputs is not None:
        assert example.inputs == inputs
    compile(example.inputs, "<inputs>", "eval")


@pytest.mark.parametrize("signature", ["x", "x: Tensor", 'x: Float[Tensor, "4"], y', 'x: Float[Tensor, "a[0]"]'])
def test_annotations_that_do_not_say_enough(tmp_path: Path, signature: str) -> None:
    with pytest.raises(NoExampleInputs, match=r"Block\.forward"):
        find(tmp_path, annotated(signature))


def test_options_win(tmp_path: Path) -> None:
    source = HEAD + CLASS + "def get_inputs(): pass\ndef get_init_inputs(): pass\n"
    example = find(tmp_path, source, inputs="torch.ones(2)").example
    assert (example.origin, example.inputs, example.init) == ("option", "torch.ones(2)", "get_init_inputs()")
    example = find(tmp_path, source, init="(3,)").example
    assert (example.inputs, example.init) == ("get_inputs()", "(3,)")


def test_an_option_that_is_no_expression(tmp_path: Path) -> None:
    with pytest.raises(BadExampleInputs, match="--inputs"):
        find(tmp_path, HEAD + CLASS, inputs="torch.ones(")
    with pytest.raises(BadExampleInputs, match="--init"):
        find(tmp_path, HEAD + CLASS, inputs="()", init="x = 1")
