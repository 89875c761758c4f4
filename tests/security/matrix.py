"""The authorisation matrix as data: `matrix.toml`, read once."""

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("matrix.toml")
ROLES: Final = (
    *("anonymous", "agent", "limited", "lost", "post_agent", "partner"),
    *("supervisor", "finance", "national", "auditor"),
)
TARGETS: Final = ("own", "branch", "other", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One route and method: what each role is answered, and how it is called."""

    route: str
    method: str
    answers: dict[str, tuple[str, ...]]
    body: dict[str, Any] | None = None
    form: dict[str, Any] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    def expected(self, role: str) -> dict[str, str]:
        """The answer to a role, by target; one word holds for all of them."""
        words = self.answers[role]
        return dict(zip(TARGETS, words * len(TARGETS) if len(words) == 1 else words, strict=True))

    def is_by_target(self, role: str) -> bool:
        """Whether the role's answer depends on whose record is asked for."""
        return len(self.answers[role]) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of operation: a right body, and where it names a record by its id."""

    name: str
    data: dict[str, Any]
    entity: str = ""
    ids: tuple[str, ...] = ()


def lines() -> list[Line]:
    """Every line of the table of routes."""
    table = _read()
    access = table["access"]
    found = [_line(key, said, access) for key, said in table["routes"].items()]
    return found + [line for key, said in table["acts"].items() for line in _act(key, said, access)]


def kinds() -> list[Kind]:
    """Every line of the table of operations."""
    table = _read()["operations"]
    return [
        Kind(
            name=name,
            data=said.get("data", {}),
            entity=said.get("entity", ""),
            ids=tuple(said.get("ids", ())),
        )
        for name, said in table.items()
    ]


def _line(key: str, said: Any, access: dict[str, dict[str, str]]) -> Line:
    method, _space, route = key.partition(" ")
    call = {"as": said} if isinstance(said, str) else dict(said)
    group = access[call.pop("as")]
    answers = {role: tuple(_word(group, role).split()) for role in ROLES}
    return Line(route=route, method=method, answers=answers, **call)


def _act(key: str, said: Any, access: dict[str, dict[str, str]]) -> list[Line]:
    """An act is asked for by GET and done by POST; who may not, may neither."""
    call = {"as": said} if isinstance(said, str) else dict(said)
    asked, done = call.pop("asked", "ok"), call.pop("done", "moved")
    asking = _line(f"GET {key}", {"as": call["as"]}, access)
    doing = _line(f"POST {key}", {"form": {}} | call, access)
    return [
        replace(line, answers={role: _instead(words, ok) for role, words in line.answers.items()})
        for line, ok in ((asking, asked), (doing, done))
    ]


def _instead(words: tuple[str, ...], ok: str) -> tuple[str, ...]:
    return tuple(ok if word == "ok" else word for word in words)


def _word(group: dict[str, str], role: str) -> str:
    unknown = group.keys() - {*ROLES, "else"}
    if unknown:
        raise ValueError(f"{FILE.name} names no role: {sorted(unknown)}")
    return group[role] if role in group else group["else"]


def _read() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


def filled(said: Any, values: "Values") -> Any:
    """A body with what its `<words>` stand for; the member `<>` is what the others go over."""
    if isinstance(said, dict):
        whole = values(said["<>"][1:-1]) if "<>" in said else {}
        return whole | {name: filled(value, values) for name, value in said.items() if name != "<>"}
    if isinstance(said, list):
        return [filled(value, values) for value in said]
    word = next(iter(words_in(said)), "")
    return values(word) if word else said


def words_in(said: Any) -> set[str]:
    """The `<words>` of a body."""
    if isinstance(said, dict):
        return {word for value in said.values() for word in words_in(value)}
    if isinstance(said, list):
        return {word for value in said for word in words_in(value)}
    is_word = isinstance(said, str) and said.startswith("<") and said.endswith(">")
    return {said[1:-1]} if is_word else set()


class Values:
    """What a `<word>` stands for, for one target."""

    def __call__(self, word: str) -> Any:
        """Its value. Raises LookupError for a word that nobody knows."""
        raise NotImplementedError  # the stage says it
