"""Takes the pictures of terminal editors for the docs: ``python scripts/terminal_pictures.py [neovim|helix|emacs]``.

Each editor of ``tests/setup-editors.sh`` is started in tmux on a small module, driven by keys, and what its screen
shows is written to ``docs/images`` as SVG: text, so that it is sharp and small.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs/images"
EDITORS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kernelagent-tests"
PATIENCE_S = 240
COLUMNS, LINES = 104, 28
MODULE = """import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(16, 128),), init=(128,)
class Head(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.norm = nn.LayerNorm(features)

    def forward(self, x):
        hidden = F.gelu(x)
        return self.norm(hidden)
"""
FRAME = """<svg class="terminal" viewBox="0 0 {width} {terminal_height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>{lines}</defs>
<rect fill="#1c1e26" width="100%" height="100%" rx="8"/>
<g transform="translate({terminal_x}, 9)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


class Terminal:
    """An editor in a tmux of its own."""

    def __init__(self, folder: Path, *command: str) -> None:
        self._socket = str(folder / "tmux")
        variables = {"LC_ALL": "C.UTF-8", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
        settings = [f"{name}={value}" for name, value in variables.items()]
        size = ["-x", str(COLUMNS), "-y", str(LINES)]
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "-c", str(folder), "env", *settings, *command)
        self._tmux("set", "-g", "status", "off")
        self._tmux("set", "-g", "escape-time", "0")

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def keys(self, *keys: str) -> None:
        """By tmux's names: ``Enter``, ``Escape``, ``M-x``; anything else is typed."""
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(0.3)

    def wait(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while text not in (screen := self._tmux("capture-pane", "-p")):
            if time.monotonic() > deadline:
                self.close()
                raise SystemExit(f"no {text!r} came on the screen:\n{screen}")
            time.sleep(0.3)

    def picture(self, name: str) -> None:
        time.sleep(1)
        console = Console(record=True, width=COLUMNS, file=StringIO(), legacy_windows=False)
        console.print(
            Text.from_ansi(self._tmux("capture-pane", "-p", "-e", "-N").rstrip("\n")), no_wrap=True, crop=False
        )
        (PICTURES / f"{name}.svg").write_text(
            console.export_svg(code_format=FRAME, unique_id="screen", font_aspect_ratio=0.6), encoding="utf-8"
        )

    def close(self) -> None:
        """Whether or not the editor has gone by itself."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False)


def neovim(folder: Path) -> Terminal:
    (folder / "init.lua").write_text(
        f"""
vim.opt.rtp:prepend('{ROOT}')
vim.opt.termguicolors, vim.opt.number, vim.opt.swapfile, vim.opt.signcolumn = true, true, false, 'yes'
require('kernelagent').setup({{ settings = {{ kernelagent = {{
  interpreter = '{sys.executable}', codeLens = true, inlayHints = true }} }} }})
require('kernelagent').progress_window()
vim.lsp.codelens.enable(true)
vim.lsp.inlay_hint.enable(true)
""",
        encoding="utf-8",
    )
    nvim, pipe = str(EDITORS / "neovim/bin/nvim"), str(folder / "pipe")
    # An interface starts its server by its own path, which the editor that is unpacked for tests does not have.
    server = ["--headless", "--listen", pipe, "--clean", "-u", "init.lua", "+7", "model.py"]
    subprocess.Popen([nvim, *server], cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not Path(pipe).exists():
        time.sleep(0.1)
    terminal = Terminal(folder, nvim, "--server", pipe, "--remote-ui")
    terminal.wait("less memory traffic")
    terminal.picture("neovim-before")
    terminal.keys(":LspKernelagentFuse", "Enter")
    terminal.wait("verify")
    terminal.picture("neovim-running")
    terminal.wait("Review")
    terminal.picture("neovim-verified")
    terminal.keys("Escape", "Escape", ":cq", "Enter")
    return terminal


def helix(folder: Path) -> Terminal:
    (folder / "config/helix").mkdir(parents=True)
    (folder / "config/helix/languages.toml").write_text(
        f"""
[language-server.kernelagent]
command = "kernelagent-lsp"
args = ["--stdio"]
[language-server.kernelagent.config.kernelagent]
interpreter = "{sys.executable}"
[[language]]
name = "python"
language-servers = ["kernelagent"]
""",
        encoding="utf-8",
    )
    (folder / "config/helix/config.toml").write_text(
        "[editor]\ntrue-color = true\n[editor.lsp]\ndisplay-progress-messages = true\n", encoding="utf-8"
    )
    terminal = Terminal(folder, str(EDITORS / "helix/bin/hx"), "model.py:7")
    terminal.wait("can be one kernel")
    terminal.keys("Space", "a")
    terminal.wait("Fuse to Triton")
    terminal.picture("helix-menu")
    return terminal


def emacs(folder: Path) -> Terminal:
    (folder / "init.el").write_text(
        f"""
(setq native-comp-jit-compilation nil inhibit-startup-screen t make-backup-files nil create-lockfiles nil)
(menu-bar-mode -1)
(require 'eglot)
(add-to-list 'eglot-server-programs '(python-mode . ("kernelagent-lsp" "--stdio")))
(setq-default eglot-workspace-configuration '(:kernelagent (:interpreter "{sys.executable}")))
(add-hook 'python-mode-hook #'eglot-ensure)
""",
        encoding="utf-8",
    )
    terminal = Terminal(folder, str(EDITORS / "emacs/bin/emacs"), "-nw", "-Q", "-l", "init.el", "+7", "model.py")
    terminal.wait("[eglot:")
    terminal.keys("M-x", "eglot-code-actions", "Enter")
    terminal.wait("Fuse to Triton")
    terminal.picture("emacs-actions")
    return terminal


EDITORS_OF_TERMINALS: dict[str, Callable[[Path], Terminal]] = {"neovim": neovim, "helix": helix, "emacs": emacs}


def main() -> int:
    for name in sys.argv[1:] or EDITORS_OF_TERMINALS:
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / "model.py").write_text(MODULE, encoding="utf-8")
            (Path(scratch) / "pyproject.toml").touch()
            EDITORS_OF_TERMINALS[name](Path(scratch)).close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
