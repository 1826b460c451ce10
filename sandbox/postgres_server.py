"""The server process of the embedded database: made by initdb, started and stopped by pg_ctl."""

import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.postgres_install import Account

SUPERUSER = "supabase_admin"  # as on Supabase, so that `postgres` can be an ordinary owner
PATIENCE_S = 60  # for the recovery of a server that crashed under load
PASSING_TROUBLE_S = 10
PORT_TAKEN = "Address already in use"
# Processes of a killed server that have not ended yet; a free port that another took first.
PASSING_TROUBLE = re.compile(rf"lock file .* exists|is still in use|{PORT_TAKEN}")


class PostgresError(RuntimeError):
    """The embedded database cannot be set up or started; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """The cluster in `home`, the binaries that serve it and the account they run as."""

    home: Path
    bin_dir: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "cluster"

    @property
    def password(self) -> str:
        """The password of the superuser and of the owner, made with the cluster."""
        return (self.home / "password").read_text()

    def initialise(self, *, fsync: bool) -> None:
        """Run initdb, once, beside its final place: cut short, it leaves nothing to repair."""
        if self.data.exists():
            return
        password = self.home / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(24))
        self.account.own(password)
        unfinished = self.home / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"]
        if self._major_version() >= 16:
            # Iterations protect guessable passwords; ours is random, and each connection pays.
            options += ["--set", "scram_iterations=1"]
        if not fsync:
            options.append("--no-sync")
        outcome = self._run(
            "initdb", "-D", unfinished, "-U", SUPERUSER, f"--pwfile={password}", *options
        )
        if outcome.returncode != 0:
            raise PostgresError(f"initdb failed in {self.home}\n{outcome.stderr.strip()}")
        unfinished.rename(self.data)

    def launch(self, port: int | None, settings: Mapping[str, str]) -> None:
        """Start the server detached from us, on `port` or on a free one, unless it runs."""
        deadline = time.monotonic() + PASSING_TROUBLE_S
        while self.running_port() is None:
            options = {**settings, "port": str(port or _free_port())}
            line = shlex.join(f"--{name}={value}" for name, value in options.items())
            self._log.unlink(missing_ok=True)  # nothing else ever shortens it
            outcome = self._pg_ctl("start", "-l", self._log, "-o", line)
            if outcome.returncode == 0:
                return
            reason = self._log_tail() or outcome.stderr.strip()
            passing = PASSING_TROUBLE.search(reason)
            wanted_port_taken = port is not None and PORT_TAKEN in reason
            if not passing or wanted_port_taken or time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL did not start in {self.home}\n{reason}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Roll back what is open, write a checkpoint and end the server, if it runs."""
        if self.running_port() is None:
            return
        outcome = self._pg_ctl("stop", "-m", "fast")
        if outcome.returncode != 0 and self.running_port() is not None:
            raise PostgresError(f"PostgreSQL did not stop in {self.home}\n{self._log_tail()}")

    def running_port(self) -> int | None:
        """The server's port once it takes connections; None before that and when it is gone."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8 or lines[7].strip() != "ready" or not self._is_server(int(lines[0])):
            return None
        return int(lines[3])

    def ready_port(self) -> int:
        """The port of the server that must be running by now."""
        port = self.running_port()
        if port is None:
            raise PostgresError(f"PostgreSQL stopped at once in {self.home}\n{self._log_tail()}")
        return port

    def _log_tail(self) -> str:
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-12:])

    @property
    def _log(self) -> Path:
        return self.home / "log"

    def _is_server(self, pid: int) -> bool:
        """Whether `pid`, read from a file that a crash leaves behind, is this cluster's server."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return False  # not our account's and not root's, so not ours
        command_line = Path(f"/proc/{pid}/cmdline")  # only Linux can tell a reused number
        return not command_line.exists() or os.fsencode(self.data) in command_line.read_bytes()

    def _major_version(self) -> int:
        found = re.search(r"\d+", self._run("postgres", "--version").stdout)
        if found is None:
            raise PostgresError(f"{self.bin_dir / 'postgres'} does not tell its version")
        return int(found.group())

    def _pg_ctl(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", "-D", self.data, "-w", "-t", str(PATIENCE_S), *arguments)

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        try:
            return self.account.run([self.bin_dir / program, *arguments], cwd=self.home)
        except OSError as error:
            raise PostgresError(f"cannot run {self.bin_dir / program}: {error}") from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
