"""Runs a Python script with packages that cannot be among our own; what it prints is JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def run_python(script: str, packages: Path | None, **values: str) -> Any:
    """Run a script with `packages` first in its path and `values` in its environment; the JSON that it prints last."""
    environment = os.environ | values | {"PYTHONPATH": str(packages)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else None
