"""``file:`` URIs and paths."""

from __future__ import annotations

import os
from urllib.parse import quote, unquote, urlsplit

_SAFE = "/~!$&'()*+,;=-._"


def uri_to_path(uri: str) -> str | None:
    """Absolute path that ``uri`` names, or ``None``: an untitled buffer, a notebook's cell, a file on another host."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path, errors="surrogateescape")
    if "\0" in path or not path.startswith("/"):
        return None
    if os.name == "nt":  # file:///c%3A/x
        path = path.lstrip("/").replace("/", "\\")
        return path[:1].lower() + path[1:]
    return path


def why_no_path(uri: str) -> str:
    """What to tell who asks for something of a document that no file on this machine holds."""
    if uri.startswith("vscode-notebook-cell:") or uri.partition("#")[0].endswith(".ipynb"):
        return (
            "A notebook's cell can't be imported: move the class to a .py file, or call kernelagent.fuse() in the cell."
        )
    return "The document is not a file on this machine: save it first."


def path_to_uri(path: str) -> str:
    """The ``file:`` URI of an absolute ``path``."""
    if os.name == "nt":
        path = "/" + path.replace("\\", "/")
    return "file://" + quote(path, safe=_SAFE, errors="surrogateescape")
