"""KernelAgent's interface: ``TritonKernelAgent().generate_kernel`` with its return keys, and the caller's own test."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from kernelagent import TritonKernelAgent
from kernelagent.contract.options import Options
from kernelagent.driver.caller_test import run_caller_test
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.describing.source_in import source_in
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import BadOption
from kernels import MODULE, RIGHT, said
from pieces_of_net import NET

RELU_KERNEL = """\
import torch
import triton
import triton.language as tl


@triton.jit
def relu_kernel(x, out, count, stride, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + index * stride, mask=index < count, other=0.0)
    tl.store(out + index, tl.where(value <= 0, 0.0, value), mask=index < count)


def kernel_function(x):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    if x.numel():
        relu_kernel[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), x.stride(0), BLOCK=64)
    return out


class ModelNew(torch.nn.Module):
    def forward(self, x):
        return kernel_function(x)
"""
ROOT = Path(__file__).resolve().parents[2]
TEST = """\
import sys, torch
from kernel import kernel_function
x, weight = torch.randn(3, 24), torch.randn(24)
sys.exit(0 if torch.allclose(kernel_function(x, weight), torch.relu(x * weight)) else 1)
"""


def test_a_module_gives_a_kernel_and_the_callers_test_is_run(tmp_path: Path) -> None:
    agent = TritonKernelAgent(log_dir=str(tmp_path), preferred_provider=None)
    result = agent.generate_kernel(MODULE, TEST)
    assert result["success"], result["message"]
    assert set(result) == {
        *("success", "kernel_code", "kernel_path", "session_dir", "rounds", "worker_id", "message"),
    }
    assert Path(result["kernel_path"]).read_text(encoding="utf-8") == result["kernel_code"]
    assert (result["worker_id"], result["rounds"]) == (0, 1)
    assert Path(result["session_dir"]).parent == tmp_path
    agent.cleanup()


def test_a_model_writes_it_in_so_many_rounds(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"replies": [{"text": "prose"}, {"text": said(RIGHT)}]}), encoding="utf-8")
    agent = TritonKernelAgent(
        num_workers=1, log_dir=str(tmp_path), model_name=str(script), preferred_provider="scripted"
    )
    result = agent.generate_kernel(MODULE, "raise SystemExit('I am never content')")
    assert not result["success"]
    assert "never content" in result["message"]
    result = agent.generate_kernel(MODULE)
    assert (result["worker_id"], result["rounds"], result["kernel_code"]) == (1, 2, RIGHT)


WORDS = "Implement ReLU over a 1D tensor"
RELU = """\
import torch
from torch import nn


class Model(nn.Module):
    def forward(self, x):
        return torch.relu(x)


def get_inputs():
    return [torch.randn(96)]


def get_init_inputs():
    return []
