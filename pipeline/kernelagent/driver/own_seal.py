"""A seal on what is kept in a project and believed later: it shows that this user wrote it, and that it did not come
with a repository. The key for it is in the user's own folder, and is no secret of anybody else's."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from kernelagent.driver.users_own import user_folder

NAME = "seal.key"


def seal(text: str) -> str:
    """Of ``text``; empty where the user's folder can't hold a key: then nothing that was kept is believed."""
    key = _key()
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest() if key else ""


def is_ours(text: str, sealed: str) -> bool:
    """``sealed`` is what :func:`seal` gave for ``text`` in this user's account."""
    expected = seal(text)
    return bool(expected) and hmac.compare_digest(expected, sealed)


def _key() -> bytes:
    path = user_folder(os.environ) / NAME
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path)
        return path.read_bytes()
    return b""


def _write_whole(path: Path) -> None:
    """Make the key where there is none; of several processes that do so the first one's stays, complete."""
    if path.exists():
        return
    new = path.with_name(f"{NAME}.{secrets.token_hex(4)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_hex(32).encode())
    finally:
        os.close(handle)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink()
