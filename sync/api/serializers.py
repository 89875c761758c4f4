"""The shapes of the phone's contract, for the schema: the envelope itself is read by the service,
because unknown members are stored, not refused, and a batch is taken whole or not at all."""

from rest_framework import serializers


class OpSerializer(serializers.Serializer[object]):
    """One operation of an outbox; unknown members are kept."""

    op_id = serializers.UUIDField()
    seq = serializers.IntegerField(min_value=1)
    kind = serializers.CharField()
    v = serializers.IntegerField(min_value=1)
    entity_id = serializers.UUIDField()
    at = serializers.DateTimeField()
    base_rev = serializers.IntegerField(required=False)
    depends_on = serializers.ListField(child=serializers.UUIDField(), required=False)
    replaces = serializers.UUIDField(required=False)
    data = serializers.DictField(required=False)  # type: ignore[assignment]  # the wire's name


class OutboxSerializer(serializers.Serializer[object]):
    """What the phone still holds unsent."""

    count = serializers.IntegerField(min_value=0)
    oldest_at = serializers.DateTimeField(required=False, allow_null=True)


class PullAskSerializer(serializers.Serializer[object]):
    """A page of the book, asked for in the same call."""

    cursor = serializers.CharField(required=False, allow_null=True)
    max_bytes = serializers.IntegerField(required=False)


class PushSerializer(serializers.Serializer[object]):
    """A batch with contiguous places."""

    first_seq = serializers.IntegerField(min_value=1)
    outbox = OutboxSerializer(required=False)
    ops = OpSerializer(many=True)
    pull = PullAskSerializer(required=False)


class ChangeSerializer(serializers.Serializer[object]):
    """A put with its row, or a drop with its reason."""

    e = serializers.CharField()
    id = serializers.UUIDField()
    ver = serializers.IntegerField()
    op = serializers.ChoiceField(choices=["put", "drop"])
    row = serializers.DictField(required=False)
    reason = serializers.CharField(required=False)
    into = serializers.UUIDField(required=False)


class PageSerializer(serializers.Serializer[object]):
    """One page of a book; version, counts and digest only on the last."""

    book = serializers.UUIDField()
    epoch = serializers.CharField()
    full = serializers.BooleanField()
    changes = ChangeSerializer(many=True)
    cursor = serializers.CharField()
    more = serializers.BooleanField()
    book_version = serializers.IntegerField(required=False)
    counts = serializers.DictField(child=serializers.IntegerField(), required=False)
    digest = serializers.CharField(required=False)
    next_sync_after = serializers.IntegerField()


class ResultSerializer(serializers.Serializer[object]):
    """What became of one operation; further members depend on the result."""

    seq = serializers.IntegerField()
    op_id = serializers.UUIDField()
    result = serializers.CharField()
    code = serializers.CharField(required=False)
    entity = serializers.CharField(required=False)
    entity_id = serializers.UUIDField(required=False)
    rev = serializers.IntegerField(required=False)
    ver = serializers.IntegerField(required=False)
    warnings = serializers.ListField(child=serializers.CharField(), required=False)
    problem = serializers.DictField(required=False)
    first = serializers.DictField(required=False)


class PushedSerializer(serializers.Serializer[object]):
    """The answer to a batch; success is `ack_seq` alone."""

    ack_seq = serializers.IntegerField()
    next_seq = serializers.IntegerField()
    complete = serializers.BooleanField()
    clock_offset_ms = serializers.IntegerField()
    next_sync_after = serializers.IntegerField()
    lease_until = serializers.DateTimeField()
    directives = serializers.ListField(child=serializers.DictField())
    results = ResultSerializer(many=True)
    pull = PageSerializer(required=False)


class BookStandingSerializer(serializers.Serializer[object]):
    """The agent's book as it is now."""

    id = serializers.UUIDField()
    epoch = serializers.CharField()
    version = serializers.IntegerField()
    rows = serializers.IntegerField()


class StandingSerializer(serializers.Serializer[object]):
    """Where this device stands."""

    next_seq = serializers.IntegerField()
    book = BookStandingSerializer()


class ConfigSerializer(serializers.Serializer[object]):
    """Sections of the configuration; apps add theirs."""

    limits = serializers.DictField(child=serializers.IntegerField())
    schemas = serializers.DictField()
    app = serializers.DictField()
    intervals = serializers.DictField(child=serializers.IntegerField())
    clock_warn_ms = serializers.IntegerField()
    ref = serializers.CharField(help_text="Digest of the list of reference files.")
