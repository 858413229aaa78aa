"""The fast lane's operation, as the installation's one OpenAPI document shows it beside the others.

Made from the structs that read and write the wire, so that the document can't say anything else.
"""

from typing import Any

import msgspec

from dauchan.visits.gateway import wire

TEMPLATE = "#/components/schemas/{name}"
BODIES = (wire.Scan, wire.Batch, wire.SealedBatch)
REFUSALS = (400, 401, 403, 405, 408, 413, 415, 503)
"""The statuses of a request that is refused whole: nothing of it was recorded."""

DESCRIPTION = """One scan, a batch of up to 1,000, or a batch sealed by HPKE; up to 2 MiB, not compressed.

Each item gets its own answer: `accepted` (committed to disk), `duplicate` (it was there, with the same body),
`conflict` (the id was used for another body), `kept` (for an officer's review) or `rejected` with a code and a sentence
in the language of `Accept-Language`. Sending again with the same ids is harmless.
"""


def components() -> dict[str, Any]:
    """The schemas of everything that goes over this wire, by name."""
    _, found = msgspec.json.schema_components([*BODIES, wire.Answer], ref_template=TEMPLATE)
    found["Batch"]["properties"]["scans"]["maxItems"] = wire.MAX_BATCH
    found["SealedBatch"]["properties"]["ids"]["maxItems"] = wire.MAX_BATCH
    found["Scan"]["properties"]["at"]["anyOf"][0]["format"] = "date-time"
    return found


def operation() -> dict[str, Any]:
    """The operation without its refusals and its security, which all operations say alike."""
    body = {"anyOf": [{"$ref": TEMPLATE.format(name=struct.__name__)} for struct in BODIES]}
    answer = {"$ref": TEMPLATE.format(name=wire.Answer.__name__)}
    return {
        "operationId": "dauchan_visits_gateway_record_scans",
        "summary": "Record scans",
        "description": DESCRIPTION,
        "tags": ["visits"],
        "requestBody": {"required": True, "content": _in_both_formats(body)},
        "responses": {200: {"description": "One result an item, in order", "content": _in_both_formats(answer)}},
    }


def _in_both_formats(schema: dict[str, Any]) -> dict[str, Any]:
    return {media_type: {"schema": schema} for media_type in (wire.Json, wire.MsgPack)}
