"""Entry point of a worker process, launched by path in the user's interpreter.

Only this one package is made importable, by registering it in ``sys.modules`` under its path: nothing else of the
environment that the driver lives in is seen. Standard library only, Python 3.10 and newer.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def register_package() -> None:
    """Make ``kernelagent`` importable from ``PACKAGE``, and nothing beside it."""
    here = str(Path(__file__).resolve().parent)
    # Launching by path put this folder first on sys.path, where `problem`, `tasks` ... would shadow the user's modules.
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry or os.getcwd()) != here]
    spec = importlib.util.spec_from_file_location(
        "kernelagent", PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{PACKAGE} is not a package")
    module = importlib.util.module_from_spec(spec)
    sys.modules["kernelagent"] = module
    spec.loader.exec_module(module)


def main() -> int:
    parser = argparse.ArgumentParser(description="KernelAgent worker; started by the driver.")
    parser.add_argument("--flavor", choices=("interpret", "compile"), required=True)
    parser.add_argument("--single", action="store_true", help="run one task in this process, then end (no fork)")
    options = parser.parse_args()
    del sys.argv[1:]  # the user's code may parse its own
    # Before anything imports triton: kernels are bound to interpreter or compiler when they are decorated.
    os.environ.pop("TRITON_INTERPRET", None)
    if options.flavor == "interpret":
        os.environ["TRITON_INTERPRET"] = "1"
        # Capturing and interpreting are the CPU's work. Were a GPU seen, warming up would initialize its driver, which
        # children of a fork cannot use any more, and each child would pay for trying.
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ["HIP_VISIBLE_DEVICES"] = "-1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # a pool of threads would not survive a fork, and two workers share few cores
    register_package()
    from kernelagent.worker import serve

    return serve.serve_single(options.flavor) if options.single else serve.serve(options.flavor)


if __name__ == "__main__":
    sys.exit(main())
