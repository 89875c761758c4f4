"""What code and documents refer to can be found in this repository."""

import re

from tests.architecture.tree import PACKAGES, ROOT, sources

PAGE = re.compile(r"[\w./-]*\w\.md\b")
SECTION = re.compile(
    r"\b(?:domain|payments|platform|security|style|sync)(?:\.md)?`? \d+(?:\.\d+)*\b"
)
COMMAND = re.compile(r"^(?:.*`)?make ([a-z0-9-]+)", re.MULTILINE)
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]*)`")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def lost_pages(text: str) -> list[str]:
    """Pages that are named but lie neither at their path nor under their name anywhere in docs."""
    pages = [*DOCUMENTS, *ROOT.glob("seeds/**/*.md")]
    known = {page.name for page in pages}
    return [page for page in PAGE.findall(text) if page.rsplit("/", 1)[-1] not in known]


def lost_files(text: str) -> list[str]:
    """Paths in backticks that begin in a package or in docs and do not exist."""
    return [
        path
        for path in FILE.findall(text)
        if path.split("/")[0] in (*PACKAGES, "docs")
        if not (ROOT / path).exists()
    ]


def test_code_names_no_page_that_is_not_here() -> None:
    found = {source.path: lost_pages(source.text) for source in sources() if is_ours(source.path)}
    assert {path: pages for path, pages in found.items() if pages} == {}


def test_code_names_no_section_of_a_page_that_is_not_here() -> None:
    found = {
        source.path: SECTION.findall(source.text)
        for source in sources()
        if is_ours(source.path) and SECTION.search(source.text)
    }
    assert found == {}


def test_documents_name_files_that_exist() -> None:
    found = {page.name: lost_files(page.read_text("utf-8")) for page in DOCUMENTS}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_documents_name_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {name for page in DOCUMENTS for name in COMMAND.findall(page.read_text("utf-8"))}
    assert named - targets == set()
    assert {"run", "demo", "test"} <= named


def is_ours(path: str) -> bool:
    """Every source but this one, whose planted faults are faults."""
    return not path.endswith("test_references.py")


def test_planted_references_are_found() -> None:
    assert lost_pages("Rules: nowhere.md 4, docs/rules.md.") == ["nowhere.md"]
    assert SECTION.search("The stored results (sync 5, rule 7).")
    assert SECTION.search("as in `payments.md` 1.9")
    assert lost_files("see `payments/models/` and `payments/gone.py`") == ["payments/gone.py"]
