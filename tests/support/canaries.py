"""Unmistakable people, a search that finds them however they are written, and a browser that keeps what it saw."""

import base64
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

import httpx

from dauchan.kernel.search import search_key


@dataclass(frozen=True)
class Canary:
    """Somebody who is found wherever they are written."""

    name: str
    phone: str = ""
    document: str = ""
    address: str = ""

    @property
    def texts(self) -> list[str]:
        return [text for text in (self.name, self.phone, self.document, self.address) if text]


def spellings(text: str) -> Iterator[str]:
    """How a text may stand in a file: as it is, decomposed, folded, escaped, quoted, as bytes in hex and base 64."""
    forms = {text, unicodedata.normalize("NFD", text), text.lower(), text.upper()}
    forms |= {search_key(text)} if not text.isdigit() else {text[1:], f"{text[:4]} {text[4:7]} {text[7:]}"}
    for form in sorted(forms):
        yield form
        yield json.dumps(form)[1:-1]
        yield quote(form)
        yield quote_plus(form)
        raw = form.encode()
        yield raw.hex()
        yield raw.hex().upper()
        yield form.encode("utf-16-le").hex()
        for shift in range(3):  # base 64 looks different at each of three offsets
            coded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
            yield coded[2 * shift if shift < 2 else 3 : len(coded) - 1]


def found_in(text: str, *canaries: Canary) -> list[str]:
    """Which canaries' texts stand there, in any spelling."""
    wanted = {word for canary in canaries for word in canary.texts}
    return sorted(word for word in wanted if any(spelled in text for spelled in spellings(word)))


@dataclass
class Watched:
    """Everything that a browser and a program were shown beside the pages' own text."""

    addresses: set[str] = field(default_factory=set)
    cookies: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)

    def saw(self, answer: httpx.Response) -> None:
        answer.read()
        self.statuses.add(answer.status_code)
        self.addresses |= {str(answer.request.url), answer.headers.get("location", "")}
        self.cookies |= {unquote_plus(value) for value in answer.headers.get_list("set-cookie")}
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.addresses |= set(re.findall(r'(?:href|src|action|hx-\w+)="([^"]*)"', answer.text))

    def client(self, address: str, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=address, event_hooks={"response": [self.saw]}, timeout=30, **options)
