"""A compilation is ended by the processor time that it takes: a busy machine fails no kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from kernelagent.worker.aot import compile_one

def burn(seconds):
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass

acts = {"burns": lambda: burn(60), "waits its turn": lambda: time.sleep(1.5), "waits for ever": lambda: time.sleep(60)}
compile_one._compile = lambda name, *_: acts[name]() or {"error": None}
used = int(time.process_time()) + 1
resource.setrlimit(resource.RLIMIT_CPU, (used + 1, used + 6))
told = {}
for act in acts:
    compilation = compile_one.Compilation(act, {"kernel": "doubled"}, "sm_90", None, Path(sys.argv[1]))
    told[act] = compilation.wait(1.0)["error"]
print(json.dumps(told))
"""


def test_only_what_computes_too_long_is_ended(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=120, check=True
    )
    too_long = "did not compile within 1 s: its tile is too large for the compiler"
    assert json.loads(done.stdout) == {"burns": too_long, "waits its turn": None, "waits for ever": too_long}
