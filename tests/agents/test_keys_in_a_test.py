"""What a caller's test says has no key in it: in the answer, in the session's files, in what a model is told."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from kernelagent import TritonKernelAgent
from kernelagent.contract.options import Options
from kernelagent.driver.caller_test import run_caller_test
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.known_keys import redactor_of
from kernelagent.driver.said_by_a_test import KEPT, end_of, redact_file
from kernelagent.driver.workers import WorkerPool
from kernels import MODULE, RIGHT, said

OF_THE_ENVIRONMENT = "Zq81kfm20dkXlaPwoe91mmaLs55"
OF_THE_PROJECT = "Pw-77:kdLq2z9vBn4tRyuX"
OF_THE_MODULES_PROJECT = "Hf0Qm3xTz8VbN1cKj6Ws"
OF_THE_TEST = "sk-ABCDEFGHIJKLMNOP1234567890"
KEYS = (OF_THE_ENVIRONMENT, OF_THE_PROJECT, OF_THE_MODULES_PROJECT, OF_THE_TEST)
WORDS = "Implement ReLU times two over a 1D tensor."
RELU = (
    "import torch\nfrom torch import nn\n\n\nclass Model(nn.Module):\n    def forward(self, x):\n"
    "        return torch.relu(x) * 2.0\n\n\ndef get_inputs():\n    return [torch.randn(96)]\n\n\n"
    "def get_init_inputs():\n    return []\n"
)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is not known for its keys."""
    (tmp_path / "other").mkdir()
    for folder in (tmp_path, tmp_path / "other"):
        (folder / "pyproject.toml").touch()
    (tmp_path / ".env.local").write_text(f"export DB_PASSWORD='{OF_THE_PROJECT}'\n", encoding="utf-8")
    (tmp_path / "other" / ".env").write_text(f"HF_TOKEN={OF_THE_MODULES_PROJECT}\n", encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", OF_THE_ENVIRONMENT)
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "notes.txt"
    file.write_text("".join(f"a key: {key}\n" for key in KEYS), encoding="utf-8")
    return file


def pieces_in(text: str) -> list[str]:
    known = KEYS[:-1]  # the last one is known by its look alone, and whole
    forms = [
        form for key in known for form in (*(key[at : at + 12] for at in range(len(key) - 11)), key.encode().hex())
    ]
    return [form for form in (*forms, OF_THE_TEST) if form in text]


def ran(code: str, notes: Path, pool: WorkerPool, timeout_s: float = 30.0) -> str:
    folder = notes.parent
    (folder / "k.py").write_text(RIGHT, encoding="utf-8")
    given = {"scratch": folder / "test", "gpu": False, "timeout_s": timeout_s, "cancel": CancelToken()}
    project = folder / "other" / "model.py"
    return run_caller_test(folder / "k.py", code, Options(), pool=pool, project=project, **given).said


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(text)",
        "print(text)\nraise ValueError(text)",
        "print(text)",
        "import os\nprint(text, flush=True)\nos._exit(3)",
        "print(text, flush=True)\nwhile True: pass",
        "print(text.encode().hex())\nraise SystemExit(1)",
        f"KEY = '{OF_THE_TEST}'\nassert KEY is None, KEY",
    ],
)
def test_no_key_is_told_or_written(code: str, notes: Path, pool: WorkerPool) -> None:
    told = ran(f"import kernel\ntext = open({str(notes)!r}).read()\n{code}\n", notes, pool, 5.0)
    written = (notes.parent / "test" / "said.txt").read_text(encoding="utf-8")
    assert "[redacted]" in written
    for text in (told, written):
        assert not pieces_in(text)


@pytest.mark.parametrize("more", [3960, 3985, 11_960, 11_985, KEPT - 60, 4 * KEPT - 70])
def test_no_key_is_cut_in_two(more: int, notes: Path, pool: WorkerPool) -> None:
    code = f"import kernel\nprint(open({str(notes)!r}).read() + 'x' * {more})\nraise SystemExit(1)\n"
    told = ran(code, notes, pool)
    assert "xx" in told
    assert not pieces_in(told + (notes.parent / "test" / "said.txt").read_text(encoding="utf-8"))


def test_what_stands_in_the_place_of_its_file_is_left_alone(notes: Path, pool: WorkerPool) -> None:
    file = notes.parent / "test" / "said.txt"
    code = "import kernel, os\nos.unlink({0!r})\nos.{1}\nprint('no')\n"
    before = notes.read_text(encoding="utf-8")
    ran(code.format(str(file), f"symlink({str(notes)!r}, {str(file)!r})"), notes, pool)
    assert file.is_symlink()
    assert notes.read_text(encoding="utf-8") == before
    file.unlink()
    os.mkfifo(file)
    redact_file(file, lambda text: "")
    assert file.is_fifo()


def test_the_end_of_a_long_file_remains(tmp_path: Path) -> None:
    file = tmp_path / "said.txt"
    redact, began = redactor_of(()), time.monotonic()
    file.write_text("word " * KEPT, encoding="utf-8")
    redact_file(file, redact)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("... (what was said before is left out)\n")
    assert text.endswith("word word ")
    assert KEPT - 10 < len(text) < KEPT + 100
    assert time.monotonic() - began < 5
    file.write_text("word " * 100, encoding="utf-8")
    redact_file(file, redact)
    assert file.read_text(encoding="utf-8") == "word " * 100


@pytest.mark.parametrize("text", ["key then", "x" * 100, "", "a b c " * 30])
def test_the_end_of_a_text(text: str) -> None:
    assert text.endswith(end_of(text, 40, str))
    assert bool(end_of(text, 40, str)) == bool(text)


@pytest.mark.parametrize("of_words", [False, True], ids=["a module", "words"])
def test_a_session_holds_no_key(of_words: bool, notes: Path) -> None:
    script = notes.parent / "script.json"
    script.write_text(json.dumps({"replies": [{"text": said(RELU)}]}), encoding="utf-8")
    agent = TritonKernelAgent(
        max_rounds=2,
        log_dir=str(notes.parent / "logs"),
        **({"model_name": str(script), "preferred_provider": "scripted"} if of_words else {}),
    )
    test = f"import kernel\nraise SystemExit(open({str(notes)!r}).read())\n"
    result = agent.generate_kernel(WORDS if of_words else MODULE, test)
    assert not result["success"]
    assert "[redacted]" in result["message"]
    files = [path for path in Path(result["session_dir"]).rglob("*") if path.is_file()]
    assert len([path for path in files if path.name == "said.txt"]) == (2 if of_words else 1)
    texts = [result["message"], *(path.read_bytes().decode("utf-8", "replace") for path in files)]
    for key in (OF_THE_ENVIRONMENT, OF_THE_PROJECT, OF_THE_TEST):
        assert not [text[:80] for text in texts if key in text]
