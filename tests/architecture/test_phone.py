"""The reference phone knows nothing of the server: it could be copied out of this repository."""

import ast
import sys

from tests.architecture.tree import Source, sources

FOLDER = "tests/phone/"
PACKAGE = "tests.phone"


def foreign_imports(source: Source) -> list[str]:
    """What a file imports beside Python's own library and the phone itself."""
    found = []
    for node in ast.walk(source.tree()):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}"]
        found += [name for name in names if not is_own(name)]
    return found


def is_own(name: str) -> bool:
    """Whether a stranger has it."""
    is_phone = name == PACKAGE or name.startswith(f"{PACKAGE}.")
    return is_phone or name.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def test_the_phone_imports_python_alone() -> None:
    files = [source for source in sources() if source.path.startswith(FOLDER)]
    assert len(files) > 10
    assert {file.path: foreign_imports(file) for file in files if foreign_imports(file)} == {}


def test_planted_imports_of_the_server_are_found() -> None:
    text = "import json\nimport django\nfrom sync.models import Book\nfrom . import x\n"
    inside = (
        "def f():\n    from tests.factories import perisai\n    from tests.phone.wire import leaf\n"
    )
    assert foreign_imports(Source(path="x.py", text=text + inside)) == [
        *("django", "sync.models", "."),
        "tests.factories",
    ]
