"""What a prompt shows and says: examples that the judge accepts, chosen for the operators, and facts of the target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.driver.agents.assignment import target_facts
from kernelagent.driver.agents.dot_products import accurate
from kernelagent.driver.agents.examples import (
    EXAMPLES,
    HEAD,
    POINTWISE,
    PRODUCT,
    ROWS,
    SCAN,
    Anchor,
    Example,
    chosen,
    shown,
)
from kernelagent.driver.agents.guidelines import system_prompt
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.devices import DEVICES
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.standalone import verify_file
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.static.kernel_file import RUN_ME, without_self_check
from kernels import said
from model_server import Say, playing

LIBDEVICE = "from triton.language.extra import libdevice\n\n\n"
MODULE = """\
import torch


class Model(torch.nn.Module):
    {forward}


def get_inputs():
    return {inputs}


def get_init_inputs():
    return []
"""


TARGETS = (("sm_80", "sm_90", "sm_100"), ("sm_75", "gfx90a", "gfx942", "gfx1100"))
"""Those that products are written alike for."""
TANH = Example(
    "libdevice, as the rules say",
    "def forward(self, x):\n        return torch.tanh(x)",
    "[torch.randn(7, 50)]",
    POINTWISE.code.replace("wide / (1.0 + tl.exp(-wide))", "libdevice.tanh(wide)"),
)
SMALL = Example(
    "a product of blocks as small as the rules say",
    PRODUCT.module,
    PRODUCT.inputs,
    PRODUCT.code.replace("BLOCK_M=TILE, BLOCK_N=TILE, BLOCK_K=TILE", "BLOCK_M=4, BLOCK_N=8, BLOCK_K=16").replace(
        "triton.cdiv(M, TILE), triton.cdiv(N, TILE)", "triton.cdiv(M, 4), triton.cdiv(N, 8)"
    ),
)


@pytest.mark.parametrize("arch", [TARGETS[0], pytest.param(TARGETS[1], marks=pytest.mark.whole)], ids="-".join)
@pytest.mark.parametrize(
    "example",
    [
        pytest.param(e, marks=[] if e in (PRODUCT, TANH, SMALL) else [pytest.mark.whole])
        for e in (*EXAMPLES, TANH, SMALL)
    ],
    ids=lambda example: example.title,
)
def test_the_judge_accepts_every_example(
    example: Example, arch: tuple[str, ...], tmp_path: Path, pool: WorkerPool
) -> None:
    judged(example, arch, tmp_path, pool)


@pytest.mark.parametrize(
    ("example", "dtype"),
    [
        pytest.param(example, dtype, marks=[] if (example, dtype) == (PRODUCT, "float16") else [pytest.mark.whole])
        for example in EXAMPLES
        for dtype in sorted(example.dtypes - {"float32", "bfloat16"})
    ],
    ids=lambda given: given if isinstance(given, str) else given.title,
)
def test_the_judge_accepts_every_example_for_each_dtype_that_it_is_shown_for(
    example: Example, dtype: str, tmp_path: Path, pool: WorkerPool
) -> None:
    judged(example, ("sm_90",), tmp_path, pool, dtype)


def judged(example: Example, arch: tuple[str, ...], tmp_path: Path, pool: WorkerPool, dtype: str = "float32") -> None:
    forward = example.module.replace("\n", "\n    ")
    made = r"torch.randint(-9, 9, (\1))" if dtype == "int64" else rf"torch.randn(\1, dtype=torch.{dtype})"
    inputs = re.sub(r"torch\.randn\((.*?)\)", made, example.inputs)
    (tmp_path / "model.py").write_text(MODULE.format(forward=forward, inputs=inputs), encoding="utf-8")
    (tmp_path / "kernel.py").write_text(HEAD + LIBDEVICE + example.written(arch, dtype), encoding="utf-8")
    verdict = verify_file(
        tmp_path / "kernel.py",
        Target(tmp_path / "model.py", "Model"),
        Options(arch=arch),
        pool=pool,
        on_event=None,
        cancel=CancelToken(),
    )
    assert verdict.verdict == "pass", [check for check in verdict.checks if not check.passed]


def unknown(*families: str) -> list[Anchor]:
    return [Anchor(family, "") for family in families]


def test_examples_are_chosen_by_the_operators() -> None:
    assert list(chosen([])) == [POINTWISE]
    assert list(chosen(unknown("product", "product", "softmax"))) == [PRODUCT, ROWS]
    assert list(chosen(unknown("attention"))) == [PRODUCT, ROWS]
    assert list(chosen(unknown("scan"))) == [SCAN]
    assert "cumsum_kernel" in shown(unknown("scan"), ("sm_90",))


def test_examples_are_for_what_their_operators_compute_with() -> None:
    anchors = [Anchor("convolution", "bfloat16"), Anchor("reduction", "float64"), Anchor("reduction", "float64")]
    assert chosen([*anchors, Anchor("reduction", "bfloat16")]) == {ROWS: "float64", PRODUCT: "bfloat16"}
    text = shown(anchors, ("gfx942",), "float64")
    assert "epilogue, for bfloat16:" in text
    assert "tl.dot(a, b, total" in text
    assert "passes, for float64:" in text


MIXED = MODULE.format(
    forward=(
        "def __init__(self):\n        super().__init__()\n"
        "        self.fc = torch.nn.Linear(8, 4, dtype=torch.bfloat16)\n\n"
        "    def forward(self, x):\n        return self.fc(x).double().mean(-1)"
    ),
    inputs="[torch.randn(3, 8, dtype=torch.bfloat16)]",
)


def test_the_product_of_a_module_with_a_double_output(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.py").write_text(MIXED, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\n', encoding="utf-8"
    )
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with playing(lambda seen, turn: Say(said("def kernel_function():\n    pass\n"))) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", yes=True, workers=1, max_iters=1, route="direct")
        fuse(Target(tmp_path / "model.py", "Model"), options, pool=pool)
        text = server.seen[0].text
    assert "epilogue, for bfloat16:" in text
    assert "passes, for float64:" in text
    assert "TFLOP/s: 67 in fp32, 34 in fp64, " in text


def test_the_rules_are_true_for_the_target() -> None:
    for arch, precision in (
        (("sm_90",), "tf32x3"),
        (("sm_75",), "ieee"),
        (("gfx942",), "ieee"),
        (("sm_90", "gfx942"), "ieee"),
    ):
        assert accurate(arch) == precision
        assert f'input_precision="{precision}")' in system_prompt("3.7.1", arch)
        assert f'input_precision="{precision}")' in shown(unknown("product"), arch)
        assert "at least 16" in system_prompt("", arch) or arch == ("gfx942",)
    for dtype in ("float32", "float64", "int64", "bool"):
        text = shown(unknown("product", "softmax"), ("sm_90",), dtype) + shown(unknown("scan"), (), dtype)
        assert not re.search("WIDE|TILE|DOT_OF_BLOCKS", text)


def test_the_rules_are_true_for_the_dtypes() -> None:
    single, double, whole = (system_prompt("3.7.1", ("sm_90",), {dtype}) for dtype in ("float16", "float64", "int32"))
    assert "Accumulate in float32. For float32 matrix products use tl.dot" in single
    assert "Accumulate float64 in float64" in double
    assert "ccumulate in float32" not in double + whole
    assert "tl.dot(a, b, input_precision" not in double + whole
    assert "int64, as PyTorch's are" in whole
    both = system_prompt("3.7.1", ("sm_90",), {"float32", "int64"})
    for words in ("narrower floating point in float32", "in integers, never", "For float32 matrix products"):
        assert words in both
    assert "tl.float32" not in shown(unknown("product", "softmax"), (), "float64")
    assert "tl.float32" not in shown(unknown("scan"), (), "int64")
    assert "for float32, not int64" in shown(unknown("softmax"), (), "int64")
    assert "for int64, not bool" in shown(unknown("scan"), (), "bool")


@pytest.mark.parametrize(
    ("arch", "words"),
    [
        (("sm_90",), "2**31-1 programs"),
        (("gfx942",), "(64 * num_warps) programs: 16777215 with num_warps=4"),
        (("gfx1100",), "(32 * num_warps) programs: 33554431 with num_warps=4"),
        (("sm_90", "gfx90a"), "(64 * num_warps) programs"),
    ],
)
def test_the_largest_grid_is_that_of_the_target(arch: tuple[str, ...], words: str) -> None:
    prompt = system_prompt("3.7.1", arch)
    assert words in prompt
    assert ("2**31-1" in prompt) == (arch == ("sm_90",))


def test_a_file_to_beat_says_nothing_of_a_check_that_is_left_out() -> None:
    file = f'"""A file.\n\n{RUN_ME}\n"""\nimport torch\n\n\ndef kernel_function(x):\n    pass\n'
    for check in ("def reference(x):\n    pass\n", 'if __name__ == "__main__":\n    pass\n'):
        assert "check" not in without_self_check(f"{file}\n\n{check}")
        assert "kernel_function" in without_self_check(f"{file}\n\n{check}")


def test_a_peak_is_of_single_precision() -> None:
    """MI300X has half as much in double precision, outside the matrix units."""
    assert "TFLOP/s: 163 in fp32" in target_facts("gfx942")


@pytest.mark.parametrize("arch", DEVICES)
def test_facts_of_the_target(arch: str) -> None:
    facts = target_facts(arch)
    for word in ("TB/s", "TFLOP/s", "GB of memory", "KiB of shared memory", "multiprocessors"):
        assert word in facts


@pytest.mark.parametrize(
    ("arch", "rate"), [("sm_80", "9.7"), ("sm_90", "34"), ("sm_100", "37"), ("gfx942", "81.7"), ("sm_89", "1.43")]
)
def test_the_rate_in_double_precision_is_told_where_it_is_met(arch: str, rate: str) -> None:
    assert f", {rate} in fp64, " in target_facts(arch, {"float32", "float64"})
    assert "fp64" not in target_facts(arch, {"float32"})
