"""Chapters of the branch office: what a supervisor sees and decides."""

from typing import Final

from config.local.story.office import Office
from config.local.story.stage import Stage

SUPERVISOR: Final = "siti.pengawas"
OFFICE_PAGES: Final = (
    "/admin/",
    "/admin/perisai/agent/",
    "/admin/enrollment/member/",
    "/admin/payments/payment/",
    "/admin/retention/followup/",
)


def the_office_looks(stage: Stage) -> None:
    """The supervisor's pages answer."""
    teller = stage.teller
    teller.say("Pengawas membuka halaman-halamannya.")
    office = Office(teller, stage.base_url)
    password = stage.secrets["SUPERVISOR_PASSWORD"]
    answer = office.log_in(SUPERVISOR, password, stage.app.code())
    teller.equals("pengawas masuk", answer.status, 302)
    for path in OFFICE_PAGES:
        office.page(path)
