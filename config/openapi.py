"""What drf-spectacular cannot see: the problems that every call may answer with, and examples."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from config.examples import REQUESTS
from config.problems import CODES_OF_HTTP, CONTENT_TYPE, STATUS_OF_CODE, of_refusal
from perisai.errors import DomainError

APPS = ("perisai", "sync", "enrollment", "payments", "retention", "supervision")
# Codes that no refusal carries: they are found while a request is taken in or answered.
OF_THE_EDGE = {
    "internal": 500,
    "invalid_envelope": 400,
    "invalid_field": 422,
    "missing_field": 422,
    "unknown_field": 422,
}


def refusals() -> list[type[DomainError]]:
    """Every refusal of the six apps that has a code of its own."""
    for app in APPS:
        if find_spec(f"{app}.errors"):
            import_module(f"{app}.errors")
    ours = {kind for kind in _under(DomainError) if kind.__module__.split(".")[0] in APPS}
    return sorted((kind for kind in ours if "code" in vars(kind)), key=lambda kind: kind.code)


def statuses() -> dict[str, int]:
    """Every code that a client may meet, with its status."""
    of_http = {code: status for status, (code, _title) in CODES_OF_HTTP.items()}
    raised = {kind.code: of_refusal(kind()).status for kind in refusals()}
    return STATUS_OF_CODE | of_http | OF_THE_EDGE | raised


def add_problems(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Postprocessing hook: the document of refusals, and that every operation may answer it."""
    result["components"].setdefault("schemas", {})["Problem"] = _problem_schema()
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            answer = {"description": "A refusal; `code` says which.", "content": content}
            operation["responses"].setdefault("default", answer)
    return result


def add_examples(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Postprocessing hook: a body beside the schema of the calls that carry most."""
    for call, body in REQUESTS.items():
        verb, _separator, address = call.partition(" ")
        for media in result["paths"][address][verb.lower()]["requestBody"]["content"].values():
            media["example"] = body
    return result


def _problem_schema() -> dict[str, Any]:
    """RFC 9457 with our members; sync says `retryable`, everything else `retry`."""
    known = dict(sorted(statuses().items()))
    lines = "\n".join(f"* `{code}` ({status})" for code, status in known.items())
    text = {"type": "string"}
    fault = {
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": {"pointer": text, "code": text, "detail": text},
    }
    return {
        "type": "object",
        "description": "Act on `code` alone; further members depend on it.",
        "required": [
            *("type", "title", "status", "detail", "instance", "code", "request_id", "errors")
        ],
        "properties": {
            **dict.fromkeys(("type", "title", "detail", "instance", "request_id"), text),
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": list(known), "description": lines},
            "retry": {"type": "string", "enum": ["never", "same_key", "new_key", "ask_status"]},
            "retryable": {"type": "boolean"},
            "errors": {"type": "array", "items": fault},
        },
        "additionalProperties": True,
    }


def _under(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _under(child)
