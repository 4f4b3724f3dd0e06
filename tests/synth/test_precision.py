"""How float32 is multiplied, in the composed file's own words."""

from __future__ import annotations

import types

from kernelagent.worker.synth.compose.precision import AS_FLOAT32, Precision


def _asked(precision: Precision, allowed: bool, hip: str | None = None) -> str:
    matmul = types.SimpleNamespace(allow_tf32=allowed)
    torch = types.SimpleNamespace(
        version=types.SimpleNamespace(hip=hip),
        backends=types.SimpleNamespace(cuda=types.SimpleNamespace(matmul=matmul)),
    )
    names = {"torch": torch}
    exec("\n".join(precision.lines()), names)
    return str(eval(precision.argument, names))


def test_three_products_unless_told_otherwise() -> None:
    assert _asked(AS_FLOAT32, allowed=True) == "tf32x3"
    assert _asked(AS_FLOAT32, allowed=True, hip="6.0") == "ieee"
    assert _asked(Precision("ieee"), allowed=True) == "ieee"


def test_tf32_follows_pytorch_when_a_kernel_is_launched() -> None:
    assert _asked(Precision("tf32x3", follows_torch=True), allowed=True) == "tf32"
    assert _asked(Precision("tf32x3", follows_torch=True), allowed=False) == "tf32x3"
    assert _asked(Precision("ieee", follows_torch=True), allowed=False) == "ieee"
    assert _asked(Precision("ieee", follows_torch=True), allowed=True, hip="6.0") == "ieee"
