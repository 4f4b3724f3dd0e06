"""A machine without Triton, and the command line on it with a remote worker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ray_head import Head

SOFT = (
    "import torch\nfrom torch import nn\nfrom acts import act\n\n\nclass Soft(nn.Module):\n    def forward(self, x):\n"
    "        return act(x) + 1\n\n\ndef get_inputs():\n    return [torch.randn(4, 16)]\n"
)


KERNEL = """
import torch
import triton
import triton.language as tl


@triton.jit
def scaled(x, out, count, BLOCK: tl.constexpr):
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = place < count
    tl.store(out + place, tl.load(x + place, mask=inside, other=0.0) * 2.0 + 1.0, mask=inside)


def kernel_function(x):
    given = x.contiguous()
    out = torch.empty(given.shape, dtype=given.dtype, device=given.device)
    if given.numel():
        scaled[(triton.cdiv(given.numel(), 64),)](given, out, given.numel(), BLOCK=64)
    return out
"""


def without_triton(folder: Path) -> Path:
    """An environment with this one's packages but Triton, as there is on macOS."""
    packages = folder / "packages"
    packages.mkdir()
    for place in (Path(path) for path in sys.path if path.endswith("site-packages")):
        for entry in place.iterdir():
            if not entry.name.startswith(("triton", "_distutils", "distutils")) and entry.suffix != ".pth":
                link = packages / entry.name
                if not link.is_symlink():
                    link.symlink_to(entry)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    (own,) = (folder / "env").glob("lib/python*/site-packages")
    (own / "theirs.pth").write_text(f"{packages}\n", encoding="utf-8")
    return folder / "env" / "bin" / "python"


def project(folder: Path) -> None:
    (folder / "pyproject.toml").touch()
    (folder / "soft.py").write_text(SOFT, encoding="utf-8")
    (folder / "acts.py").write_text("def act(x):\n    return x * 2\n", encoding="utf-8")
    (folder / "kernel.py").write_text(KERNEL, encoding="utf-8")


def run(folder: Path, head: Head, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kernelagent.cli", *arguments, "--json", "--remote", head.through_client]
    command += ["--interpreter", str(without_triton(folder))]
    environment = {**os.environ, **head.environment}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
