"""The fast lane's job done the plain way, to compare with: one Django view, one scan a request, one INSERT, one commit.

It does the same work on the same table - credential, pass, sealing, duplicate or conflict, dirty row - and leaves out
what would only slow it down: middleware, place codes, rotating passes, the checks of time and point. It runs under
gunicorn (gthread workers, kept-alive connections) with Django's psycopg pool.
"""

import hashlib
import hmac
import json
from functools import partial
from uuid import UUID

import django

django.setup()

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from dauchan.accounts.queries import authenticate_credential
from dauchan.kernel import clock, codes, ids
from dauchan.kernel.keyring import open_keyring
from dauchan.kernel.sealing import seal

KEYRING = open_keyring(settings.INSTALLATION.keyring_dir)
PASS_KEY = partial(KEYRING.named, "pass")
BODY_KEY = KEYRING.named("body").secret

RECORD = """
with recorded as (
    insert into visits_scan (day, id, token, point_id, direction, at, received_at, credential, confidence, backfilled,
                             body_hash)
    values (%s, %s, %s, %s, %s, %s, %s, %s, 1, false, %s)
    on conflict (day, id) do nothing
    returning day, token
), marked as (
    insert into visits_dirty (day, token)
    select day, token from recorded
)
select count(*) from recorded
"""
BEFORE = "select body_hash from visits_scan where day = %s and id = %s"


@csrf_exempt
def scans(request: HttpRequest) -> HttpResponse:
    """Record one scan and answer as the fast lane does."""
    now = clock.now()
    credential = authenticate_credential(request.headers.get("authorization", "").removeprefix("Bearer "), now)
    if credential is None or not credential.allows("scans:write"):
        return JsonResponse({"code": "credential_unknown"}, status=401)
    scan = json.loads(request.body)
    scan_id = UUID(scan["id"])
    at = ids.instant_of(scan_id)
    day = clock.local_day(at)
    person = codes.decode_pass(scan["subject"]["code"], PASS_KEY, issuer=settings.INSTALLATION.issuer).person_id
    token = seal(KEYRING.day_key(day), person)
    hashed = hashlib.blake2b(request.body, key=BODY_KEY, digest_size=16).digest()
    direction = {"in": 1, "out": 2}[scan["direction"]]
    values = (day, scan_id, token, scan["point"], direction, at, now, credential.id, hashed)
    with connection.cursor() as cursor:
        cursor.execute(RECORD, values)
        if cursor.fetchone() == (1,):
            return _answer(scan["id"], "accepted")
        cursor.execute(BEFORE, (day, scan_id))
        before = cursor.fetchone()
    return _answer(scan["id"], "duplicate" if before and hmac.compare_digest(before[0], hashed) else "conflict")


def _answer(scan_id: str, status: str) -> HttpResponse:
    counts = {name: int(name == status) for name in ("accepted", "duplicate", "conflict", "kept", "rejected")}
    response = JsonResponse(
        {"results": [{"id": scan_id, "status": status}], **counts}, json_dumps_params={"separators": (",", ":")}
    )
    response["Content-Length"] = str(len(response.content))
    return response


urlpatterns = [path("api/v1/scans", scans)]

settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__
application = WSGIHandler()
