"""What the messages' provider tells, as JSON or as a form (docs/reference/messages.md)."""

from django.http import HttpRequest
from ninja import Router, Status

from dauchan import config
from dauchan.kernel import clock
from dauchan.notify import actions, receipts

router = Router(tags=["messages"])


@router.post("/sms-status", response={204: None}, url_name="sms-status", summary="What became of a message")
def sms_status(request: HttpRequest) -> Status[None]:
    """A provider's delivery receipt. One message at a time; whether there is such a message is not answered."""
    form = request.POST.dict() if request.content_type == "application/x-www-form-urlencoded" else None
    receipt = receipts.wording(config.load().sms.get("status")).read(receipts.content_of(request.body, form))
    if receipt.delivered is not None:
        actions.tell_state(receipt.provider_id, delivered=receipt.delivered, now=clock.now())
    return Status(204, None)
