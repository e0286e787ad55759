"""Where the command is: a program of its own, beside the scripts of the environment that this package is in."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NoReturn

_NAME = "corsage.exe" if os.name == "nt" else "corsage"


def find_command() -> Path:
    """The path of the command that came with this package."""
    schemes = [sysconfig.get_path("scripts")]
    # `pip install --user`, and `pip install --target`.
    user = "nt_user" if os.name == "nt" else "osx_framework_user" if _is_framework() else "posix_user"
    schemes.append(sysconfig.get_path("scripts", scheme=user))
    schemes.append(str(Path(__file__).parent.parent / "bin"))
    for folder in schemes:
        path = Path(folder, _NAME)
        if path.is_file():
            return path
    looked = ", ".join(schemes)
    raise FileNotFoundError(
        f"the command corsage is not in {looked}: this package was built without it; `cargo install corsage-cli` has it"
    )


def _is_framework() -> bool:
    return sys.platform == "darwin" and bool(sysconfig.get_config_var("PYTHONFRAMEWORK"))


def main() -> NoReturn:
    """Becomes the command."""
    try:
        command = str(find_command())
    except FileNotFoundError as error:
        print(f"corsage: {error}", file=sys.stderr)
        sys.exit(2)
    if os.name == "nt":
        sys.exit(subprocess.run([command, *sys.argv[1:]]).returncode)
    os.execv(command, [command, *sys.argv[1:]])
