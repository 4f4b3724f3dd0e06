"""What a kernel's file asks of its surroundings and keeps between calls, and which numbers in it may be sizes."""

from __future__ import annotations

import pytest
from kernelagent.static.scan import scan

FILE = """
import itertools
import torch
import triton
import triton.language as tl
from torch import nn

@triton.jit
def kernel(x_ptr, n, BLOCK: tl.constexpr):
    {inside}

{top}

def kernel_function(x):
    {body}
    return torch.empty_like(x)
"""


def told(body: str = "pass", top: str = "", inside: str = "pass") -> list[str]:
    return [what for what, _ in scan(FILE.format(body=body, top=top, inside=inside)).surroundings]


ASKS = {
    "the type of a device": ("d = x.device.type", "asks which device a tensor is on"),
    "the device of a probe": ("ok = torch.empty(1).device == x.device", "device"),
    "a probe's device by its name": ("probe = torch.empty(1)\n    ok = probe.device == x.device", "device"),
    "a probe on the input's device": (
        "probe = torch.empty(1, device=x.device)\n    ok = probe.device == x.device",
        "",
    ),
    "two inputs' devices": ("y = x.t()\n    assert x.device == y.device", ""),
    "a device as a key": ("kept = {}\n    w = kept.get(0) if x.device in kept else kept[x.device]", "device"),
    "a device as text": ("name = f'{x.device}'", "device"),
    "where an output is to be": ("y = torch.empty(3, device=x.device)", ""),
    "gradients": ("ok = x.requires_grad", "asks whether gradients are wanted"),
    "whether gradients are on": ("ok = torch.is_grad_enabled()", "asks whether gradients are wanted"),
    "a hash": ("ok = hash('x') % 2", "takes a hash"),
    "the version of a tensor": ("ok = x._version", "how often a tensor was changed"),
    "errors that are passed over": (
        "import contextlib\n    with contextlib.suppress(ValueError): pass",
        "goes on after",
    ),
    "a generator of random numbers": ("g = torch.Generator(device='cuda')", "asks for a generator"),
    "an id": ("ok = id(x) % 2", "takes a hash or an id"),
    "whether a file is there": ("import os\n    ok = os.path.exists('/dev/nvidiactl')", "asks about files"),
    "a path that is put together": ("import os\n    path = os.path.join('a', 'b')", ""),
    "PyTorch's version": ("ok = 'cpu' in torch.__version__", "asks which PyTorch it is"),
    "whether there is a terminal": ("import sys\n    ok = sys.stdout.isatty()", "asks how Python was started"),
    "a largest integer": ("import sys\n    most = sys.maxsize", ""),
    "a function's module": ("ok = kernel_function.__module__", "under which name it was imported"),
    "an address under another name": ("at = x.data_ptr()\n    ok = divmod(at, 16)", "looks at a tensor's address"),
    "a pointer that is compared": ("ok = x.data_ptr() % 16", "looks at a tensor's address"),
}


@pytest.mark.parametrize("name", ASKS)
def test_what_a_wrapper_asks_is_told_with_its_line(name: str) -> None:
    body, wanted = ASKS[name]
    found = told(body)
    assert [wanted in what for what in found] == ([True] if wanted else []), found


KEEPS = {
    "an iterator at the top": ("SEEDS = iter(range(9))", "s = next(SEEDS)", "SEEDS"),
    "an iterator of the library's": ("SEEDS = itertools.count()", "s = next(SEEDS)", "SEEDS"),
    "an iterator that a loop goes through": ("SEEDS = itertools.count()", "for s in SEEDS:\n        break", "SEEDS"),
    "an iterator that is unpacked": ("SEEDS = zip(range(9), range(9))", "first, *rest = SEEDS", "SEEDS"),
    "a generator at the top": ("SEEDS = (i for i in range(9))", "s = min(SEEDS)", "SEEDS"),
    "a range at the top": ("SEEDS = range(9)", "for s in SEEDS:\n        break", ""),
    "a list at the top": ("CALLS = []", "CALLS.append(1)", "CALLS"),
    "another name for it": ("CALLS = []", "calls = CALLS\n    calls.append(1)", "calls"),
    "an entry of a dictionary": ("KEPT = {}", "KEPT[0] = 1", "KEPT"),
    "what is inside it": ("KEPT = {'a': []}", "KEPT['a'].append(1)", "KEPT"),
    "a global": ("COUNT = 0", "global COUNT\n    COUNT += 1", "COUNT"),
    "an attribute of the function": ("", "kernel_function.calls = 1", "kernel_function"),
    "a tensor that a launch may write to": ("SPARE = torch.zeros(3)", "kernel[(1,)](SPARE, 3, BLOCK=4)", "SPARE"),
    "a list of the call's own": ("CALLS = []", "calls = []\n    calls.append(len(CALLS))", ""),
    "a list that is only read": ("SIZES = [16, 32]", "size = SIZES[0]", ""),
    "an input's element": ("", "sizes = list(x.shape)\n    sizes[0] = 1", ""),
}


