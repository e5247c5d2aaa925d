"""Stores to test on, and a table of kinds for tests."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mgc.jobs import kinds
from mgc.jobs.store import Store
from mgc.settings import settings
from tests.conftest import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# What takes a while, and differs by the database only in what the tests of the store prove: on PostgreSQL at night.
_SORTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.nightly)]
sqlite_or_both = pytest.mark.parametrize("sort", _SORTS)
engine_of_sqlite_or_both = pytest.mark.parametrize("engine", _SORTS, indirect=True)


def database(request: pytest.FixtureRequest, sort: str) -> dict[str, str]:
    """Return the setting of an empty database, which is none for SQLite."""
    return {} if sort == "sqlite" else {"MGC_DATABASE_URL": request.getfixturevalue("new_database")()}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database of each sort."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    return str(request.getfixturevalue("new_database")())


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    made = Store(url, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], str]]:
    """Start a PostgreSQL server on a free port; return what makes an empty database and returns its address."""
    with postgresql_server("127.0.0.1") as new:
        yield new


def postgresql() -> Path:
    """Return the folder of PostgreSQL's programs, or skip."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or [shutil.which("postgres")]
    if found[-1] is None:
        pytest.skip("no PostgreSQL server here (apt-get install postgresql)")
    return Path(found[-1]).parent


@contextlib.contextmanager
def postgresql_server(host: str) -> Iterator[Callable[[], str]]:
    """Have a server that listens at an address of this host; yield what makes an empty database."""
    programs = postgresql()
    import psycopg

    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        user = next(name for name in ("postgres", "nobody") if name in {one.pw_name for one in pwd.getpwall()})
        who = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="mgc-postgres-"))
    if who:
        shutil.chown(folder, who["user"])
    port = free_port()
    command = [programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "mgc", "-E", "UTF8", "--no-sync"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **who)
    with (folder / "data" / "pg_hba.conf").open("a") as file:
        file.write(f"host all all {host}/24 trust\n")
    options = {"listen_addresses": host, "port": port, "unix_socket_directories": "", "fsync": "off"}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    server = subprocess.Popen([programs / "postgres", "-D", folder / "data", *words], cwd="/",
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who)  # fmt: skip
    address = f"postgresql://mgc@{host}:{port}"

    def execute(statement: str) -> None:
        with psycopg.connect(f"{address}/postgres", autocommit=True) as link:
            link.execute(statement)  # type: ignore[arg-type]

    deadline = time.monotonic() + 240
    while True:
        try:
            execute("select 1")
            break
        except psycopg.OperationalError:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
    numbers = itertools.count()

    def make() -> str:
        name = f"jobs{next(numbers)}"
        execute(f"create database {name}")
        return f"postgresql+psycopg://mgc@{host}:{port}/{name}"

    try:
        yield make
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a test a home folder, and so a list of jobs, of its own."""
    monkeypatch.setenv("MGC_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def add_kind(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., kinds.Kind]:
    """Return ``add_kind(name, run, **fields)``, which puts a kind into the table for the length of a test."""
    module = types.ModuleType("kinds_of_a_test")
    module.KINDS = {}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(kinds, "TABLE", module.__name__)
    kinds._table.cache_clear()

    def add(name: str, run: Callable[[Any], Any], **fields: Any) -> kinds.Kind:
        made = kinds.Kind(name, **{"title": lambda config: f"A {name}", **fields, "run": run})
        setattr(module, name, made)
        module.KINDS[name] = f"{module.__name__}:{name}"
        kinds._table.cache_clear()
        return made

    return add
