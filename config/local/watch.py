"""Ends when an embedded server does, so that the launcher stops the rest and says why.

`watch.py NAME=PORT ...` asks each port once a second; standard library only.
"""

import socket
import sys
import time

EVERY_SECONDS = 1.0
PATIENCE = 3  # a server that is busy for a moment has not ended
LOOPBACK = "127.0.0.1"


def main(arguments: list[str]) -> int:
    """Watch until a server is gone; exit status 1 and one line that names it."""
    ports = {name: int(port) for name, _, port in (text.partition("=") for text in arguments)}
    misses = dict.fromkeys(ports, 0)
    while all(count < PATIENCE for count in misses.values()):
        time.sleep(EVERY_SECONDS)
        for name, port in ports.items():
            misses[name] = 0 if listens(port) else misses[name] + 1
    gone = " and ".join(name for name, count in misses.items() if count >= PATIENCE)
    print(f"{gone} ended by itself: see .data/log/, then start again. Nothing is lost.", flush=True)
    return 1


def listens(port: int) -> bool:
    """Whether somebody takes connections on a loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=EVERY_SECONDS):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
