"""What gunicorn loads for the control."""

from config.wsgi import application
from faults.careless import forget_the_look

forget_the_look()

__all__ = ["application"]
