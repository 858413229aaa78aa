"""One ASGI process: the fast lane for scans, Django for everything else."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dauchan.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from dauchan.visits.gateway.app import Gateway  # noqa: E402  the gateway reads models: Django must be set up first

application = Gateway(pages=pages)
