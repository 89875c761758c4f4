"""What the figures were measured on: CPU, load, disk, database."""

import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from config.local.binaries import postgres_bin
from config.local.services import Running

PGBENCH_SECONDS = "5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine at one time; rates are per second."""

    cpu: str
    cores: int
    memory_gib: int
    system: str
    python: str
    postgres: str
    load_before: float
    fsyncs: int
    tpcb: int

    def lines(self) -> list[str]:
        """For the Markdown page."""
        return [
            f"- {self.cpu}, {self.cores} cores, {self.memory_gib} GiB, {self.system}",
            f"- Python {self.python}, PostgreSQL {self.postgres}, stock settings, fsync on",
            f"- fdatasync {self.fsyncs:,}/s (pg_test_fsync), pgbench TPC-B {self.tpcb:,}/s "
            f"(8 clients), load {self.load_before:.2f} before the start",
        ]

    def as_dict(self) -> dict[str, Any]:
        """For the JSON file."""
        return asdict(self)


def describe(running: Running) -> Machine:
    """Measure what can be measured in seconds on the benchmark's own cluster."""
    load_before = os.getloadavg()[0]
    return Machine(
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        postgres=_version(),
        load_before=load_before,
        fsyncs=_fsync_rate(running.data),
        tpcb=_tpcb(running),
    )


def pgbench(running: Running, *arguments: str) -> float:
    """Run pgbench against the benchmark's database; its transactions per second."""
    found = re.search(r"tps = ([0-9.]+)", _run_pgbench(running, *arguments))
    if found is None:
        raise RuntimeError("pgbench told no rate")
    return float(found[1])


def _run_pgbench(running: Running, *arguments: str) -> str:
    command = [str(postgres_bin() / "pgbench"), *arguments, running.environment["DATABASE_URL"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"pgbench failed: {done.stderr[-400:]}")
    return done.stdout


def _tpcb(running: Running) -> int:
    _run_pgbench(running, "--initialize", "--quiet", "--scale", "10")
    rate = pgbench(running, "--client", "8", "--jobs", "2", "--time", PGBENCH_SECONDS)
    _run_pgbench(running, "--initialize", "--init-steps", "d")
    return round(rate)


def _fsync_rate(folder: Path) -> int:
    command = [str(postgres_bin() / "pg_test_fsync"), "--secs-per-test", "1"]
    target = folder / "fsync.probe"
    done = subprocess.run(
        [*command, "--filename", str(target)], capture_output=True, text=True, check=False
    )
    target.unlink(missing_ok=True)
    found = re.search(r"fdatasync\s+([0-9.]+) ops/sec", done.stdout)
    return round(float(found[1])) if found else 0


def _version() -> str:
    done = subprocess.run(
        [str(postgres_bin() / "postgres"), "--version"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()[2]


def _cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown CPU"
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1].strip() if found else "unknown CPU"
