"""Start of a worker: take the protocol's two ends, warm up, then serve one request or many.

Requests arrive as JSON lines on stdin; replies leave on a private duplicate of stdout, while fd 1 points at stderr so
that no ``print`` can break the stream.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator

from kernelagent.errors import KernelAgentError
from kernelagent.worker import warmup
from kernelagent.worker.child import describe, run_task, write_line
from kernelagent.worker.process_tree import threads


def take_stdio() -> tuple[int, int]:
    """Move the two ends of the protocol away from fds 0 and 1, where the user's code would meet them."""
    requests, wire = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as null:
        os.dup2(null.fileno(), 0)
    os.dup2(2, 1)
    return requests, wire


def serve(flavor: str) -> int:
    """Serve tasks until the driver hangs up, and end the process; returns where it could not begin."""
    requests, wire = take_stdio()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    started = time.monotonic()
    with _end_with_driver(requests):
        try:
            versions = warmup.import_heavy_modules(flavor)
            warmup.import_tasks()
            if flavor == "interpret":
                warmup.warm_export()
        except Exception as exc:  # noqa: BLE001  a worker that can't start says why, whatever it was
            write_line(wire, {"failed": describe(exc, "start")})
            return 1
    gc.collect()
    gc.freeze()  # children share these pages as long as the collector does not touch them
    write_line(wire, {"ready": {"versions": versions, "threads": threads(), "elapsed_s": time.monotonic() - started}})
    from kernelagent.worker.zygote import Zygote

    status = Zygote(requests, wire).loop()
    with contextlib.suppress(OSError, ValueError):  # their reader may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # the tasks are over, and taking all of torch apart takes longer than to end


def serve_single(flavor: str) -> int:
    """Run the one request that stdin holds in this very process: where forking is unsafe (macOS, Windows)."""
    requests, wire = take_stdio()
    try:
        versions = warmup.import_heavy_modules(flavor)
    except KernelAgentError as exc:
        write_line(wire, {"failed": describe(exc, "start")})
        return 1
    write_line(wire, {"ready": {"versions": versions, "threads": threads(), "elapsed_s": 0.0}})
    with os.fdopen(requests, "rb") as stream:
        line = stream.readline()
    if line:
        run_task(json.loads(line), wire)
    return 0


@contextlib.contextmanager
def _end_with_driver(requests: int) -> Iterator[None]:
    """While imports keep the loop from running, a thread ends this process when the driver hangs up. It is gone before
    the first fork."""
    stop, stopper = os.pipe()

    def watch() -> None:
        poll = select.poll()
        poll.register(requests, select.POLLHUP)
        poll.register(stop, select.POLLIN | select.POLLHUP)
        for fd, event in poll.poll():
            if fd == requests and event & (select.POLLHUP | select.POLLERR):
                os._exit(1)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        os.close(stopper)
        thread.join()
        os.close(stop)
        deadline = time.monotonic() + 1.0
        while threads() > 1 and time.monotonic() < deadline:  # join() returns a moment before the kernel's thread ends
            time.sleep(0.001)
