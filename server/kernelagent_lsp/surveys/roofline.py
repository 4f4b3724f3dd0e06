"""The least time that subgraphs can take on the GPU that the settings choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernelagent.contract.subgraph import Subgraph
from kernelagent.driver.devices import DEVICES, Estimate, estimate

from kernelagent_lsp.surveys.wording import amount, duration


@dataclass(frozen=True)
class Roofline:
    arch: str
    """As the settings have it."""

    @property
    def device(self) -> str:
        """Its name; empty where there are no figures of it."""
        return DEVICES[self.arch].name if self.arch in DEVICES else ""

    @property
    def basis(self) -> str:
        """What the estimate divides by, for people."""
        device = DEVICES.get(self.arch)
        if device is None:
            return f"no figures of {self.arch}"
        return f"{self.arch} ({device.name}, {amount(device.bandwidth, 'B')}/s)"

    def of(self, subgraph: Subgraph) -> Estimate | None:
        return None if subgraph.refused else estimate(subgraph, self.arch)

    def told(self, subgraph: Subgraph) -> str:
        """``10.0 µs, memory``; empty without figures."""
        found = self.of(subgraph)
        return "" if found is None else f"{duration(found.seconds)}, {found.bound}"

    def total(self, subgraphs: Sequence[Subgraph]) -> str:
        found = [self.of(one) for one in subgraphs]
        known = [one.seconds for one in found if one is not None]
        return duration(sum(known)) if known and len(known) == len(found) else ""
