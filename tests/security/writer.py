"""A process of its own that reads and writes encrypted rows until a file tells it to stop.

Prints `ready`, and at the end what it saw as JSON. Run as `python -m tests.security.writer`.
"""

import json
import sys
from pathlib import Path

import django

django.setup()

from perisai.models import Agent  # noqa: E402  after the setup
from perisai.privacy import DecryptionFailed, keyring  # noqa: E402

NAME = "Orang Percobaan"


def say(line: str) -> None:
    """To the test that waits for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(own: str, stop: Path, looks: float) -> None:
    """Add a mark to the names of one's own agents, and read everybody's, again and again."""
    keyring.SECONDS_BETWEEN_LOOKS = looks
    rounds = reads = unreadable = 0
    say("ready")
    while not stop.exists():
        rounds += 1
        for agent in Agent.objects.order_by("number"):
            try:
                name = agent.name
            except DecryptionFailed:
                unreadable += 1
                continue
            reads += 1
            assert name.startswith(NAME), "another value than was written"
            if agent.number.startswith(own):
                agent.name = f"{NAME} {rounds}"
                agent.save(update_fields=["name"])
    say(json.dumps({"rounds": rounds, "reads": reads, "unreadable": unreadable}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
