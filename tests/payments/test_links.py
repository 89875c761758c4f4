"""Links that stand on paper, as printed and as typed."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from payments.services.links import proven_code, proven_receipt_no, share_url, verify_url
from perisai.privacy import proof_of

NUMBER = "KP2611207QK0M1XD"
CODE = "9931419592653586"


def test_links_lead_to_the_public_host_and_name_nobody(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://publik.example.id"
    proofs = proof_of("receipt", NUMBER), proof_of("bill", CODE)
    assert verify_url(NUMBER) == f"https://publik.example.id/k/{NUMBER}.{proofs[0]}"
    assert share_url(CODE) == f"https://publik.example.id/t/{CODE}.{proofs[1]}"


@pytest.mark.parametrize(
    "typed",
    [
        str,
        str.lower,
        lambda link: link.replace("0", "O").replace("1", "I"),
        lambda link: link.replace("0", "o").replace("1", "l"),
        lambda link: f"{link[:8]}-{link[8:]}",
        lambda link: f" {link[:4]} {link[4:]} ",
    ],
    ids=["as printed", "small", "O and I", "o and l", "in groups", "with blanks"],
)
def test_link_typed_by_hand_is_understood(typed: Any) -> None:
    assert proven_receipt_no(typed(f"{NUMBER}.{proof_of('receipt', NUMBER)}")) == NUMBER
    assert proven_code(typed(f"{CODE}.{proof_of('bill', CODE)}")) == CODE


@pytest.mark.parametrize(
    "shown",
    [
        *("", ".", "KP", NUMBER, f"{NUMBER}.", f".{NUMBER}", f"{NUMBER}.0000000000"),
        *(f"{NUMBER}.{proof_of.__name__}", "K" * 61, "\x00", "É" * 16, f"{CODE}.0000000000"),
    ],
    ids=repr,
)
def test_what_we_did_not_prove_is_nothing(shown: str) -> None:
    assert proven_receipt_no(shown) is None
    assert proven_code(shown) is None


def test_each_kind_of_paper_has_proofs_of_its_own() -> None:
    assert proven_receipt_no(f"{NUMBER}.{proof_of('bill', NUMBER)}") is None
    assert proven_code(f"{CODE}.{proof_of('receipt', CODE)}") is None
    assert proven_code(f"{NUMBER}.{proof_of('bill', NUMBER)}") is None
