"""Where reports lie that belong to no run directory: in a folder that goes when the server goes."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path


class ReportFolder:
    """Thread-safe: jobs ask from their own threads. Nothing is made before the first report."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._root: Path | None = None
        self._removed = False

    def new(self) -> Path | None:
        """A folder for one report; ``None`` once all were removed, or where none can be made."""
        with self._lock:
            if self._removed:
                return None
            try:
                if self._root is None:
                    self._root = Path(tempfile.mkdtemp(prefix="kernelagent-reports-"))
                return Path(tempfile.mkdtemp(dir=self._root))
            except OSError:
                return None

    def remove(self) -> None:
        """Remove every report. The process is about to end."""
        with self._lock:
            self._removed = True
            if self._root is not None:
                shutil.rmtree(self._root, ignore_errors=True)
