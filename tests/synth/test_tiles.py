"""Tiles by size and by GPU; and what the compiler makes of the ones that are chosen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kernelagent.worker.synth.emit.contraction_tiles import Product, choose
from kernelagent.worker.synth.machine import machine_for

ROOT = Path(__file__).parents[2]

CHOSEN = {
    # rows, columns, inner, dtype, arch → rows and columns of a tile
    (4096, 4096, 4096, "float32", "sm_90"): (128, 64),
    (4096, 4096, 4096, "float16", "sm_90"): (128, 128),
    (4096, 4096, 4096, "float32", "sm_80"): (64, 64),
    (256, 1024, 1024, "float32", "sm_90"): (64, 32),
    (1024, 1024, 1024, "float32", "sm_90"): (64, 64),
}


@pytest.mark.parametrize("asked", CHOSEN)
def test_tile(asked: tuple[int, int, int, str, str]) -> None:
    rows, columns, inner, dtype, arch = asked
    wanted = Product(1, rows, columns, inner, dtype, free_rows=True, free_columns=False, plain=True)
    tiles = choose(wanted, machine_for([arch]))
    assert (tiles.rows, tiles.columns) == CHOSEN[asked]
    assert arch in tiles.reason


def test_addresses_that_take_registers_take_them_from_the_sums() -> None:
    wanted = [Product(1, 4096, 4096, 4096, "float32", True, False, plain) for plain in (True, False)]
    plain, gathered = (choose(w, machine_for(["sm_90"])) for w in wanted)
    per_thread = [t.rows * t.columns / t.warps for t in (plain, gathered)]
    assert per_thread[1] < per_thread[0]


def test_a_file_for_several_gpus_fits_the_smallest() -> None:
    assert machine_for(["sm_90", "sm_80"]).arch == "sm_80"
    assert machine_for([]).arch == machine_for(["unheard"]).arch == "sm_90"


@pytest.mark.parametrize("arch", ["sm_80", "sm_90"])
def test_nothing_spills(arch: str, tmp_path: Path) -> None:
    kept = tmp_path / "resources.json"
    templates = ("linear", "attention 64")
    named = [part for name in templates for part in ("--template", name)]
    command = [sys.executable, "-m", "tests.bench.resources", "--arch", arch, "--json", str(kept), "--exact", *named]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    figures = json.loads(kept.read_text())
    assert len(figures) == len(templates)
    assert {name: f["spills"] for name, f in figures.items() if f["spills"] or not f["fits"]} == {}
