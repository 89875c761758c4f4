"""What the launcher tells a person when it cannot go on."""


class CannotStart(Exception):
    """One clear line with the way out, and the exit status that goes with it."""

    def __init__(self, sentence: str, *, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status
