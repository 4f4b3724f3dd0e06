"""The verdict that an editor was given last on a kernel of a class, pass or failure, for the next language server.

    file, class, kernel ─▶ .fuse/judged/KEY.json ─▶ sealed by this user? ─▶ the verdict, and the text that it is on

Nothing is judged by it: it is shown again, with what has changed since.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.codec import dumps, read_json, to_json
from kernelagent.contract.verdict import Verification
from kernelagent.driver.own_seal import is_ours, seal
from kernelagent.driver.store.kept_files import put

FOLDER = "judged"
MOST = 400
"""That are kept; the ones that were written first go first."""


@dataclass(frozen=True)
class LastVerdict:
    key: str
    at: float
    """Seconds since 1970."""
    text: str
    """Of the module's file, as it was judged."""
    verification: Verification
    seal: str = ""


def keep(runs: Path, file: Path, class_name: str, text: str, verification: Verification) -> None:
    """Write down in the folder ``runs`` that ``verification`` came last. A disk that refuses only makes the next server
    know nothing of it."""
    key = _key(file, class_name, verification.kernel_sha256)
    kept = LastVerdict(key, time.time(), text, verification)
    with contextlib.suppress(OSError, ValueError):
        put(runs / FOLDER / f"{key}.json", dumps(replace(kept, seal=seal(_unsealed(kept)))), MOST)


def last(runs: Path, file: Path, class_name: str, kernel_text: str) -> LastVerdict | None:
    """What :func:`keep` was given last on this kernel, letter by letter."""
    key = _key(file, class_name, hashlib.sha256(kernel_text.encode("utf-8", "surrogatepass")).hexdigest())
    try:
        kept = read_json(runs / FOLDER / f"{key}.json", LastVerdict)
    except (OSError, ValueError):
        return None
    return kept if kept.key == key and is_ours(_unsealed(kept), kept.seal) else None


def _key(file: Path, class_name: str, kernel_sha256: str) -> str:
    about = json.dumps([os.path.realpath(file), class_name, kernel_sha256])
    return hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()


def _unsealed(kept: LastVerdict) -> str:
    return "last verdict " + json.dumps(to_json(replace(kept, seal="")), sort_keys=True)
