"""The kinds of values that inputs take in cases, by name."""

from __future__ import annotations

from typing import Literal

Values = Literal[
    "example",
    "signed",
    "positive",
    "tiny",
    "huge",
    "large",
    "equal",
    "equal, positive",
    "far",
    "less far",
    "denormal",
    "zeros that meet",
    "infinity",
    "nan",
    "infinities that meet",
    "slices of infinity",
    "slices of -infinity",
    "slices of nan",
    "slices of every magnitude",
    "elements of every magnitude",
    "slices of many magnitudes",
    "elements of many magnitudes",
    "slices that grow small together",
    "up to the largest number",
    "large integers",
    "larger integers",
    "indices to the end",
    "negative integers",
    "ignored integers",
    "rows of zeros among integers",
    "zeros among integers",
    "zeros in runs among integers",
    "full and empty masks",
    "full masks",
    "masks in runs",
    "slices around one value",
    "ties",
    "halves of a scale",
    "halves of a given scale",
    "ends of the range",
    "around a number",
    "integers at ties",
    "integers at ties, narrowed",
    "numbers looked for",
    "rows of numbers looked for",
    "numbers of the kernel",
    "steps",
    "shared",
    "near each other",
    "other numbers",
    "larger numbers",
    "numbers of the other sign",
    "numbers that are zero",
    "one more",
    "one less",
    "integers of the other sign",
    "turned flags",
    "one more of all, and turned",
    "one less of all, and turned",
    "other signs of all, and turned",
]
INFINITY = float("inf")
INFINITE_SLICES: tuple[Values, ...] = ("slices of infinity", "slices of -infinity")
NAN_SLICES: Values = "slices of nan"
NAN: tuple[Values, ...] = ("nan", NAN_SLICES)
PLANTED: tuple[Values, ...] = (*NAN, "infinity", "infinities that meet", "zeros that meet", *INFINITE_SLICES)
"""Kinds that put NaN or infinities into some elements, or zeros, which are divided by."""
