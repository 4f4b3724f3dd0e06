"""What all pages of a server share: the place, the jobs, the workers."""

from __future__ import annotations

from dataclasses import dataclass

from kernelagent.ui.jobs import Jobs
from kernelagent.ui.place import Place
from kernelagent.ui.warm import Warm


@dataclass(frozen=True)
class Desk:
    place: Place
    jobs: Jobs
    warm: Warm
