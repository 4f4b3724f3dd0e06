"""Where the linter says "does not compile", Triton's compiler says so too; and it takes what the pages call right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pages import example

REFUSED = ("KA201", "KA202", "KA203", "KA205", "KA206", "KA208", "KA209", "KA210", "KA211", "KA302", "KA404", "KA504")
TAKEN = ("KA101", "KA103", "KA104", "KA204", "KA207", "KA301", "KA303")
"""Wrong in another way than by not compiling."""

SCRIPT = """
import importlib.util, json, sys
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

def compiles(path):
    try:
        spec = importlib.util.spec_from_file_location("kernel_file", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for function in vars(module).values():
            while hasattr(function, "fn") and not isinstance(function, JITFunction):
                function = function.fn
            if not isinstance(function, JITFunction):
                continue
            signature, constants = {}, {}
            for index, parameter in enumerate(function.params):
                if parameter.is_constexpr:
                    signature[parameter.name], constants[(index,)] = "constexpr", 64
                else:
                    signature[parameter.name] = "*fp32" if parameter.name.endswith("ptr") else "i32"
            source = ASTSource(fn=function, signature=signature, constexprs=constants)
            triton.compile(source, target=GPUTarget("cuda", 90, 32))
    except Exception:
        return False
    return True

print(json.dumps({path: compiles(path) for path in sys.argv[1:]}))
"""


def test_the_compiler_agrees(tmp_path: Path) -> None:
    wanted: dict[str, bool] = {}
    for code in (*REFUSED, *TAKEN):
        for heading in ("Wrong", "Right"):
            file = tmp_path / f"{code}_{heading}.py"
            file.write_text(example(code, heading), encoding="utf-8")
            wanted[str(file)] = heading == "Right" or code in TAKEN
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *wanted],
        env={**environment, "TRITON_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == wanted
