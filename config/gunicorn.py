"""gunicorn in production: threads behind a buffering proxy, logs on stdout only."""

import os

from config.bodies import post_request, pre_request  # noqa: F401  gunicorn calls them by name

bind = ["0.0.0.0:8000"]  # inside the container's network; the proxy alone is published
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "4"))
threads = int(os.environ.get("WEB_THREADS", "4"))
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
