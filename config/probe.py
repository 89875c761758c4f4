"""`python -m config.probe [worker]`: exit 0 when this container's process does its work, else 1."""

import http.client
import os
import sys
import time
from pathlib import Path

PORT = 8000
SECONDS = 3
SILENT_AFTER = 60.0


def main(arguments: list[str]) -> int:
    """Of a worker its heartbeat is looked at; a web is asked as the proxy would."""
    is_well = worker_is_well() if arguments == ["worker"] else web_is_well()
    return 0 if is_well else 1


def web_is_well() -> bool:
    """Whether the local server says that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SECONDS)
    try:
        host = os.environ["ALLOWED_HOSTS"].split(",")[0]
        connection.request("GET", "/health/ready", headers={"Host": host})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def worker_is_well() -> bool:
    """Whether the worker gave a sign of life within the last minute."""
    try:
        touched = Path(os.environ["WORKER_HEARTBEAT_FILE"]).stat().st_mtime
    except OSError:
        return False
    return time.time() - touched < SILENT_AFTER


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
