"""Page workers behind a proxy: Django alone, without the fast lane."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dauchan.settings")
application = get_wsgi_application()
