"""How a composed file multiplies float32: the constant that its kernels are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CONSTANT = "FP32_PRECISION"
"""What kernels are written with."""


@dataclass(frozen=True)
class Precision:
    products: Literal["tf32x3", "ieee"] = "tf32x3"
    follows_torch: bool = False
    """TF32 wherever ``torch.backends.cuda.matmul.allow_tf32`` is set when a kernel is launched."""

    @property
    def argument(self) -> str:
        """What a launch passes."""
        return "_fp32_precision()" if self.follows_torch else CONSTANT

    def lines(self) -> list[str]:
        """The file's own definition."""
        if self.products == "ieee":
            constant = ["# Plain float32 products, without tensor cores.", f'{CONSTANT} = "ieee"']
        else:
            constant = [
                "# Three TF32 products for each float32 one: the accuracy of float32 on NVIDIA's tensor cores.",
                f'{CONSTANT} = "ieee" if torch.version.hip else "tf32x3"',
            ]
        if not self.follows_torch:
            return constant
        return [
            *constant,
            "",
            "",
            "def _fp32_precision():",
            '    """TF32 where PyTorch is told to use it, which rounds operands to 11 bits."""',
            "    allowed = torch.backends.cuda.matmul.allow_tf32 and not torch.version.hip",
            f'    return "tf32" if allowed else {CONSTANT}',
        ]


AS_FLOAT32 = Precision()
