"""A PostgreSQL server for tests, in a folder of its own."""

import getpass
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import tools
from tests.harness import free_port


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server, and end it. Yields `postgresql://user@host:port`, without a database.

    PostgreSQL refuses to run as root, so there it runs as the user that its package made.
    """
    folder = tools.postgres_bin()
    assert folder is not None
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    options: dict[str, Any] = {"user": user, "check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="diptych-postgres-") as scratch:
        owner = pwd.getpwnam(user)
        os.chown(scratch, owner.pw_uid, owner.pw_gid)
        data = Path(scratch) / "data"
        subprocess.run([folder / "initdb", "-D", data, "-A", "trust", "-U", "diptych", "-E", "UTF8", "-N"], **options)
        pg_ctl = [folder / "pg_ctl", "-D", data, "-w", "-l", f"{scratch}/log"]
        listen = f"-p {port} -k {scratch} -c listen_addresses=127.0.0.1 -c fsync=off"
        subprocess.run([*pg_ctl, "-o", listen, "start"], **options)
        try:
            yield f"postgresql://diptych@127.0.0.1:{port}"
        finally:
            subprocess.run([*pg_ctl, "-m", "immediate", "stop"], **options)
