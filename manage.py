#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from config.local.environment import local_environment
from perisai.history import Cause, caused_by

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    root = Path(__file__).resolve().parent
    if "PERISAI_ENV" not in os.environ and (root / ".venv").exists():  # a checkout after make setup
        os.environ.update(local_environment(root))
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    with caused_by(lambda: Cause(channel="command", task=command)):
        execute_from_command_line(sys.argv)
