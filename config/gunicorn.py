"""gunicorn in production: threads behind a buffering proxy, logs on stdout only.

The second port is for machines that watch: metrics and the state of the work (`config/metrics.py`).
The proxy does not lead there, and no port of it is published.
"""

import os
import shutil
from pathlib import Path
from typing import Any

from config import bodies

bind = ["0.0.0.0:8000", f"0.0.0.0:{os.environ.get('METRICS_PORT', '9100')}"]
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "4"))
threads = int(os.environ.setdefault("WEB_THREADS", "4"))  # the application sheds by it
timeout = 30
graceful_timeout = 25
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm"  # noqa: S108  a tmpfs, so that a heartbeat never waits for a disk
limit_request_line = 4_094
limit_request_fields = 64
accesslog = None
preload_app = True  # loaded once; connections are opened by the workers

# What the processes count is in files of this folder; what earlier ones counted is not ours.
if _counted := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    shutil.rmtree(_counted, ignore_errors=True)
    Path(_counted).mkdir(mode=0o700, parents=True)

from config import web_figures  # noqa: E402  it looks for the folder when it is imported


def pre_request(worker: Any, request: Any) -> None:
    """gunicorn calls it by name when a request's head has come."""
    web_figures.begin_request(request)
    bodies.pre_request(worker, request)


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """gunicorn calls it by name when an answer is out."""
    bodies.post_request(worker, request, environ, response)
    web_figures.end_request(request, response)


def post_worker_init(_worker: Any) -> None:
    """gunicorn calls it by name in each worker, after the fork."""
    web_figures.watch_pool()


def child_exit(_server: Any, worker: Any) -> None:
    """gunicorn calls it by name: what the worker counted stays, what it had is no more."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess  # noqa: PLC0415  it wants the folder

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