"""
RELU_TEST = """\
import sys, torch
from kernel import kernel_function
x = torch.randn(77)
sys.exit(0 if torch.equal(kernel_function(x), torch.relu(x)) else "that is no ReLU")
"""


@pytest.mark.parametrize("description", [WORDS, "def relu(x):\n    return max(x, 0)\n"])
def test_without_a_model_words_are_told_the_three_ways(
    description: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_URL"):
        monkeypatch.delenv(name, raising=False)
    result = TritonKernelAgent(log_dir=str(tmp_path)).generate_kernel(description)
    assert not result["success"]
    assert set(result) == {"success", "message", "session_dir"}
    for way in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_URL"):
        assert way in result["message"]
    assert result["message"].count(". ") == 0
    assert (Path(result["session_dir"]) / "problem.py").read_text(encoding="utf-8") == description


def test_the_path_of_a_file_is_not_taken_for_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "relu.py").write_text(RELU, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for given in ("relu.py", f" {tmp_path / 'relu.py'}\n"):
        message = TritonKernelAgent(log_dir=str(tmp_path)).generate_kernel(given)["message"]
        assert message == f"problem_description is the path of a file, {given.strip()!r}: give what is in the file."


def test_a_test_begins_as_files_may_and_no_model_has_an_empty_name(tmp_path: Path) -> None:
    agent = TritonKernelAgent(log_dir=str(tmp_path), model_name="")
    result = agent.generate_kernel(RELU, test_code="\ufeff" + RELU_TEST)
    assert result["success"], result["message"]


def test_words_become_a_module_that_was_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wrong = RELU.replace("torch.relu(x)", "x.relu().sqrt()")
    random = RELU.replace("torch.relu(x)", "torch.relu(x) + torch.rand(1)")
    raising = RELU.replace("torch.relu(x)", "torch.matmul(x, self.weight)")
    harmful = RELU.replace("import torch\n", "import torch\nimport os\n", 1)
    replies = ["I would use tl.maximum.", *map(said, (raising, random, harmful, wrong, RELU))]
    script = tmp_path / "script.json"
    kernel = RELU_KERNEL
    script.write_text(json.dumps({"replies": [{"text": t} for t in (*replies, said(kernel))]}), encoding="utf-8")
    agent = TritonKernelAgent(
        num_workers=1, log_dir=str(tmp_path), model_name=str(script), preferred_provider="scripted"
    )
    with caplog.at_level("INFO", "TritonKernelAgent"):
        result = agent.generate_kernel(WORDS, RELU_TEST)
    assert result["success"], result["message"]
    assert set(result) == {
        *("success", "kernel_code", "kernel_path", "session_dir", "rounds", "worker_id", "message"),
    }
    session = Path(result["session_dir"])
    assert (session / "problem.py").read_text(encoding="utf-8") == RELU
    assert (session / "description.txt").read_text(encoding="utf-8") == WORDS
    found = [(session / f"problem/attempt_{n}/finding.txt").read_text(encoding="utf-8") for n in range(1, 6)]
    for text, words in zip(
        found, ("no code block", "AttributeError", "another result", "imports os", "that is no ReLU"), strict=True
    ):
        assert words in text
    assert "float32[96]" in caplog.text
    assert "problem.py" in result["message"]


def test_words_that_lead_nowhere(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"replies": [{"text": "no"}]}), encoding="utf-8")
    agent = TritonKernelAgent(
        max_rounds=2, log_dir=str(tmp_path), model_name=str(script), preferred_provider="scripted"
    )
    result = agent.generate_kernel(WORDS)
    assert not result["success"]
    assert "no code block" in result["message"]


def test_the_callers_test_is_shut_in(tmp_path: Path, pool: WorkerPool) -> None:
    kernel = tmp_path / "k.py"
    kernel.write_text(RIGHT, encoding="utf-8")
    outside = tmp_path / "outside.txt"
    number = iter(range(100))

    def tested(code: str, timeout_s: float = 30.0) -> tuple[bool, str]:
        done = run_caller_test(
            kernel,
            code,
            Options(),
            pool=pool,
            scratch=tmp_path / f"test_{next(number)}",
            gpu=False,
            timeout_s=timeout_s,
            cancel=CancelToken(),
        )
        return done.passed, done.said

    assert tested(TEST) == (True, "")
    assert tested("print('no'); raise SystemExit(3)") == (False, "no (it ended with status 3)")
    assert tested("print('\\x1b[2J'); raise SystemExit(3)")[1].startswith("\\x1b[2J")
    assert not tested(f"open({str(outside)!r}, 'w').write('x')")[0]
    assert not outside.exists()
    assert not tested("import os; os._exit(0)")[0], "a process that ends early says nothing"
    passed, why = tested("while True: pass", timeout_s=2.0)
    assert not passed
    assert "2 s" in why


THEIRS = """\
import torch
def test_kernel():
    from kernel import kernel_function
    x, weight = torch.randn(3, 24), torch.randn(24)
    return torch.allclose(kernel_function(x, weight), torch.{act}(x * weight))
"""
UNITTEST = """\
import unittest, torch
from kernel import kernel_function
class Kernel(unittest.TestCase):
    def setUp(self):
        self.x, self.weight = torch.randn(3, 24), torch.randn(24)
    def test_values(self):
        expected = torch.{act}(self.x * self.weight)
        torch.testing.assert_close(kernel_function(self.x, self.weight), expected)
