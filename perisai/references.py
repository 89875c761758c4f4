"""Reference files of regions, and of all lists of codes."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from perisai.models import (
    District,
    FileRole,
    Language,
    Province,
    ReferenceLoad,
    Regency,
    Village,
)
from perisai.publishing import Code, Reference, code_list, code_lists, publishes

FILE_ROLES: Final = {
    FileRole.KTP.value: _("KTP"),
    FileRole.KK.value: _("kartu keluarga"),
    FileRole.FACE.value: _("wajah"),
    FileRole.CONSENT.value: _("persetujuan"),
    FileRole.PLACE.value: _("tempat"),
    FileRole.RECEIPT.value: _("struk"),
    FileRole.OTHER.value: _("lainnya"),
}
code_list("file_role", FILE_ROLES)
code_list("file_type", {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP"})


@publishes("codes")
def codes() -> Iterator[Reference]:
    """Every list in both languages; a retired code says since when."""
    lists = {name: [_line(code) for code in known] for name, known in code_lists().items()}
    yield Reference(name="codes", content={"lists": lists})


@publishes("regions")
def regions() -> Iterator[Reference]:
    """The index, each regency whole, and each district of which villages are known."""
    load = ReferenceLoad.objects.filter(name="regions").first()
    version = load.edition if load is not None else ""
    yield Reference(name="regions/index", content=_index(), version=version)
    villages = _villages()
    districts: dict[str, list[Any]] = {}
    for code, regency, name in District.objects.values_list("code", "regency", "name"):
        whole = {"code": code, "name": name, "villages": villages.get(code, [])}
        districts.setdefault(regency, []).append(whole)
        if whole["villages"]:
            content = {"code": code, "name": name, "districts": [whole]}
            yield Reference(name=f"regions/{code}", content=content, version=version)
    for code, name in Regency.objects.values_list("code", "name"):
        content = {"code": code, "name": name, "districts": districts.get(code, [])}
        yield Reference(name=f"regions/{code}", content=content, version=version)


def _index() -> dict[str, Any]:
    regencies = Regency.objects.values_list("province", "code", "name", "kind")
    by_province = groupby(regencies.order_by("province", "code"), key=lambda row: row[0])
    inside = {code: [list(row[1:]) for row in rows] for code, rows in by_province}
    return {
        "provinces": [
            {"code": code, "name": name, "timezone": zone, "regencies": inside.get(code, [])}
            for code, name, zone in Province.objects.values_list("code", "name", "timezone")
        ]
    }


def _villages() -> dict[str, list[Any]]:
    rows = Village.objects.order_by("code").values_list("district", "code", "name", "kind")
    by_district = groupby(rows.iterator(10_000), key=lambda row: row[0])
    return {code: [list(row[1:]) for row in found] for code, found in by_district}


def _line(code: Code) -> dict[str, str | None]:
    return {
        "code": code.word,
        **{language.value: _said(code, language) for language in Language},
        "retired_on": _day(code.retired_on),
    }


def _said(code: Code, language: Language) -> str:
    with translation.override(language.value):
        return str(code.label)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
