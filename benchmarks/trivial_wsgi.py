"""What gunicorn loads for the pulls: the product with one view more."""

from importlib import import_module

from config.wsgi import application

import_module("benchmarks.trivial").serve()  # its imports want the settings, which now are read

__all__ = ["application"]
