"""How this user runs PostgreSQL's programs, which refuse to run as root.

An ordinary user runs them as they are. Root runs them in a user namespace where it is another
user; where namespaces are refused, as uid 65534 from a copy outside of root's folders. A data
folder stays with the way it was made in.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.local.binaries import postgres_bin
from config.local.errors import CannotStart

NOBODY = 65534
UNSHARE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
BECOME_NOBODY = (
    "import os, sys; os.setgroups([]); "
    f"os.setgid({NOBODY}); os.setuid({NOBODY}); os.chdir('/'); os.execv(sys.argv[1], sys.argv[1:])"
)
DROP = (sys.executable, "-I", "-S", "-c", BECOME_NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A prefix that makes a command acceptable to PostgreSQL, its programs, its data's place."""

    prefix: tuple[str, ...]
    bin: Path
    home: Path
    owner: int | None = None

    def give(self, path: Path) -> None:
        """Hand a file or folder to the user that the programs run as."""
        if self.owner is not None:
            os.chown(path, self.owner, self.owner)

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line for one of PostgreSQL's programs."""
        return [*self.prefix, str(self.bin / program), *arguments]


def must_be_ours(data: Path) -> None:
    """Refuse a folder of somebody else before anything is written into it. Raises CannotStart."""
    owner = data.stat().st_uid
    if owner != os.geteuid():
        raise CannotStart(
            f"{data} belongs to uid {owner} and you are uid {os.geteuid()}: "
            "start as that user, or delete the folder"
        )


def way_for(data: Path) -> Way:
    """The way that fits this user and this data folder. Raises CannotStart."""
    if os.geteuid() != 0:
        return Way(prefix=(), bin=postgres_bin(), home=data)
    if sys.platform == "darwin":
        raise CannotStart("PostgreSQL refuses to run as root: use your own account, without sudo")
    return roots_way(data)


def roots_way(data: Path) -> Way:
    """A namespace, else another user; what the folder was made with decides."""
    if (data / "where").exists():
        return nobodys_way(data, Path((data / "where").read_text(encoding="utf-8").strip()))
    if namespaces_work():
        return Way(prefix=UNSHARE, bin=postgres_bin(), home=data)
    if (data / "pg18").exists():
        raise CannotStart(
            f"{data / 'pg18'} was made with user namespaces and this machine now refuses them: "
            "start as an ordinary user with a folder of its own, or: make clean-data"
        )
    return nobodys_way(data, new_state_folder(data))


def namespaces_work() -> bool:
    """Whether root may be another user in a namespace here; containers often refuse.

    `PERISAI_NO_NAMESPACES=1` says no, for trying the other way.
    """
    if os.environ.get("PERISAI_NO_NAMESPACES") or shutil.which("unshare") is None:
        return False
    probe = subprocess.run([*UNSHARE, "true"], capture_output=True, check=False)
    return probe.returncode == 0


def new_state_folder(data: Path) -> Path:
    """A folder outside of root's own, named in `data/where`; `PERISAI_STATE` chooses its parent."""
    parent = Path(os.environ.get("PERISAI_STATE", "/var/tmp"))  # noqa: S108  mkdtemp is safe there
    try:
        parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        state = Path(tempfile.mkdtemp(prefix="perisai-", dir=parent))
    except OSError as error:
        raise CannotStart(f"{parent}: {error.strerror}. Set PERISAI_STATE to another") from error
    state.chmod(0o755)
    home = state / "data"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    (data / "where").write_text(f"{state}\n", encoding="utf-8")
    return state


def nobodys_way(data: Path, state: Path) -> Way:
    """The programs copied to where uid 65534 can read them; `PERISAI_PG_BIN` is used in place."""
    if not (state / "data").is_dir():
        raise CannotStart(f"{state}, named in {data / 'where'}, is gone: make clean-data")
    programs = postgres_bin()
    if "PERISAI_PG_BIN" not in os.environ:
        programs = copied_programs(programs, state)
    return Way(prefix=DROP, bin=programs, home=state / "data", owner=NOBODY)


def copied_programs(programs: Path, state: Path) -> Path:
    """Copy the wheel's tree and its libraries in the same relative place, unless it is there."""
    tree = programs.parent
    package = tree.parent
    copy = state / package.name / tree.name
    if not is_same_file(programs / "postgres", copy / "bin" / "postgres"):
        shutil.rmtree(state / package.name, ignore_errors=True)
        shutil.copytree(tree, copy, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, state / libraries.name, dirs_exist_ok=True)
        readable_by_all(state / package.name)
        readable_by_all(state / libraries.name)
    return copy / "bin"


def is_same_file(one: Path, copy: Path) -> bool:
    """Same size and time: a newer wheel is copied again."""
    if not copy.exists():
        return False
    left, right = one.stat(), copy.stat()
    return (left.st_size, left.st_mtime_ns) == (right.st_size, right.st_mtime_ns)


def readable_by_all(folder: Path) -> None:
    """Undo a strict umask in the copy; nothing in it is secret."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        may_run = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if may_run else 0o644)
