"""The Ray cluster of this folder's tests."""

from __future__ import annotations

from ray_head import head, ray

__all__ = ["head", "ray"]
