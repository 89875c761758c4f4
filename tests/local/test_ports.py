"""Ports: the wish, else a free one, and the choice of the last run first."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from config.local.errors import CannotStart
from config.local.ports import (
    LOOPBACK,
    Ports,
    any_free_port,
    free_ports,
    is_free,
    remember,
    remembered_ports,
)
from config.local.runner import wished_ports


@pytest.fixture
def wish() -> Ports:
    """Three ports that nobody uses."""
    return Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port())


def test_taken_port_is_replaced_and_the_others_stay(wish: Ports) -> None:
    with socket.create_server((LOOPBACK, wish.postgres)):
        chosen = free_ports(wish)
        assert chosen.postgres != wish.postgres
        assert is_free(chosen.postgres)
        assert replace(chosen, postgres=wish.postgres) == wish


def test_one_port_wished_twice_is_given_once(wish: Ports) -> None:
    chosen = free_ports(replace(wish, valkey=wish.web))
    assert chosen.web == wish.web
    assert len({chosen.web, chosen.postgres, chosen.valkey}) == 3


def test_choice_is_remembered(tmp_path: Path, wish: Ports) -> None:
    remember(tmp_path, wish)
    assert remembered_ports(tmp_path) == wish


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"web": "x", "postgres": 1, "valkey": 2}'])
def test_unreadable_memory_is_the_wish_list(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text)
    assert remembered_ports(tmp_path) == Ports(web=8000, postgres=55431, valkey=56378)


def test_explicit_port_that_is_taken_is_refused(
    tmp_path: Path, wish: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", str(wish.web))
    assert wished_ports(tmp_path).web == wish.web
    with socket.create_server((LOOPBACK, wish.web)), pytest.raises(CannotStart) as refusal:
        wished_ports(tmp_path)
    assert refusal.value.status == 2
