"""Translations: compiled as Python's gettext reads them, and nothing said goes untranslated."""

import gettext
from pathlib import Path

import pytest

from config.local import catalogues

HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
BODY = """
msgid "Tagihan"
msgstr "Bill"

#, fuzzy
msgid "Lunas"
msgstr "Maybe paid"

msgctxt "bulan"
msgid "Mei"
msgstr "May"

msgid "%(n)d bulan"
msgid_plural "%(n)d bulan-bulan"
msgstr[0] "%(n)d month"
msgstr[1] "%(n)d months"

msgid ""
"Baris satu\\n"
"baris dua"
msgstr ""
"Line one\\n"
"line two"

#~ msgid "Dulu"
#~ msgstr "Once"
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one English catalogue and an empty app."""
    folder = tmp_path / "config" / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(HEADER + BODY, encoding="utf-8")
    (tmp_path / "perisai" / "templates").mkdir(parents=True)
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    return tmp_path


def test_compiled_catalogue_says_what_the_source_says(tree: Path) -> None:
    assert catalogues.main(["compile"]) == 0
    english = gettext.translation("django", tree / "config" / "locale", ["en"])
    assert english.gettext("Tagihan") == "Bill"
    assert english.pgettext("bulan", "Mei") == "May"
    assert english.gettext("Baris satu\nbaris dua") == "Line one\nline two"
    assert english.ngettext("%(n)d bulan", "%(n)d bulan-bulan", 1) == "%(n)d month"
    assert english.ngettext("%(n)d bulan", "%(n)d bulan-bulan", 2) == "%(n)d months"
    assert english.gettext("Lunas") == "Lunas"  # a guess is not shown
    assert english.gettext("Dulu") == "Dulu"


def test_compiled_catalogue_is_written_again_only_when_the_source_is_newer(tree: Path) -> None:
    catalogues.main(["compile"])
    (compiled,) = tree.glob("config/locale/*/LC_MESSAGES/django.mo")
    compiled.write_bytes(b"kept")
    catalogues.main(["compile"])
    assert compiled.read_bytes() == b"kept"


def test_everything_said_and_translated_is_clean(tree: Path) -> None:
    (tree / "perisai" / "words.py").write_text(
        '_("Tagihan")\npgettext("bulan", "Mei")\nngettext("%(n)d bulan", "%(n)d bulan-bulan", n)\n'
        'gettext("Baris satu\\nbaris dua")\n'
    )
    po = tree / "config" / "locale" / "en" / "LC_MESSAGES" / "django.po"
    po.write_text(po.read_text().replace('#, fuzzy\nmsgid "Lunas"\nmsgstr "Maybe paid"\n', ""))
    assert catalogues.main(["check"]) == 0


def test_a_second_translation_and_a_lost_placeholder_are_named(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    po = tree / "config" / "locale" / "en" / "LC_MESSAGES" / "django.po"
    body = (
        'msgid "Tagihan"\nmsgstr "Bill"\n\nmsgid "Tagihan"\nmsgstr "Invoice"\n\n'
        'msgid "Jumlah %(amount)s dari %(all)s"\nmsgstr "%(all)s holds %(amount)s"\n\n'
        'msgid "Bayar %(amount)s"\nmsgstr "Pay %(sum)s"\n'
    )
    po.write_text(f"{HEADER}\n{body}", encoding="utf-8")
    (tree / "perisai" / "words.py").write_text(
        '_("Tagihan")\n_("Jumlah %(amount)s dari %(all)s")\n_("Bayar %(amount)s")\n'
    )
    assert catalogues.main(["check"]) == 1
    where = "config/locale/en/LC_MESSAGES/django.po"
    assert capsys.readouterr().err.splitlines() == [
        f"{where}: translated twice: 'Tagihan'",
        f"{where}: other placeholders: 'Bayar %(amount)s'",
    ]


def test_a_catalogue_of_the_sources_language_holds_words_for_libraries(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    po = tree / "config" / "locale" / "en" / "LC_MESSAGES" / "django.po"
    po.unlink()
    ours = tree / "config" / "locale" / "id" / "LC_MESSAGES" / "django.po"
    ours.parent.mkdir(parents=True)
    empty = 'msgid "Not said here."\nmsgstr "Kata lain."\n\nmsgid "At most {n:X}."\nmsgstr ""\n'
    ours.write_text(f"{HEADER}\n{empty}", encoding="utf-8")
    (tree / "perisai" / "words.py").write_text('_("Tagihan")\n')
    assert catalogues.main(["check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "config/locale/id/LC_MESSAGES/django.po: empty or fuzzy: 'At most {n:X}.'"
    ]


def test_drift_is_named_both_ways(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "perisai" / "templates" / "page.html").write_text(
        '{% translate "Tagihan" %}{% trans "Lunas" %}'
        "{% blocktranslate trimmed %}\n  Halo {{ name }}\n{% endblocktranslate %}"
    )
    assert catalogues.main(["check"]) == 1
    said = capsys.readouterr().err.splitlines()
    where = "config/locale/en/LC_MESSAGES/django.po"
    assert f"{where}: not translated: 'Halo %(name)s'" in said
    assert f"{where}: empty or fuzzy: 'Lunas'" in said
    assert f"{where}: nobody says any more: 'Baris satu\\nbaris dua'" in said
    assert not [line for line in said if "Tagihan" in line]
