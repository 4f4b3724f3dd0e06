"""The API's types, as a user's own mypy sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

from kernelagent.contract.option_fields import OptionFields
from kernelagent.contract.options import Options

ROOT = Path(__file__).resolve().parents[2]


def test_user_code_is_typed() -> None:
    """With the checkout's own cache, which the suite's mypy run has filled."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml")]
    env = {**os.environ, "MYPYPATH": str(ROOT / "pipeline")}
    file = str(Path(__file__).with_name("typed_use.py"))
    done = subprocess.run([*command, file], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_option_is_a_keyword_of_its_type() -> None:
    keywords, fields = get_type_hints(OptionFields), get_type_hints(Options)
    assert list(keywords) == list(fields)
    for name, hint in fields.items():
        assert keywords[name] == hint or hint in get_args(keywords[name]), name
