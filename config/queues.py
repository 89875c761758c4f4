"""How work is queued: Celery's settings that are the same everywhere; `config.settings` has them.

Rows are the queue of record, a message is only a nudge: what a lost one should have done is found
by the next look, and what two of them ask for is done once.
"""

from typing import Any

from kombu import Exchange, Queue

QUEUES = ("default", "sweep", "notify", "files")
LONGEST_ETA = 600  # seconds that a message may wait in a worker; the database holds due times

CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False  # a queue that no worker reads is a mistake
CELERY_TASK_ROUTES = {
    "retention.tasks.*": {"queue": "sweep"},
    "perisai.tasks.relay_messages": {"queue": "notify"},
    "supervision.tasks.work_imports": {"queue": "files"},  # what strangers made stays apart
    "sync.tasks.check_uploads": {"queue": "files"},
}

# A message is given back when its process dies, and to somebody else when its worker is silent.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_LOST_WAIT = 2.0  # seconds; then a killed process has written no result
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# Whoever sends a task hears within seconds that the broker is down; a worker waits for it for ever.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2.0
BROKER_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2.0,
    "socket_timeout": 5.0,  # more than the second for which a worker listens at a time
    "max_retries": 1,
    "interval_start": 0.1,
    "interval_step": 0.1,
    "interval_max": 0.2,
}

CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "Asia/Jakarta"
