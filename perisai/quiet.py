"""Hours in which nobody is written to without need, in the zone of who reads (R33, R38)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From an evening to the next morning: `begins` is quiet, `ends` no more."""

    begins: time
    ends: time

    @classmethod
    def of(cls, text: str) -> "QuietHours":
        """From the setting's form, `20:00-08:00`."""
        begins, _dash, ends = text.partition("-")
        return cls(begins=time.fromisoformat(begins), ends=time.fromisoformat(ends))

    def opens_at(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The first instant from `now` on that is not quiet in a zone."""
        local = now.astimezone(zone)
        if self.ends <= local.time() < self.begins:
            return now
        is_evening = local.time() >= self.begins
        day = local.date() + timedelta(days=1) if is_evening else local.date()
        return datetime.combine(day, self.ends, tzinfo=zone)
