"""No encrypted column is forgotten by the erasure without a reason."""

from perisai.privacy.fields import encrypted_columns

# Destroyed, deleted or emptied by `erase_member`; tests/security/test_erasure.py looks for values.
REACHED = {
    "attempt.note",
    "attempt.place",
    "conflict.details",
    "consent.witness",
    "consent_withdrawal.note",
    "heir.birth_year",
    "heir.name",
    "heir.nik",
    "heir.phone",
    "member.address_line",
    "member.birthplace",
    "member.email",
    "member.full_name",
    "member.kk_number",
    "member.mother_maiden_name",
    "member.nik",
    "member.no_phone_reason",
    "member.phone",
    "member.season_note",
    "member.workplace",
    "member_change.old_values",
    "member_change.reason",
    "operation.body",
    "prospect.name",
    "prospect.phone",
    "prospect_contact.note",
    "reveal_log.explanation",
    "stored_file.key",
    "subject_copy.content",
    "subject_decision.reason",
    "subject_request.words",
    "upload.key",
}
APART = {
    "agent.name": "an agent is a contracting party, and no subject of this erasure",
    "agent.phone": "an agent is a contracting party, and no subject of this erasure",
    "agent_event.reason": "of an agent",
    "breach.what": "of an incident, about many",
    "breach_note.words": "of an incident, about many",
    "correction.reason": "of money, whose rows the law keeps",
    "factor_reset.reason": "of an office user",
    "hand_over.reason": "of agents, about many members at once",
    "hand_over_proposal.reason": "of agents, mostly about many members at once",
    "import_piece.content": "a file that is read, then deleted with its waiting rows",
    "partner_change.reason": "of a partner or counter",
    "payer_contact.name": "who answers for a sponsor or group, and no subject of this erasure",
    "payer_contact.phone": "who answers for a sponsor or group, and no subject of this erasure",
    "reveal_approval.explanation": "of an office user's share, about no member",
    "terminal_reset.reason": "of a counter's terminal",
    "totp_device.secret": "of an office user",
    "user_change.reason": "of an office user",
}


def test_every_encrypted_column_is_reached_or_stands_apart() -> None:
    labels = {field.label for fields in encrypted_columns().values() for field in fields}
    assert labels == REACHED | APART.keys()
    assert not REACHED & APART.keys()
