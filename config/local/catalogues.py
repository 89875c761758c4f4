"""Translations without gettext on the machine: compile each `.po`, and find what it lacks.

python -m config.local.catalogues compile|check
"""

import ast
import re
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "perisai", "sync", "enrollment", "payments", "retention", "supervision", "seeds")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURALS = {"ngettext", "ngettext_lazy"}
CONTEXTS = {"pgettext", "pgettext_lazy"}
IN_TEMPLATE = re.compile(r"{%-?\s*(?:translate|trans)\s+(\"[^\"]*\"|'[^']*')")
IN_BLOCK = re.compile(
    r"{%\s*blocktrans(?:late)?([^%]*)%}(.*?){%\s*endblocktrans(?:late)?\s*%}", re.S
)
IN_TEXT = re.compile(r"%\(\w+\)[a-z]|{\w*(?::\w+)?}")
SOURCE = "id"  # the language that messages are written in
MAGIC = 0x950412DE
CONTEXT_END = "\x04"


@dataclass(slots=True, kw_only=True)
class Entry:
    """One message of a catalogue with its translation."""

    parts: dict[str, str] = field(default_factory=dict)
    is_fuzzy: bool = False

    @property
    def key(self) -> str:
        """The message as gettext finds it, its context in front."""
        context = self.parts.get("msgctxt")
        message = self.parts.get("msgid", "")
        return message if context is None else f"{context}{CONTEXT_END}{message}"

    @property
    def translations(self) -> list[str]:
        """The singular, or all plural forms in order."""
        return [text for name, text in self.parts.items() if name.startswith("msgstr")]

    @property
    def is_usable(self) -> bool:
        """Whether a person would see the translation."""
        return bool(self.translations) and all(self.translations) and not self.is_fuzzy

    @property
    def keeps_placeholders(self) -> bool:
        """Whether every form has just what is filled in at run time, spelt the same."""
        wanted = sorted(IN_TEXT.findall(self.parts["msgid"]))
        return all(sorted(IN_TEXT.findall(text)) == wanted for text in self.translations)


def main(arguments: list[str]) -> int:
    """Compile or check all catalogues; returns the exit status."""
    catalogues = sorted(ROOT.glob("config/locale/*/LC_MESSAGES/django.po"))
    match arguments:
        case ["compile"]:
            for catalogue in catalogues:
                compile_catalogue(catalogue)
            return 0
        case ["check"]:
            lines = [line for catalogue in catalogues for line in lacking(catalogue)]
            for line in lines:
                print(line, file=sys.stderr)
            return 1 if lines else 0
    print("usage: python -m config.local.catalogues compile|check", file=sys.stderr)
    return 2


def compile_catalogue(catalogue: Path) -> None:
    """Write the `.mo` beside its `.po` unless a newer one is there."""
    compiled = catalogue.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime_ns >= catalogue.stat().st_mtime_ns:
        return
    entries = {
        plural_key(entry): "\0".join(entry.translations)
        for entry in entries_of(catalogue)
        if entry.is_usable
    }
    draft = compiled.with_suffix(".mo.new")
    draft.write_bytes(machine_object(entries))
    draft.replace(compiled)


def plural_key(entry: Entry) -> str:
    """The key in the compiled catalogue: with the plural behind it where there is one."""
    plural = entry.parts.get("msgid_plural")
    return entry.key if plural is None else f"{entry.key}\0{plural}"


def machine_object(entries: dict[str, str]) -> bytes:
    """The binary form that Python's gettext reads: two sorted tables of lengths and offsets."""
    ordered = sorted((key.encode(), text.encode()) for key, text in entries.items())
    count = len(ordered)
    start = 28 + 16 * count
    tables: list[bytes] = []
    body = b""
    for column in (0, 1):
        for pair in ordered:
            tables.append(struct.pack("<II", len(pair[column]), start + len(body)))
            body += pair[column] + b"\0"
    header = struct.pack("<7I", MAGIC, 0, count, 28, 28 + 8 * count, 0, start)
    return header + b"".join(tables) + body


def entries_of(catalogue: Path) -> Iterator[Entry]:
    """The messages of a `.po` file, its header too; obsolete ones are comments."""
    for block in catalogue.read_text(encoding="utf-8").split("\n\n"):
        entry = Entry()
        name = ""
        for line in block.splitlines():
            if line.startswith("#,") and "fuzzy" in line:
                entry.is_fuzzy = True
            elif line.startswith('"') and name:
                entry.parts[name] += ast.literal_eval(line)
            elif line and not line.startswith("#"):
                name, text = line.split(" ", maxsplit=1)
                entry.parts[name] = ast.literal_eval(text)
        if "msgid" in entry.parts:
            yield entry


def lacking(catalogue: Path) -> list[str]:
    """Where the catalogue falls short: untranslated, said by nobody, twice, or not as said."""
    where = catalogue.relative_to(ROOT)
    written = [entry for entry in entries_of(catalogue) if entry.key]
    entries = {entry.key: entry for entry in written}
    # In the language of the sources only libraries need other words: nothing of ours is looked up.
    is_source = catalogue.parts[-3] == SOURCE
    said = set(entries) if is_source else set(messages())
    lines = [f"{where}: not translated: {key!r}" for key in sorted(said - entries.keys())]
    lines += [f"{where}: nobody says any more: {key!r}" for key in sorted(entries.keys() - said)]
    unusable = (key for key in sorted(said & entries.keys()) if not entries[key].is_usable)
    lines += [f"{where}: empty or fuzzy: {key!r}" for key in unusable]
    times = Counter(entry.key for entry in written)
    lines += [f"{where}: translated twice: {key!r}" for key in sorted(times) if times[key] > 1]
    broken = (e.key for e in written if e.is_usable and not e.keeps_placeholders)
    return lines + [f"{where}: other placeholders: {key!r}" for key in broken]


def messages() -> Iterator[str]:
    """Every message marked for translation in the product's modules and templates."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            yield from in_python(path.read_text(encoding="utf-8"))
        for pattern in ("*.html", "*.txt"):
            for path in sorted((ROOT / app).rglob(f"templates/**/{pattern}")):
                yield from in_template(path.read_text(encoding="utf-8"))


def in_python(source: str) -> Iterator[str]:
    """Messages in calls with literal text."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [text for part in node.args if (text := literal_text(part)) is not None]
        if name in CONTEXTS and len(texts) > 1:
            yield f"{texts[0]}{CONTEXT_END}{texts[1]}"
        elif name in MARKERS | PLURALS and texts:
            yield texts[0]


def literal_text(node: ast.expr) -> str | None:
    """The text of an argument that is a literal string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def in_template(source: str) -> Iterator[str]:
    """Messages in translate tags and blocks."""
    for literal in IN_TEMPLATE.findall(source):
        yield ast.literal_eval(literal)
    for options, body in IN_BLOCK.findall(source):
        text = re.split(r"{%\s*plural[^%]*%}", body)[0]
        if "trimmed" in options:
            text = " ".join(line.strip() for line in text.strip().splitlines())
        yield re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
