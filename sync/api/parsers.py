"""Bodies of a push: larger than others, with the same strictness."""

from perisai.api.parsers import StrictJSONParser
from sync.services.envelope import MAX_PUSH_BYTES


class PushParser(StrictJSONParser):
    """At most 1 MiB expanded."""

    max_bytes = MAX_PUSH_BYTES
