"""Whom the office reaches at a payer: a name and a number, which leave it encrypted alone."""

from dataclasses import dataclass

import structlog

from payments.models import Payer, PayerContact
from payments.services.payers import DECIDERS
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import NotFound
from perisai.models import User
from perisai.phones import normalise_phone

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactDraft:
    """Who answers there; `phone` as it was written."""

    name: str
    phone: str


@atomic_within(Deadline.PAGE)
def set_contact(payer_id: int, said: ContactDraft | None, *, by: User) -> None:
    """Name the payer's contact, or none any more. What was named before stays in the history.

    Raises PhoneInvalid, and NotFound outside the branch.
    """
    seen = Payer.objects.visible_to(by).filter(pk=payer_id)
    payer = seen.select_for_update(no_key=True, of=("self",)).first()
    if payer is None or by.role not in DECIDERS:
        raise NotFound
    found = PayerContact.objects.filter(payer=payer).first()
    if said is not None:
        contact = found or PayerContact(payer=payer)
        contact.name, contact.phone = said.name.strip(), normalise_phone(said.phone)
        contact.save()
    elif found is not None:
        found.delete()
    log.info("payer_contact_set", payer=payer.pk, is_named=said is not None, by=by.pk)


def contact_of(payer: Payer) -> PayerContact | None:
    """Who answers there, if anybody was named."""
    return PayerContact.objects.filter(payer=payer).first()
