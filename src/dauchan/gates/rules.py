"""How long things at gates last, and how much a device may ask. Values only."""

from datetime import timedelta

from dauchan.kernel.errors import Conflict, NotPermitted, TooMany
from dauchan.notify.budgets import Budget

CODE_LETTERS = 10
CODE_LIFETIME = timedelta(minutes=15)
LONGEST_KEPT = timedelta(days=180)
USUAL_DAYS = 30
"""A device is joined again each month: that is how a lost one that nobody missed ends. Ours."""
SCREEN_AHEAD = timedelta(hours=2)
"""For how long a screen may show codes without network; who steals the device can be "there" as long. Ours."""
WARN_AFTER = timedelta(hours=4)
REPEAT_SECONDS = 60
LONGEST_NAME = 80

JOINING = Budget("gates.join", capacity=20, per_hour=60)
"""Tries at join codes from one network: a code has 50 bits and lives 15 minutes."""
FACES = Budget("gates.faces", capacity=120, per_hour=3600)
"""Faces that one device may ask for: a queue that never stops is about one a second."""


class JoinCodeUsedUp(Conflict):
    kind = "join_code_used_up"
    vi = "Mã tham gia đã dùng, đã hết hạn, hoặc gõ chưa đúng. Hãy nhờ người phụ trách địa điểm tạo mã mới."
    en = "This join code was used, has expired, or was mistyped. Ask whoever is in charge of the place for a new one."


class PlaceNotApproved(NotPermitted):
    kind = "place_not_approved"
    vi = "Địa điểm này chưa được cán bộ duyệt hoặc không hoạt động, nên cổng không cấp mã. Hãy nhờ cán bộ xã cấp mã."
    en = "No officer has approved this place, or it is not in use, so its gate gives no codes. Ask the commune for one."


class TooManyTries(TooMany):
    vi = "Thử quá nhiều lần. Hãy chờ ít phút rồi thử lại."
    en = "Too many tries. Wait some minutes and try again."


class TooManyFaces(TooMany):
    vi = "Thiết bị hỏi quá nhiều. Lượt quét vẫn được ghi; hãy chờ một phút."
    en = "The device asks too often. Scans are still recorded; wait a minute."
