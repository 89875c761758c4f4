"""What gunicorn loads for the control of the phones' contract."""

from config.wsgi import application
from faults.careless_sync import forget_what_came

forget_what_came()

__all__ = ["application"]
