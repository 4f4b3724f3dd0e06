"""What compute-sanitizer writes, read as findings: the forms of its versions since 2021."""

from __future__ import annotations

import pytest
from kernelagent.driver.sanitizer_log import Finding, parse

NEWER = """\
========= COMPUTE-SANITIZER
{"ready": {}}
========= Invalid __global__ read of size 4 bytes
=========     at add_kernel+0xec0 in kernel.py:43
=========     by thread (18,0,0) in block (0,0,0)
=========     Access to 0x7f4f0bcccca0 is out of bounds
=========     and is 161 bytes after the nearest allocation at 0x7f4f0bccc800 of size 1,024 bytes
=========
========= Invalid __global__ read of size 4 bytes
=========     at add_kernel+0xec0 in kernel.py:43
=========     by thread (19,0,0) in block (0,0,0)
=========     Access to 0x7f4f0bcccca4 is out of bounds
=========     and is 165 bytes after the nearest allocation at 0x7f4f0bccc800 of size 1,024 bytes
=========
========= Target application returned an error
========= ERROR SUMMARY: 2 errors
"""
OLDER = """\
========= COMPUTE-SANITIZER
========= Invalid __global__ write of size 16 bytes
=========     at 0xda0 in /home/someone/kernels/kernel.py:175:fused_kernel
=========     by thread (96,0,0) in block (44,0,0)
=========     Address 0x763995f9f008 is misaligned
=========     Saved host backtrace up to driver entry point at kernel launch time
=========     Host Frame: [0x2f26f0]
=========                in /usr/lib/libcuda.so.1
=========
========= ERROR SUMMARY: 1 error
"""
NO_LINE = """\
========= COMPUTE-SANITIZER
========= Invalid __global__ write of size 4 bytes
=========     at copy_kernel(unsigned char *, int)+0x120
=========     by thread (0,0,0) in block (0,0,0)
=========     Access to 0x147267fff80 is out of bounds
=========     and is inside the nearest allocation at 0x14725400000 of size 20971520 bytes
========= ERROR SUMMARY: 1 error
"""
RACE = """\
========= COMPUTE-SANITIZER
========= Error: Race reported between Write access at sum_kernel+0x260 in kernel.py:12
=========     and Read access at sum_kernel+0x200 in kernel.py:14 [294291 hazards]
=========     and Write access at sum_kernel+0x260 in kernel.py:12 [12 hazards]
=========
========= Warning: Race reported between Read access at 0x230 in kernel.py:30:sum_kernel
=========     and Write access at 0x250 in kernel.py:31:sum_kernel [8 hazards]
=========
========= RACECHECK SUMMARY: 2 hazards displayed (1 error, 1 warning)
"""
REPLICATED = """\
========= COMPUTE-SANITIZER
========= Error: Race reported between Write access at var_kernel+0x1a0 in kernel.py:32
=========     and Write access at var_kernel+0x1a0 in kernel.py:32 [31 hazards]
=========
========= Error: Potential WAW hazard detected at __shared__ 0x404 in block (0,0,0) :
=========     Write Thread (23,0,0) at var_kernel+0x1a0 in kernel.py:32
=========     Write Thread (24,0,0) at var_kernel+0x1a0 in kernel.py:32
=========     Current Value : 2, Incoming Value : 3
=========
========= RACECHECK SUMMARY: 2 hazards displayed (2 errors, 0 warnings)
"""
BROKEN = """\
========= COMPUTE-SANITIZER
========= Error: Target application terminated before first instrumented API call
========= Tracking kernels launched by child processes requires the --target-processes all option.
"""

CASES = {
    "newer": (
        NEWER,
        2,
        [
            Finding(
                "Invalid __global__ read of size 4 bytes: out of bounds, "
                "161 bytes after the nearest allocation of size 1,024 bytes",
                "error",
                "add_kernel",
                "kernel.py",
                43,
                2,
            )
        ],
    ),
    "older": (
        OLDER,
        1,
        [
            Finding(
                "Invalid __global__ write of size 16 bytes: misaligned",
                "error",
                "fused_kernel",
                "/home/someone/kernels/kernel.py",
                175,
            )
        ],
    ),
    "without a line": (
        NO_LINE,
        1,
        [Finding("Invalid __global__ write of size 4 bytes: out of bounds", "error", "copy_kernel")],
    ),
    "race": (
        RACE,
        1,
        [
            Finding(
                "race in shared memory: write at line 12 and read at line 14, write at line 12",
                "error",
                "sum_kernel",
                "kernel.py",
                12,
            ),
            Finding(
                "race in shared memory: read at line 30 and write at line 31", "warning", "sum_kernel", "kernel.py", 30
            ),
        ],
    ),
    "replicated": (
        REPLICATED,
        2,
        [
            Finding(
                "race in shared memory: write at line 32 and write at line 32",
                "error",
                "var_kernel",
                "kernel.py",
                32,
                replicated=True,
            ),
            Finding("WAW hazard in shared memory", "error", "var_kernel", "kernel.py", 32, replicated=True),
        ],
    ),
    "clean": ("========= COMPUTE-SANITIZER\n========= ERROR SUMMARY: 0 errors\n", 0, []),
    "cut off": ("========= COMPUTE-SANITIZER\n", None, []),
}


@pytest.mark.parametrize("text, errors, findings", CASES.values(), ids=CASES.keys())
def test_a_log_is_read(text: str, errors: int | None, findings: list[Finding]) -> None:
    log = parse(text)
    assert list(log.findings) == findings
    assert log.errors == errors
    assert log.trouble == ""


def test_a_tool_that_saw_nothing_is_in_trouble() -> None:
    log = parse(BROKEN)
    assert log.trouble == "Error: Target application terminated before first instrumented API call"
    assert (log.findings, log.errors) == ((), None)
