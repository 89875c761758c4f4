"""Members whom no working agent looks after: their branch answers for them (R32)."""

from enrollment.models import Member


class PoolMember(Member):
    """A member, seen as one of the branch's own."""

    class Meta:
        proxy = True
