"""Wiring only: settings, routes, problems, the Celery application. Holds no rule."""
