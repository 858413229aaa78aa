"""Puts the built style sheets, scripts and icons where pages are served from, under names that carry their hash.

Decides only whether that was done already for this very build.
"""

import hashlib
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STAMP = ".collected"


def collect() -> bool:
    """Collect the static files unless this build was collected before; says whether there was work.

    raises   FileNotFoundError when the front end was never built
    """
    root = Path(settings.STATIC_ROOT)
    fingerprint = _fingerprint()
    stamp = root / STAMP
    if stamp.exists() and stamp.read_text() == fingerprint:
        return False
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, stdout=StringIO())
    stamp.write_text(fingerprint)
    return True


def _fingerprint() -> str:
    """Names, sizes and times of every source file: it changes with each build and costs milliseconds."""
    digest = hashlib.sha256()
    names = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            names.append(name)
            state = Path(storage.path(name)).stat()
            digest.update(f"{name}:{state.st_size}:{state.st_mtime_ns};".encode())
    if "built/dauchan.css" not in names:
        raise FileNotFoundError("The front end was not built: run script/bootstrap, or install the package again.")
    return digest.hexdigest()
