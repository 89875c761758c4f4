"""`python -m config.probe`: exit 0 when this container's web answers ready, else 1."""

import http.client
import os
import sys

PORT = 8000
SECONDS = 3


def main() -> int:
    """Ask the local server, as the proxy would."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SECONDS)
    try:
        host = os.environ["ALLOWED_HOSTS"].split(",")[0]
        connection.request("GET", "/health/ready", headers={"Host": host})
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