@pytest.mark.parametrize("name", KEEPS)
def test_what_is_kept_between_calls_is_told(name: str) -> None:
    top, body, kept = KEEPS[name]
    assert told(body, top) == ([f"keeps {kept} from one call to the next"] if kept else [])


def test_a_default_that_is_an_object_is_kept() -> None:
    assert told(top="def seen(x, kept=[]):\n    return kept") == ["keeps a default argument from one call to the next"]
    assert told(top="def seen(x, kept=()):\n    return kept") == []


MODULE = """
class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        {body}
        return x
"""


@pytest.mark.parametrize(
    ("body", "kept"),
    [("self.calls += 1", "self.calls"), ("setattr(self, 'calls', 1)", "attributes of self"), ("n = self.calls", "")],
)
def test_what_a_module_counts_while_it_runs_is_told(body: str, kept: str) -> None:
    found = told(top=MODULE.format(body=body))
    assert found == ([f"keeps {kept} from one call to the next"] if kept else [])


NUMBERS: dict[str, tuple[str, set[int]]] = {
    "written": ("n = 2048", {2048}),
    "a product": ("n = 8 * 64", {64, 512}),
    "a power": ("n = 2 ** 10", {1024}),
    "a shift": ("n = 1 << 9", {512}),
    "of a size in bytes": ("n = x.element_size() * 256", {256, 512, 1024, 2048}),
    "bytes over a size": ("n = 4096 // x.element_size()", {512, 1024, 2048, 4096}),
    "of another": ("n = (64 + 64) * 3 - 1", {64, 128, 384, 383}),
    "unknown": ("n = len(x) * 64", {64}),
    "names": ("WARPS, LANES = 4, 16; n = WARPS * LANES * 8", {64, 512}),
    "made an integer": ("n = int(1e3 + 24)", {1024}),
    "the next power": ("n = triton.next_power_of_2(33)", {33, 64}),
    "too large, and no endless power": ("n = 9 ** 9 ** 9", set()),
    "too small": ("n = 31", set()),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_that_may_be_sizes_of_blocks_are_computed(name: str) -> None:
    body, wanted = NUMBERS[name]
    assert set(scan(FILE.format(body=body, top="", inside="pass")).constants) == wanted


def test_small_numbers_may_be_groups_where_a_kernel_takes_a_number_apart() -> None:
    body = "kernel[(1,)](x, 8, BLOCK=64)"
    apart = "row = tl.program_id(0) // n\n    column = tl.program_id(0) % n"
    for inside, wanted in ((apart, {8}), ("row = tl.program_id(0) // n", set())):
        assert set(scan(FILE.format(body=body, top="", inside=inside)).groups) == wanted


@pytest.mark.parametrize(
    ("loop", "is_told"),
    [
        ("for i in tl.range(0, n, num_stages=3):\n        tl.store(x_ptr + i, tl.load(x_ptr + n + i) + 1)", True),
        ("for i in range(0, n):\n        tl.store(x_ptr + i, tl.load(x_ptr + n + i) + 1)", False),
        ("for i in tl.range(0, n, num_stages=3):\n        tl.store(x_ptr + i * n, BLOCK + n)", False),
    ],
    ids=["pipelined", "a plain loop", "stores alone"],
)
def test_a_pipelined_loop_that_loads_what_it_stores_is_told(loop: str, is_told: bool) -> None:
    assert any("pipelined loop" in what for what in told(inside=loop)) == is_told


def test_launches_that_overlap_are_told() -> None:
    assert any("launch_pdl" in what for what in told("kernel[(1,)](x, 3, BLOCK=4, launch_pdl=True)"))
    assert any("streams of its own" in what for what in told("s = torch.cuda.Stream()"))
