"""What this slice forgets, and when, as its inventory says."""

from datetime import datetime, timedelta

from dauchan.agencies import inviting
from dauchan.agencies.models import AgencyFile, Appointment, Invitation, Question
from dauchan.kernel import clock

FILES, ANSWERS, CONTACTS = timedelta(days=30), timedelta(days=730), timedelta(days=5 * 365)
"""How long files, answers, and contacts after a term are kept. Ours."""
GONE = "—"


def forget(now: datetime) -> int:
    """Delete or empty what is over.

    returns  how many rows were touched
    """
    today = clock.local_day(now)
    touched = inviting.forget_drafts(now)
    touched += AgencyFile.objects.filter(uploaded_at__lt=now - FILES).delete()[0]
    touched += Question.objects.filter(answered_at__lt=now - ANSWERS, for_guide=False).delete()[0]
    over = Appointment.objects.filter(valid_to__lt=today - CONTACTS).exclude(name=GONE)
    touched += over.update(name=GONE, phone="", email="")
    old = Invitation.objects.filter(batch__made_at__lt=now - CONTACTS).exclude(name=GONE)
    return touched + old.update(name=GONE, phone="", email="")
