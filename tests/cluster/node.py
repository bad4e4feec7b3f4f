"""One ClickHouse node: `clickhouse local` out of libchdb.so with its TCP and HTTP ports open.

Runs until its standard input is closed or it gets SIGTERM, then ends cleanly. A program of its own:
`python node.py CONFIG_XML DATA_DIR`, with the library's path in LIBCHDB.

The library runs in interactive mode on a pseudo terminal. In batch mode clickhouse-local installs an error
handler that aborts the whole process on any exception in a connection thread, so that a peer that resets
its connection (a cancelled distributed query does) would kill the node.
"""

import ctypes
import os
import pty
import signal
import sys
import threading
from typing import Any

LISTEN = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP"


class Terminal:
    """A pseudo terminal as standard input; closing it ends the library's session."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        os.dup2(slave, 0)
        os.close(slave)
        self._lock = threading.Lock()
        self._open = True

    def close(self, *_: Any) -> None:
        with self._lock:
            if self._open:
                self._open = False
                os.close(self._master)


def wait_for_end(descriptor: int) -> None:
    """Until the parent has closed its end of the pipe, or is gone."""
    while True:
        try:
            if not os.read(descriptor, 4096):
                return
        except OSError:
            return


def run_library(arguments: list[str]) -> bytes | None:
    """Run clickhouse-local until its input ends; its error, if it had one."""
    library = ctypes.CDLL(os.environ["LIBCHDB"])
    library.chdb_query_cmdline.restype = ctypes.c_void_p
    library.chdb_query_cmdline.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
    library.chdb_result_error.restype = ctypes.c_char_p
    library.chdb_result_error.argtypes = [ctypes.c_void_p]
    argv = (ctypes.c_char_p * (len(arguments) + 1))(*[text.encode() for text in arguments], None)
    result = library.chdb_query_cmdline(len(arguments), argv)
    error: bytes | None = library.chdb_result_error(result) if result else b"no result"
    return error


def main() -> None:
    config, path = sys.argv[1:3]
    parent = os.dup(0)
    terminal = Terminal()
    signal.signal(signal.SIGTERM, terminal.close)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=lambda: (wait_for_end(parent), terminal.close()), daemon=True).start()
    arguments = ["clickhouse-local", "--config-file", config, "--path", path, "--interactive", "-A"]
    arguments += ["--history_file", "/dev/null", "--query", LISTEN]
    errors: list[bytes | None] = []
    # Signals reach Python only in the main thread, so the library gets another one.
    library = threading.Thread(target=lambda: errors.append(run_library(arguments)), daemon=True)
    library.start()
    while library.is_alive():
        library.join(0.2)
    error = errors[0] if errors else b"the library's thread ended early"
    if error:
        sys.stderr.write(error.decode(errors="replace") + "\n")
    sys.stderr.flush()
    os._exit(1 if error else 0)


if __name__ == "__main__":
    main()
