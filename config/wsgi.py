"""The WSGI entry point that gunicorn serves."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # views are loaded once, before the workers fork

# What is loaded now stays: no round of the collector looks through it in any worker. A page of a
# book makes thousands of objects that no circle holds: rounds begin after more of them.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
