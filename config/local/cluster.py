"""The embedded PostgreSQL: made once, started on a loopback port, stopped fast, guarded."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.local.errors import CannotStart
from config.local.lifeline import command_for
from config.local.logs import last_lines, rotated
from config.local.ways import Way

SUPERUSER = "postgres"
ROLE = "perisai"
DURABLE = {"max_connections": "100", "shared_buffers": "256MB"}
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "jit": "off",
}
# Psql runs what the queries print: nothing where role or database exist.
ROLE_AND_DATABASE = r"""
SELECT 'CREATE ROLE perisai LOGIN CREATEDB PASSWORD ' || quote_literal(:'password')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'perisai') \gexec
SELECT 'CREATE DATABASE perisai OWNER perisai'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'perisai') \gexec
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One data folder of PostgreSQL 18 and how its server runs."""

    way: Way
    lock: Path
    settings: dict[str, str]

    @property
    def folder(self) -> Path:
        """Where the database lies once it is whole."""
        return self.way.home / "pg18"

    @property
    def log(self) -> Path:
        """The server's log; the older ones carry a number."""
        return self.way.home / "log" / "pg.log"

    @property
    def is_durable(self) -> bool:
        """Whether a commit survives a crash of the machine."""
        return self.settings.get("fsync", "on") == "on"

    def make(self, password: str) -> bool:
        """Run initdb unless there is a database; false when there was one.

        It is made beside its place and renamed, so that a torn one is never taken for a database.
        """
        if (self.folder / "PG_VERSION").exists():
            return False
        draft = self.folder.with_name("pg18.new")
        shutil.rmtree(draft, ignore_errors=True)
        password_file = self.way.home / "pg18.password"
        password_file.touch(mode=0o600)
        password_file.write_text(f"{password}\n", encoding="utf-8")
        self.way.give(password_file)
        try:
            self.run("initdb", *self.initdb_options(draft, password_file))
        finally:
            password_file.unlink()
        draft.rename(self.folder)
        return True

    def initdb_options(self, draft: Path, password_file: Path) -> list[str]:
        """Builtin locale: the same sort order on every machine."""
        options = ["-D", str(draft), "-U", SUPERUSER, "-A", "scram-sha-256"]
        options += [f"--pwfile={password_file}", "-E", "UTF8"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return options if self.is_durable else [*options, "--no-sync"]

    def clear_left_over(self) -> None:
        """Stop a server that a killed run left behind."""
        if self.is_running():
            self.stop()

    def is_running(self) -> bool:
        """Whether a server works on this folder.

        A number in an old pid file may meanwhile be another program: its command line decides.
        """
        try:
            pid = (self.folder / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0]
        except OSError:
            return False
        return str(self.folder) in command_line_of(pid.strip())

    def start(self, port: int) -> None:
        """Start the server on a loopback port. Raises CannotStart with the end of its log."""
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        self.way.give(self.log.parent)
        rotated(self.log)
        asked = {"listen_addresses": "127.0.0.1", "port": str(port), **self.settings}
        options = [f"-c {name}={value}" for name, value in asked.items()]
        options.append("-c unix_socket_directories=''")
        arguments = ["-D", str(self.folder), "-w", "-t", "60", "-l", str(self.log)]
        done = subprocess.run(
            self.way.command("pg_ctl", *arguments, "-o", " ".join(options), "start"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=plain_environment(),
            check=False,
        )
        if done.returncode != 0:
            raise CannotStart(
                f"PostgreSQL did not start on port {port}. The end of {self.log}:\n"
                + last_lines(self.log)
            )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; `immediate` is for data that nobody needs."""
        subprocess.run(
            self.stop_command(mode), capture_output=True, env=plain_environment(), check=False
        )

    def stop_command(self, mode: str) -> list[str]:
        """The command that ends the server and waits for it."""
        return self.way.command("pg_ctl", "-D", str(self.folder), "-m", mode, "-w", "stop")

    def guard(self, command: list[str]) -> "subprocess.Popen[bytes]":
        """Start the lifeline that runs `command` when this process is gone."""
        return subprocess.Popen(
            command_for(self.lock, "after", command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=plain_environment(),
            start_new_session=True,
        )

    def make_role_and_database(self, port: int, *, superuser: str, password: str) -> None:
        """Make the product's role and its database where they are missing."""
        done = subprocess.run(
            [str(self.way.bin / "psql"), "-XqtA", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=f"\\set password {password}\n{ROLE_AND_DATABASE}",
            env=plain_environment()
            | {
                "PGHOST": "127.0.0.1",
                "PGPORT": str(port),
                "PGUSER": SUPERUSER,
                "PGPASSWORD": superuser,
                "PGDATABASE": "postgres",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CannotStart(
                f"The database refused its own superuser: {done.stderr.strip()}\n"
                f"{self.folder} and the secrets beside it do not belong together: make clean-data"
            )

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs to its end. Raises CannotStart with what it said."""
        done = subprocess.run(
            self.way.command(program, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=plain_environment(),
            check=False,
        )
        if done.returncode != 0:
            raise CannotStart(f"{program} failed: {said_by(done.stderr)}")


def said_by(stderr: str) -> str:
    """What initdb said, with the way out where its own words have none."""
    if "could not look up effective user" in stderr:
        return f"uid {os.geteuid()} has no name on this machine (no passwd entry); give it one"
    return stderr.strip()


def plain_environment() -> dict[str, str]:
    """The caller's environment without what would steer PostgreSQL's programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def command_line_of(pid: str) -> str:
    """The command line of a process, empty when there is none."""
    try:
        raw = Path("/proc", pid, "cmdline").read_bytes()
    except OSError:
        if Path("/proc/self").exists():
            return ""
        asked = subprocess.run(
            ["ps", "-ww", "-p", pid, "-o", "command="],  # noqa: S607  macOS
            capture_output=True,
            text=True,
            check=False,
        )
        return asked.stdout
    return raw.replace(b"\0", b" ").decode("utf-8", "replace")
