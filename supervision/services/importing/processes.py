"""The first words of a process that judges lines: it comes with no connection and no models."""

import django


def begin(bench: bytes) -> None:
    """Set the process up before anything that knows models is unpacked."""
    django.setup()
    from supervision.services.importing import judging  # noqa: PLC0415  models need the setup

    judging.take_bench(bench)
