"""Whether the database guards what the code says it guards."""

import pgtrigger


def broken_triggers() -> list[str]:
    """Triggers that are missing, outdated or switched off, by model and name."""
    return [
        f"{model._meta.label}:{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if trigger.get_installation_status(model) != ("INSTALLED", True)
    ]
