"""The engines that run SQL in the tests: DuckDB, SQLite, a PostgreSQL server and Spark.

An engine that this machine lacks is skipped; in CI (``CI`` is set) its absence is a failure, so
that no change lands without it.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Rows = Sequence[Sequence[Any]]
Run = Callable[[str, Mapping[str, str], Rows], list[tuple[Any, ...]]]
"""``run(query, types by column, rows)``: what the query gives of a table ``data`` of these rows."""


def lacking(what: str) -> None:
    """Skip what cannot run here; fail where everything must."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI runs every engine")
    pytest.skip(f"{what} is missing")


def library(name: str) -> Any:
    """A library that only some tests need."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return lacking(name)


def quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, mark * 2) + mark


# -- in this process ------------------------------------------------------------------------------


@contextmanager
def duckdb() -> Iterator[Run]:
    connection = library("duckdb").connect(":memory:", config={"threads": 1})

    def run(query: str, types: Mapping[str, str], rows: Rows) -> list[tuple[Any, ...]]:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        connection.execute(f"CREATE OR REPLACE TABLE data ({columns})")
        marks = ", ".join("?" for _ in types)
        if rows:
            connection.executemany(f"INSERT INTO data VALUES ({marks})", rows)
        return list(connection.execute(query).fetchall())

    with connection:
        yield run


@contextmanager
def sqlite() -> Iterator[Run]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("SELECT LN(2), TANH(1), ATANH(0), POWER(2, 3), EXP(1), SIN(1)")
    except sqlite3.OperationalError:
        lacking("a build of SQLite with its mathematical functions")
    kinds = {"BOOLEAN": "INTEGER", "DOUBLE": "REAL", "BIGINT": "INTEGER", "VARCHAR": "TEXT"}

    def run(query: str, types: Mapping[str, str], rows: Rows) -> list[tuple[Any, ...]]:
        columns = ", ".join(f"{quoted(name)} {kinds[kind]}" for name, kind in types.items())
        connection.execute("DROP TABLE IF EXISTS data")
        connection.execute(f"CREATE TABLE data ({columns})")
        marks = ", ".join("?" for _ in types)
        connection.executemany(f"INSERT INTO data VALUES ({marks})", rows)
        return list(connection.execute(query).fetchall())

    yield run
    connection.close()


# -- PostgreSQL -----------------------------------------------------------------------------------


def _programs() -> Path | None:
    """The folder of PostgreSQL's server programs, which Debian leaves off the path."""
    found = shutil.which("initdb")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found is not None:
        return Path(found).parent
    return versions[-1].parent if versions else None


@contextmanager
def postgres() -> Iterator[Run]:
    driver = library("psycopg")
    programs = _programs()
    if programs is None:
        lacking("PostgreSQL's server")
    # The server refuses to run as root; Debian's package brings a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="nnspec-pg-", dir="/tmp"))
    if user is not None:
        shutil.chown(folder, user)

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs / program), *arguments],
            user=user, cwd=folder, check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    data = str(folder / "data")
    call("initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=5"
    call("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        connection = driver.connect(f"host={folder} user=tests dbname=postgres", autocommit=True)
        with connection:
            yield lambda query, types, rows: _run_postgres(connection, query, types, rows)
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run_postgres(
    connection: Any, query: str, types: Mapping[str, str], rows: Rows
) -> list[tuple[Any, ...]]:
    kinds = {"DOUBLE": "DOUBLE PRECISION"}
    columns = ", ".join(f"{quoted(name)} {kinds.get(kind, kind)}" for name, kind in types.items())
    connection.execute("DROP TABLE IF EXISTS data")
    connection.execute(f"CREATE TABLE data ({columns})")
    with connection.cursor() as cursor:
        with cursor.copy("COPY data FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return list(cursor.execute(query).fetchall())


# -- Spark ----------------------------------------------------------------------------------------


@contextmanager
def spark_session() -> Iterator[Any]:
    """A session of two threads in this process's own Java."""
    pyspark = library("pyspark")
    if shutil.which("java") is None:
        lacking("a Java runtime")
    sql = importlib.import_module("pyspark.sql")
    folder = tempfile.mkdtemp(prefix="nnspec-spark-")
    os.environ["PYSPARK_PYTHON"] = sys.executable  # or its workers would be another Python's
    builder = sql.SparkSession.builder.master("local[2]").appName(f"nnspec {pyspark.__version__}")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": folder,
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
        shutil.rmtree(folder, ignore_errors=True)


def spark_frame(session: Any, table: Any) -> Any:
    """A pyarrow table as Spark's frame."""
    with warnings.catch_warnings():
        # PySpark warns of a pandas that is newer than itself; no frame of pandas is made here.
        warnings.simplefilter("ignore", FutureWarning)
        return session.createDataFrame(table)


def run_spark(session: Any) -> Run:
    arrow = library("pyarrow")
    kinds = {
        "DOUBLE": arrow.float64(), "BIGINT": arrow.int64(),
        "BOOLEAN": arrow.bool_(), "VARCHAR": arrow.string(),
    }  # fmt: skip

    def run(query: str, types: Mapping[str, str], rows: Rows) -> list[tuple[Any, ...]]:
        columns = [
            arrow.array([row[at] for row in rows], kinds[kind])
            for at, kind in enumerate(types.values())
        ]
        table = arrow.table(columns, names=list(types))
        spark_frame(session, table).createOrReplaceTempView("data")
        return [tuple(row) for row in session.sql(query).collect()]

    return run
