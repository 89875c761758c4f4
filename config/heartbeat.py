"""The worker's sign of life: a file that is touched while its loop turns and hears the broker."""

from pathlib import Path
from typing import Any, Final

from celery import bootsteps
from django.conf import settings

EVERY: Final = 10.0  # seconds


class HeartbeatFile(bootsteps.StartStopStep):
    """Touches WORKER_HEARTBEAT_FILE, and takes it away when the worker ends."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._file: Path | None = None

    def start(self, worker: Any) -> None:
        """Touch it now, and then by the worker's own timer: no thread of its own lives longer."""
        if settings.WORKER_HEARTBEAT_FILE:
            self._file = Path(settings.WORKER_HEARTBEAT_FILE)
            self._file.touch()
            worker.timer.call_repeatedly(EVERY, self._file.touch)

    def stop(self, worker: Any) -> None:
        """It ends in order."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)
