"""The demonstration over HTTP: an ordinary client, no ORM, nothing imported from the apps."""

from config.local.otp import App
from config.local.story.chapters import CHAPTERS
from config.local.story.counter import Counter
from config.local.story.phone import Phone
from config.local.story.stage import STORY_BEGINS, Services, Stage
from config.local.story.teller import StepFailed, Teller

__all__ = ["STORY_BEGINS", "tell"]


def tell(base_url: str, secrets: dict[str, str], services: Services) -> int:
    """Tell every chapter; 0 when all held, 1 at the first that did not, which is named."""
    teller = Teller()
    stage = Stage(
        teller=teller,
        base_url=base_url,
        secrets=secrets,
        services=services,
        phone=Phone(teller, base_url, now=STORY_BEGINS),
        counter=Counter(teller, base_url),
        app=App(secrets["OFFICE_TOTP_SECRET"]),
    )
    for chapter in CHAPTERS:
        try:
            chapter(stage)
        except (StepFailed, LookupError, TypeError, ValueError, OSError) as fault:
            # An answer of another shape is a failed step too; it is named, not traced.
            teller.console.print(f"\n[red]Gagal[/red] di {chapter.__name__}: {fault!r}")
            return 1
    teller.console.print(f"\nSemua {teller.number} langkah terbukti.")
    return 0
