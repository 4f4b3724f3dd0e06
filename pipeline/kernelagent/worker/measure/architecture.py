"""The architecture of a GPU, as Triton and the device table name it."""

from __future__ import annotations

from typing import Any

import torch


def architecture(properties: Any) -> str:
    """``sm_90`` of NVIDIA's, ``gfx942`` of AMD's, out of what ``torch.cuda.get_device_properties`` gives."""
    if torch.version.hip is not None:
        return str(properties.gcnArchName).split(":")[0]
    return f"sm_{properties.major}{properties.minor}"  # gcnArchName is there too, and is the GPU's name
