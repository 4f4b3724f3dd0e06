"""Builds what a release consists of from the last commit, byte for byte the same wherever it is built:

    .venv/bin/python scripts/release.py                  # wheel and source distribution, into dist/
    .venv/bin/python scripts/release.py --vsix --sbom    # the VS Code extension and the bill of materials, too

Needs the packages of ``[dev]``; ``--vsix`` needs Node.js, ``--sbom`` the network and ``cyclonedx-bom``. What lies in
the working tree and is not committed takes no part. All times in the archives are the commit's, as SOURCE_DATE_EPOCH
(reproducible-builds.org) has it.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).absolute().parents[1]


def main() -> int:
    """Exit status 0; 1 where the tag on the commit, if there is one, is not the version's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="default: dist/")
    parser.add_argument("--vsix", action="store_true", help="also the VS Code extension")
    parser.add_argument("--sbom", action="store_true", help="also what a fresh environment holds, as CycloneDX")
    given = parser.parse_args()
    os.umask(0o022)  # modes are part of the archives
    epoch = _git("log", "-1", "--format=%ct")
    os.environ["SOURCE_DATE_EPOCH"] = epoch
    tags = [tag for tag in _git("tag", "--points-at", "HEAD").splitlines() if re.match(r"v\d", tag)]
    if tags and f"v{version(ROOT)}" not in tags:
        print(f"error: the commit is tagged {', '.join(tags)}, and its version is {version(ROOT)}", file=sys.stderr)
        return 1
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kernelagent-release-") as name:
        tree = Path(name) / "tree"
        committed(tree)
        made = [*distributions(tree, given.out, int(epoch))]
        if given.vsix:
            made.append(extension(tree, given.out))
        if given.sbom:
            made.append(bill_of_materials(next(file for file in made if file.suffix == ".whl"), given.out))
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(made))
    (given.out / "SHA256SUMS").write_text(sums, encoding="utf-8")
    print(sums, end="")
    return 0


def version(tree: Path) -> str:
    """The one place where it is written."""
    text = (tree / "pipeline" / "kernelagent" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert found is not None
    return found[1]


def committed(tree: Path) -> None:
    """The last commit's files, nothing else."""
    tree.mkdir()
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(tree)], input=packed, check=True)


def distributions(tree: Path, out: Path, epoch: int) -> list[Path]:
    """The wheel, and the source distribution with its times and owners evened out: setuptools takes the files'."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tree / "dist"), str(tree)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    files = []
    for file in sorted((tree / "dist").iterdir()):
        files.append(out / file.name)
        if file.name.endswith(".tar.gz"):
            files[-1].write_bytes(evened(file.read_bytes(), epoch))
        else:
            shutil.copyfile(file, files[-1])
    return files


def evened(archive: bytes, epoch: int) -> bytes:
    """A ``.tar.gz`` with its members in order, of one time and of nobody."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as before, tarfile.open(fileobj=packed, mode="w") as after:
        for member in sorted(before.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            after.addfile(member, before.extractfile(member) if member.isfile() else None)
    return gzip.compress(packed.getvalue(), mtime=epoch)


def extension(tree: Path, out: Path) -> Path:
    """The ``.vsix``, of the same commit."""
    folder = tree / "vscode-client"
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "package"]):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    file = out / f"kernelagent-lsp-{version(tree)}.vsix"
    shutil.copyfile(folder / "kernelagent-lsp.vsix", file)
    return file


def bill_of_materials(wheel: Path, out: Path) -> Path:
    """What is installed where the wheel is, with all extras but PyTorch and those for development."""
    file = out / f"kernelagent-lsp-{version(ROOT)}.cdx.json"
    with tempfile.TemporaryDirectory(prefix="kernelagent-sbom-") as name:
        subprocess.run([sys.executable, "-m", "venv", name], check=True)
        python = Path(name) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"{wheel}[openai,anthropic,ray]"], check=True)
        command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON"]
        subprocess.run([*command, "--output-file", str(file), str(python)], check=True)
    return file


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
