"""Inputs of which nothing is asked: no verdict on the kernel, and none on the module."""

from __future__ import annotations


class NoCase(ValueError):
    """Its text says why, as the verdict tells it."""
