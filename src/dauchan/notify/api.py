"""What the messages' provider tells, as JSON or as a form (docs/reference/messages.md)."""

from django.http import HttpRequest
from ninja import Router, Status

from dauchan import config
from dauchan.kernel import clock
from dauchan.notify import actions, receipts

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
router = Router(tags=["messages"])


RECEIPT = {"type": "object", "description": "A delivery receipt in the provider's own words; [sms.status] says where."}
BODY = {"required": True, "content": {kind: {"schema": RECEIPT} for kind in ("application/json", *FORMS)}}


@router.post(
    "/sms-status",
    response={204: None},
    url_name="sms-status",
    summary="What became of a message",
    openapi_extra={"requestBody": BODY},
)
def sms_status(request: HttpRequest) -> Status[None]:
    """A provider's delivery receipt. One message at a time; whether there is such a message is not answered."""
    told = request.POST.dict() if request.content_type in FORMS else receipts.from_json(request.body)
    receipt = receipts.wording(config.load().sms.get("status")).read(told)
    if receipt.delivered is not None:
        actions.tell_state(receipt.provider_id, delivered=receipt.delivered, now=clock.now())
    return Status(204, None)
