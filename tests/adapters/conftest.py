# SPDX-License-Identifier: Apache-2.0
"""Real stores for the tests of the adapters: SQLite in a temporary folder, PostgreSQL in a cluster of our own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from sichen.adapters import ArtifactStore, RecordStore

NUMBERS = count()


@contextmanager
def private_cluster(binaries: Path) -> Iterator[str]:
    """Start a PostgreSQL server of our own on a socket, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sichen-pg-"))
    # The server refuses to run as root, which is who CI is.
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if prefix:
        shutil.chown(folder, "postgres")

    def run(program: str, *words: str) -> None:
        subprocess.run(
            [*prefix, str(binaries / program), "-D", str(folder / "data"), *words],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    try:
        run("initdb", "--auth=trust", "--username=sichen", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-k {folder} -F -c listen_addresses=''"
        run("pg_ctl", "--wait", "--silent", f"--log={folder}/log", f"--options={options}", "start")
        try:
            yield f"postgresql+psycopg://sichen@/postgres?host={folder}"
        finally:
            run("pg_ctl", "--wait", "--silent", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the URL of a server on which databases may be made."""
    if named := os.environ.get("SICHEN_TEST_POSTGRES"):
        yield named
        return
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        missing = "needs PostgreSQL: apt-get install postgresql, or SICHEN_TEST_POSTGRES naming a server"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with private_cluster(found[-1].parent) as url:
        yield url


def new_database(server: str) -> str:
    """Make an empty database and return its URL."""
    name = f"sichen_{os.getpid()}_{next(NUMBERS)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/records.sqlite"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactStore:
    """Give an empty artifact store."""
    return ArtifactStore(tmp_path / "artifacts")


@pytest.fixture
def store(address: str, artifacts: ArtifactStore) -> Iterator[RecordStore]:
    """Give an empty record store, of each kind in turn."""
    with RecordStore(address, artifacts=artifacts) as opened:
        yield opened
