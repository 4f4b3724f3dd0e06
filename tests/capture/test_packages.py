"""A file of a package is imported as Python imports it: its packages first, which may import it themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "pk/__init__.py": "from .net import Net\nfrom .second import Second\n",
    "pk/net.py": "import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n",
    "pk/second.py": "from pk import Net\nfrom . import net\n\n\nclass Second(Net):\n    base = net.Net\n",
    "pk/sub/__init__.py": "from ..second import Second\nfrom .. import net\n\n\nclass Third(Second):\n    pass\n",
}
SCRIPT = """
import sys
from pathlib import Path
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.problem.load import load_class

file, name = Path(sys.argv[1]), sys.argv[2]
text = Path("unsaved.py")
text.write_text(file.read_text() + "\\nUNSAVED = 1\\n")
cls = load_class(Problem(str(file.absolute()), name, 1, "", ExampleInputs("option", "()", "()"), text_file=str(text)))
import pk
module = sys.modules[cls.__module__]
print(cls.__module__, cls.__mro__[-3].__module__, module.UNSAVED, getattr(pk, name, cls) is cls, module.__spec__.name)
"""


@pytest.mark.parametrize(
    ("file", "name", "module"),
    [
        ("pk/net.py", "Net", "pk.net"),
        ("pk/second.py", "Second", "pk.second"),
        ("pk/sub/__init__.py", "Third", "pk.sub"),
    ],
)
def test_its_own_text_is_what_the_package_imports(file: str, name: str, module: str, tmp_path: Path) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    pipeline = Path(__file__).resolve().parents[2] / "pipeline"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, file, name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(pipeline)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [module, "pk.net", "1", "True", module]