"""
CHECK = """\
torch.testing.assert_close(kernel_function(self.x, self.weight), torch.{act}(self.x * self.weight))
"""
FIXTURES = f"""\
import unittest, torch
from kernel import kernel_function
def setUpModule():
    global module
    module = 24
class TestKernel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.x = torch.randn(3, module)
    def setUp(self):
        self.weight = torch.randn(24)
    def test_values(self):
        {CHECK}"""
COROUTINE = f"""\
import asyncio, unittest, torch
from kernel import kernel_function
class TestKernel(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.x, self.weight = torch.randn(3, 24), torch.randn(24)
    async def test_values(self):
        await asyncio.sleep(0.01)
        {CHECK}"""
RUN_LOOP = f"""\
import asyncio, torch
from kernel import kernel_function
class Given:
    x, weight = torch.randn(3, 24), torch.randn(24)
async def checked(self):
    asyncio.get_running_loop().call_soon_threadsafe(print, "woken")
    await asyncio.sleep(0.01)
    {CHECK}
asyncio.run(checked(Given))
"""
PLAIN_FIXTURES = f"""\
import torch
from kernel import kernel_function
def setup_module():
    global rows
    rows = 3
def setup_function(function):
    assert function is test_rows
def test_rows():
    assert rows == 3
class TestKernel:
    @classmethod
    def setup_class(cls):
        cls.x = torch.randn(rows, 24)
    def setup_method(self, method):
        self.weight = torch.randn(24)
    def test_values(self):
        {CHECK}"""
NEVER = "def test_it(self): assert False, 'never'"
RETURNED = (
    ("torch.tensor(False)", False, "test_it() returned False"),
    ("torch.tensor(True)", True, ""),
    ("torch.tensor(True).numpy()[()]", True, ""),
    ("torch.tensor(False).numpy()[()]", False, "test_it() returned False"),
    ("torch.tensor([True, True])", False, "ambiguous"),
    ("torch.tensor(2.0)", False, "of type Tensor of torch.float32, which says neither yes nor no"),
    ("(False, 'mismatch')", False, "of type tuple"),
    ("(1, 'mismatch')", False, "of type tuple"),
    ("'mismatch'", False, "of type str"),
    ("1", False, "of type int"),
    ("None", True, ""),
)
ASSIGNED = "def never(right): assert right, 'never'\n"
CALLABLE = ("lambda: never(False)", "functools.partial(never, False)", "functools.cache(lambda: never(False))")
SKIPPED = """\
import kernel, unittest
class It(unittest.TestCase):
    @unittest.skip('later')
    def test_it(self): assert False
{more}
"""
ANSWERED = """\
import kernel, unittest
class It(unittest.{of}):
    {how}def test_it(self): return {said}
{more}
"""
ARGUMENTS = """\
import argparse, sys
import kernel
parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=4)
assert parser.parse_args().count == 4
assert len(sys.argv) == 1 and sys.argv[0].endswith("test.py"), sys.argv
"""
MAIN = "if __name__ == '__main__':\n    import sys\n    sys.exit(0 if test_kernel() else 1)\n"


@pytest.mark.parametrize(
    ("code", "passes", "words"),
    [
        (THEIRS.format(act="relu"), True, ""),
        (THEIRS.format(act="tanh"), False, "test_kernel() returned False"),
        (THEIRS.format(act="tanh") + MAIN, False, "status 1"),
        (THEIRS.format(act="relu") + MAIN, True, ""),
        ("import kernel\ndef test_one(): pass\ndef test_two(): assert False, 'never'\n", False, "never"),
        ("import kernel\nclass TestKernel:\n    def test_it(self): assert False, 'never'\n", False, "never"),
        ("import kernel\ndef test_it(fixture): pass\n", False, "fixture"),
        ("print('fine')\n", False, "has not imported the kernel"),
        (UNITTEST.format(act="relu") + "unittest.main()\n", True, ""),
        (UNITTEST.format(act="tanh") + "unittest.main()\n", False, "status 1"),
        (UNITTEST.format(act="relu"), True, ""),
        (UNITTEST.format(act="tanh"), False, "FAILED (failures=1)"),
        (UNITTEST.format(act="tanh") + "unittest.main(exit=False)\n", False, "FAILED (failures=1)"),
        (ARGUMENTS, True, ""),
        ("import kernel\nasync def test_it(): assert False\n", False, "test_it() returned a coroutine"),
        ("import kernel\ndef test_it():\n    yield\n    assert False\n", False, "returned a generator"),
        ("import kernel\nclass TestKernel:\n    async def test_it(self): assert False\n", False, "a coroutine"),
        ("# nothing\n", False, "has not imported the kernel"),
        (FIXTURES.format(act="relu"), True, ""),
        (FIXTURES.format(act="tanh"), False, "Mismatched elements"),
        (FIXTURES.format(act="relu") + "    def tearDown(self): assert False, 'left open'\n", False, "left open"),
        (COROUTINE.format(act="relu"), True, ""),
        (COROUTINE.format(act="tanh"), False, "Mismatched elements"),
        (COROUTINE.replace("Isolated", "").replace("Asyncio", "").format(act="relu"), False, "returned a coroutine"),
        (RUN_LOOP.format(act="relu"), True, ""),
        (RUN_LOOP.format(act="tanh"), False, "Mismatched elements"),
        (PLAIN_FIXTURES.format(act="relu"), True, ""),
        (PLAIN_FIXTURES.format(act="tanh"), False, "Mismatched elements"),
        (f"import kernel\nclass Base:\n    {NEVER}\nclass TestIt(Base): pass\n", False, "never"),
        (
            f"import kernel\nclass TestIt:\n    {NEVER}\nclass TestMore(TestIt):\n    def test_it(self): pass\n",
            False,
            "never",
        ),
        (f"import kernel\nif True:\n    class TestIt:\n        {NEVER}\n", False, "never"),
        ("import kernel\ndef test(): assert False, 'never'\n", False, "never"),
        ("import kernel\ndef test_it(): assert False, 'never'\ndef main(): test_it()\n", False, "never"),
        ("import kernel\ndef test_of(n): pass\ndef test_all(): test_of(1)\n", True, ""),
        (
            "import kernel, unittest\nclass It(unittest.TestCase):\n"
            "    @classmethod\n    def setUpClass(cls): It.x = 1\n    def test_it(self): assert It.x == 2, 'never'\n",
            False,
            "never",
        ),
        (
            "import kernel, unittest\nclass It(unittest.TestCase):\n    def test_it(self): return False\n",
            False,
            "It.test_it() returned False",
        ),
        ("\ufeffimport kernel\ndef test_it(): assert False, 'never'\n", False, "never"),
        ("\ufeffimport kernel\ndef test_it(): pass\n", True, ""),
        *((f"import kernel, torch\ndef test_it(): return {said}\n", passes, words) for said, passes, words in RETURNED),
        *((f"import kernel, functools\n{ASSIGNED}test_it = {value}\n", False, "never") for value in CALLABLE),
        (f"import kernel\n{ASSIGNED}test_it = lambda: never(True)\nprint(test_it())\n", True, "None"),
        ("import kernel\ntest_it = lambda: False\n", False, "test_it() returned False"),
        ("import kernel\ndef test_it(): return False\ntest_it()\n", False, "test_it() returned False"),
        ("import kernel\ndef test_it(): return False\nif test_it():\n    assert False\n", True, ""),
        ("import kernel\ndef test_it(n): return False\ndef main():\n    test_it(1)\nmain()\n", False, "returned False"),
        ("import kernel\ndef setup_module(): return False\ndef test_it(): return True\n", True, ""),
        (f"import kernel\nclass TestIt:\n    class TestMore:\n        {NEVER}\n", False, "never"),
        (SKIPPED.format(more=""), False, "every test was skipped"),
        (SKIPPED.format(more="unittest.main()"), False, "every test was skipped"),
        (SKIPPED.format(more="    def test_other(self): pass"), True, ""),
        (SKIPPED.replace("skip('later')", "expectedFailure").format(more=""), True, ""),
        (ANSWERED.format(of="TestCase", how="", said="(False, 'no')", more=""), False, "of type tuple"),
        (ANSWERED.format(of="TestCase", how="", said="False", more="unittest.main()"), False, "returned False"),
        (ANSWERED.format(of="IsolatedAsyncioTestCase", how="async ", said="False", more=""), False, "returned False"),
        (ANSWERED.format(of="IsolatedAsyncioTestCase", how="async ", said="True", more=""), True, ""),
    ],
)
def test_a_test_that_is_only_defined_is_called(
    code: str, passes: bool, words: str, tmp_path: Path, pool: WorkerPool
) -> None:
    kernel = tmp_path / "k.py"
    kernel.write_text(RIGHT, encoding="utf-8")
    done = run_caller_test(
        kernel,
        code,
        Options(),
        pool=pool,
        scratch=tmp_path / "test",
        gpu=False,
        timeout_s=30.0,
        cancel=CancelToken(),
    )
    assert (done.passed, words in done.said) == (passes, True), done.said
    assert "runpy" not in done.said and "caller_test" not in done.said, "how it came to be run is no news"


RUN_BY_PYTEST = """\
import sys
import kernel
import pytest

