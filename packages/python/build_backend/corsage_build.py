"""Builds the package: maturin builds the extension module, and beside it goes the command, a program of its own.

`CORSAGE_COMMAND` names a command that is built already, as a release does it for each platform; `CORSAGE_COMMAND=none`
leaves it out.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any, Iterator

import maturin
from maturin import (
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

_COMMAND = "corsage-cli"
_SCRIPTS = Path("corsage.data", "scripts")


def build_wheel(folder: str, settings: Any = None, metadata: str | None = None) -> str:
    with _command_beside():
        return maturin.build_wheel(folder, settings, metadata)


def build_editable(folder: str, settings: Any = None, metadata: str | None = None) -> str:
    with _command_beside():
        return maturin.build_editable(folder, settings, metadata)


def build_sdist(folder: str, settings: Any = None) -> str:
    with _scripts():
        name = maturin.build_sdist(folder, settings)
    _add_the_commands_crates(Path(folder, name))
    return name


@contextlib.contextmanager
def _scripts() -> Iterator[None]:
    """The folder that maturin takes scripts from, for as long as it builds."""
    _SCRIPTS.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        shutil.rmtree(_SCRIPTS.parent)


@contextlib.contextmanager
def _command_beside() -> Iterator[None]:
    """The command among the scripts."""
    with _scripts():
        given = os.environ.get("CORSAGE_COMMAND")
        if given != "none":
            built = Path(given) if given else _build_command()
            target = _SCRIPTS / built.name
            shutil.copy2(built, target)
            target.chmod(0o755)
        yield


def _build_command() -> Path:
    told = _cargo(
        ["build", "--release", "--package", _COMMAND, "--bin", "corsage"]
        + ["--config", "profile.release.strip=true", "--message-format=json-render-diagnostics"]
    )
    built = [json.loads(line).get("executable") for line in told.splitlines() if line.startswith("{")]
    return Path(next(path for path in reversed(built) if path))


def _cargo(arguments: list[str]) -> str:
    return subprocess.run(["cargo", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def _add_the_commands_crates(sdist: Path) -> None:
    """maturin packs what the extension module depends on; the command is not among it."""
    metadata = json.loads(_cargo(["metadata", "--format-version", "1", "--no-deps"]))
    root = Path(metadata["workspace_root"])
    packages = {package["name"]: package for package in metadata["packages"]}
    wanted, found = [_COMMAND], set()
    while wanted:
        name = wanted.pop()
        if name not in found and name in packages:
            found.add(name)
            wanted += [dependency["name"] for dependency in packages[name]["dependencies"]]
    crates = {name: Path(packages[name]["manifest_path"]).parent.relative_to(root) for name in found}
    top = sdist.name.removesuffix(".tar.gz")
    with tarfile.open(sdist) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
    for name, crate in crates.items():
        for line in _cargo(["package", "--list", "--allow-dirty", "--package", name]).splitlines():
            if (root / crate / line).is_file():
                files.setdefault(f"{top}/{crate.as_posix()}/{line}", (root / crate / line).read_bytes())
    manifest = f"{top}/Cargo.toml"
    members = {f'"{crate.as_posix()}"' for crate in crates.values()}

    def with_members(found: re.Match[bytes]) -> bytes:
        all_of_them = sorted(members | set(found[1].decode().split(", ")))
        return f"members = [{', '.join(all_of_them)}]".encode()

    files[manifest] = re.sub(rb"(?m)^members = \[(.*?)\]$", with_members, files[manifest], count=1)
    with tarfile.open(sdist, "w:gz") as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            archive.addfile(member, io.BytesIO(files[name]))
