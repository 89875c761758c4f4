"""The history of a hand-edited row on its page: who changed what; people stay masked (R37)."""

import pytest

from perisai.models import AgentState
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db


def test_an_agents_page_tells_her_history_masked(corner: Corner, as_user: As) -> None:
    agent = corner.agent
    agent.name, agent.state = "RAHASIA SEKALI", AgentState.SUSPENDED
    agent.save(update_fields=["name", "state"])
    agent.name = "WULAN BARU"
    agent.save(update_fields=["name"])
    text = as_user(corner.supervisor).get(corner.detail_url("perisai_agent")).content.decode()
    assert "Riwayat perubahan" in text
    assert "state: active → suspended" in text
    assert "name: R****** S***** → W**** B***" in text
    assert "RAHASIA" not in text