def test_it():
    pass

if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
"""


@pytest.mark.parametrize(
    ("code", "passes", "words"),
    [
        (
            "import kernel, sys\nsys.stdout.reconfigure(encoding='utf-8', line_buffering=True)\nprint('ünd')\n",
            True,
            "ünd",
        ),
        ("import kernel, sys\nsys.stdout.buffer.write(b'bytes')\n", True, "bytes"),
        ("import kernel, sys, os\nos.write(sys.stdout.fileno(), b'by number')\n", True, "by number"),
        ("import kernel, faulthandler\nfaulthandler.enable()\n", True, ""),
        ("import kernel, sys\nsys.stdout.close()\nsys.stderr.close()\n", True, ""),
        ("import kernel, sys\nsys.stdout.close()\nassert False, 'after the close'\n", False, "after the close"),
        ("import kernel, tempfile\nwith tempfile.NamedTemporaryFile() as f: f.write(b'x')\n", True, ""),
        ("import kernel, torch\ntest_fn = torch.relu\n", True, ""),
        ("import kernel\nimport torch.nn.functional as F\ntest_fn = F.relu\n", True, ""),
        ("import kernel, pytest\n@pytest.mark.skip\ndef test_it(): assert 0\ndef test_more(): pass\n", True, ""),
        ("import kernel, pytest\n@pytest.mark.skip\ndef test_it(): pass\n", False, "every test was skipped"),
        ("import kernel, pytest\n@pytest.mark.skipif(False, reason='')\ndef test_it(): assert 0, 'no'\n", False, "no"),
        (RUN_BY_PYTEST, True, "1 passed"),
    ],
)
def test_a_test_script_has_what_a_script_has(
    code: str, passes: bool, words: str, tmp_path: Path, pool: WorkerPool
) -> None:
    kernel = tmp_path / "k.py"
    kernel.write_text(RIGHT, encoding="utf-8")
    given: dict[str, Any] = {"gpu": False, "timeout_s": 30.0, "cancel": CancelToken()}
    done = run_caller_test(kernel, code, Options(), pool=pool, scratch=tmp_path / "test", **given)
    assert (done.passed, words in done.said) == (passes, True), done.said


THREADS = """\
import os, torch
os.environ["OMP_NUM_THREADS"] = "2"
from kernel import kernel_function
torch.set_num_threads(2)
torch.set_num_interop_threads(2)
matrix = torch.randn(1500, 1500)
print((matrix @ matrix).shape, os.environ.pop("OMP_NUM_THREADS"))
"""
NATIVE = """\
import kernel, torch
print("before")
torch._C.set_num_threads(2)
matrix = torch.randn(1500, 1500)
matrix @ matrix
"""


@pytest.mark.parametrize(
    ("code", "passes", "words"),
    [
        (THREADS, True, ["[1500, 1500]) 2"]),
        ("import kernel, os\nprint('PASS')\nos._exit(0)\n", False, ["PASS\n", "the test ended by itself", "status 0"]),
        (
            "import kernel, os\nos.unlink('said.txt')\nos.symlink('kernel.py', 'said.txt')\nos._exit(3)\n",
            False,
            ["the test ended by itself with status 3. A test runs in one thread and one process"],
        ),
        ("import kernel, os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n", False, ["the test was ended by SIGTERM"]),
        ("import kernel, signal\nsignal.raise_signal(signal.SIGKILL)\n", False, ["the test was ended by SIGKILL"]),
        ("import kernel, signal, time\nsignal.alarm(1)\ntime.sleep(9)\n", False, ["the test was ended by SIGALRM"]),
        (
            "import kernel, os, signal\nheard = []\nsignal.signal(signal.SIGUSR1, lambda *given: heard.append(given))\n"
            "os.kill(os.getpid(), signal.SIGUSR1)\nos.kill(os.getpid(), 0)\nassert heard\n",
            True,
            [],
        ),
        (NATIVE, False, ["before\n", "hread", "the test ended by itself with status 1", "one thread and one process"]),
    ],
    ids=[
        *("threads", "ends early", "leaves a link", "a signal", "a signal that none can handle", "an alarm"),
        *("a handler of its own", "threads past torch"),
    ],
)
def test_a_test_runs_in_one_thread_and_one_process(
    code: str, passes: bool, words: list[str], tmp_path: Path, pool: WorkerPool
) -> None:
    kernel = tmp_path / "k.py"
    kernel.write_text(RIGHT, encoding="utf-8")
    given: dict[str, Any] = {"gpu": False, "timeout_s": 30.0, "cancel": CancelToken()}
    folder = tmp_path / "test"
    code = code.replace("'said.txt'", repr(str(folder / "said.txt")))
    done = run_caller_test(kernel, code, Options(), pool=pool, scratch=folder, **given)
    assert done.passed == passes, done.said
    for text in words:
        assert text in done.said
    assert "caller_test" not in done.said
    assert "ModelNew" not in done.said


def test_the_start_of_a_worker_is_no_part_of_the_test(tmp_path: Path) -> None:
    kernel = tmp_path / "k.py"
    kernel.write_text(RIGHT, encoding="utf-8")
    given: dict[str, Any] = {"gpu": False, "timeout_s": 1.5, "cancel": CancelToken()}
    with WorkerPool(sys.executable) as cold:
        started = time.monotonic()
        done = run_caller_test(kernel, "import kernel\n", Options(), pool=cold, scratch=tmp_path / "test", **given)
        assert time.monotonic() - started > given["timeout_s"], "it is slower to start than the test may be"
        assert done.passed, done.said
        assert not run_caller_test(
            kernel, "import kernel\nwhile True: pass\n", Options(), pool=cold, scratch=tmp_path / "test", **given
        ).passed


@pytest.mark.parametrize("folder", ["logs", "./of mine/logs"])
def test_a_folder_that_is_relative(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = TritonKernelAgent(log_dir=folder).generate_kernel(MODULE, TEST)
    assert result["success"], result["message"]
    assert Path(result["kernel_path"]).is_relative_to(tmp_path / folder)


def test_what_cannot_be_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="nope"):
        TritonKernelAgent(preferred_provider="nope")  # type: ignore[arg-type]
    with pytest.raises(BadOption, match="max_rounds"):
        TritonKernelAgent(max_rounds=-1)
    agent = TritonKernelAgent(log_dir=str(tmp_path / "log"))
    for description, test, words in (
        (MODULE, "", "tests nothing"),
        ("", None, "is empty"),
        (MODULE + "# \udc80", None, "surrogate"),
        (None, None, "problem_description is no text, but a value of type NoneType"),
        (MODULE, TEST.encode(), "test_code is no text, but a value of type bytes"),
        (MODULE, tmp_path / "test.py", "test_code is no text"),
        (MODULE, "x = 1\nassert kernel_function(\n", "test_code is not valid Python (line 2: '(' was never closed)"),
    ):
        result = agent.generate_kernel(description, test)
        assert not result["success"]
        assert words in result["message"]
    assert not (tmp_path / "log").exists()
    (tmp_path / "file").write_text("", encoding="utf-8")
    refused = TritonKernelAgent(log_dir=str(tmp_path / "file")).generate_kernel(MODULE)
    assert not refused["success"]
    assert "log_dir" in refused["message"]


def test_variables_of_kernelagent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUM_KERNEL_SEEDS", "many")
    with pytest.raises(BadOption, match="NUM_KERNEL_SEEDS"):
        TritonKernelAgent(log_dir=str(tmp_path))


def test_the_import_path_of_kernelagent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "pipeline" / "compat"))
    from triton_kernel_agent import TritonKernelAgent as imported  # type: ignore[import-not-found]

    assert imported is TritonKernelAgent


def test_the_arguments_of_kernelagent_in_its_order(tmp_path: Path) -> None:
    by_place = TritonKernelAgent(3, 5, str(tmp_path), "gpt-5", False, "openai", None, True, 12.5)
    by_name = TritonKernelAgent(
        num_workers=3,
        max_rounds=5,
        log_dir=str(tmp_path),
        model_name="gpt-5",
        high_reasoning_effort=False,
        preferred_provider="openai",
        target_platform=None,
        no_cusolver=True,
        test_timeout_s=12.5,
    )
    assert vars(by_place) == vars(by_name)
    options = by_place._options
    assert (options.workers, options.max_iters, options.model, options.provider) == (3, 5, "gpt-5", "openai")
    assert (options.effort, options.yes, by_place._test_timeout_s) == ("medium", False, 12.5)
    assert TritonKernelAgent(log_dir=str(tmp_path))._options.effort == "high"
    with pytest.raises(TypeError):
        TritonKernelAgent(3, 5, str(tmp_path), "gpt-5", False, "openai", None, True, 12.5, True)  # type: ignore[misc]


@pytest.mark.parametrize(
    "description",
    [
        f"Write a fused Triton kernel for the following problem:\n\n{MODULE}",
        f"Write a kernel for this module:\n```python\n{MODULE}```\nIt should be fast. For instance\n```\nx = 1\n```\n",
    ],
    ids=["after words", "in a block"],
)
def test_source_among_words_is_the_users_own(description: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_URL"):
        monkeypatch.delenv(name, raising=False)
    result = TritonKernelAgent(log_dir=str(tmp_path), arch=()).generate_kernel(description)
    assert result["success"], result["message"]
    session = Path(result["session_dir"])
    assert (session / "problem.py").read_text(encoding="utf-8").strip() == MODULE.strip()
    assert "No test was given" in (session / "test.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "description",
    [
        WORDS,
        "-" * 100_000 + "1",
        "1" + "+1" * 5000,
        f"{MODULE}deep = {'-' * 100_000}1\n",
        "from here on: a softmax",
        f"Either\n```\n{MODULE}```\nor\n```\n{RELU}```\n",
        f"Like\n```python\n{MODULE.partition('def get_inputs')[0]}```\nbut wider",
    ],
    ids=["words", "too deep", "too long a sum", "source that is too deep", "no source", "two modules", "no inputs"],
)
def test_what_holds_no_source_is_words(description: str) -> None:
    assert source_in(description) is None


def test_a_byte_order_mark_is_no_part_of_the_source() -> None:
    assert source_in(f"\ufeff{MODULE}") == MODULE


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"OPENAI_API_KEY": "sk-abcdefghijklmnopqrstuvwxyz123456"}, ("OPENAI_API_KEY is set", "You have not agreed")),
        ({"LLM_RELAY_URL": "http://127.0.0.1:9/v1"}, ("LLM_RELAY_URL is set", "relay is not asked", "model")),
    ],
)
def test_why_a_provider_that_is_set_up_is_not_asked(
    variables: dict[str, str], told: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = TritonKernelAgent(log_dir=str(tmp_path)).generate_kernel("Implement ReLU over a 1D tensor")
    assert not result["success"]
    for word in told:
        assert word in result["message"]
    assert "set OPENAI_API_KEY, " not in result["message"]


def test_an_operator_that_a_model_might_have_written(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-abcdefghijklmnopqrstuvwxyz123456")
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    result = fuse(Target(tmp_path / "net.py", "Net"), Options(), pool=pool)
    assert result.error is not None
    assert result.error.code == "UnsupportedOperator"
    assert "OPENAI_API_KEY is set, but openai is not asked" in result.error.hint
