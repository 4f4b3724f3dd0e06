"""``/`` of float32 in a kernel, as a GPU may round it.

Compiled for NVIDIA it is ``div.full.f32``, which is right within 2 units in the last place (PTX ISA, ``div``), while
the interpreter divides exactly, as ``tl.div_rn`` does on a GPU. By a power of two it is exact there, too.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

UNITS = 2
"""In the last place, by which ``div.full.f32`` may be off."""
_MOST_BITS = 0x7F7FFFFF - 64
_MANTISSA, _SIGNLESS = 0x007FFFFF, 0x7FFFFFFF


class Divisions:
    """Of one candidate's process."""

    def __init__(self, file: Path) -> None:
        self._file = str(file)
        self.units = 0
        """By which quotients are moved away from zero just now; below 0: towards it."""
        self.line = 0
        """Of which alone they are moved; 0: of all."""
        self.lines: dict[int, None] = {}
        """Of the candidate's file, where quotients were moved."""
        self._is_divided = self._may_jump = False

    def begin(self) -> None:
        """A call begins."""
        self._is_divided = self._may_jump = False

    @property
    def may_jump(self) -> bool:
        """Since the call began something was divided, and rounded to a whole number, or compared, after that."""
        return self._may_jump

    def stepped(self) -> None:
        """Some numbers are rounded to whole ones, or compared."""
        self._may_jump |= self._is_divided

    def divided(self, quotient: Any, by: Any) -> Any:
        """``quotient``, of float32, as it is to be."""
        if not self.units:
            self._is_divided = self._is_divided or bool((_bits(by) & _MANTISSA).any())
            return quotient
        line = self._line_asked()
        if self.line and line != self.line:
            return quotient
        self.lines[line] = None
        return moved(quotient, by, self.units)

    def _line_asked(self) -> int:
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._file:
            if frame.f_back is None:
                return 0
            frame = frame.f_back
        return frame.f_lineno


def moved(quotient: Any, by: Any, units: int) -> Any:
    """``quotient`` so many units in the last place away from zero, but for zeros, what is no number, and what comes
    ``by`` a power of two. Equal quotients stay equal, and no two change places."""
    bits = _bits(quotient)
    size = bits & _SIGNLESS
    is_meant = (size > abs(units)) & (size < _MOST_BITS) & ((_bits(by) & _MANTISSA) != 0)
    return np.where(is_meant, bits + np.int32(units), bits).astype(np.int32).view(np.float32).reshape(bits.shape)


def _bits(values: Any) -> Any:
    found = np.ascontiguousarray(values, dtype=np.float32).view(np.int32)
    return found.reshape(np.shape(values))
