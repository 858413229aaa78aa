"""`dauchan read-id "TEXT"`: what a scanned identity card says; stores nothing and asks nobody.

Other users of a machine can read a command line: `-` takes the text from standard input.
"""

import json
import os
import sys
from dataclasses import fields
from datetime import date
from typing import Any

import click

from dauchan.kernel import clock
from dauchan.people.cards import Card, in_words, read_card


@click.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: kind, fields (ISO dates), warnings.")
def command(text: str, as_json: bool) -> None:
    """Read the text of a card's QR code: CCCD, căn cước, BHYT, QĐ 1405. "-" reads it from standard input."""
    given = sys.stdin.read() if text == "-" else text
    card = read_card(given, today=clock.local_day(clock.now()))
    found = {"kind": card.kind, "fields": shown(card), "warnings": list(card.warnings)}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    click.echo(card.kind)
    for name, value in shown(card).items():
        click.echo(f"  {name}: {json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value}")
    for warning in card.warnings:
        click.echo(f"  ! {warning}: {in_words(warning, os.environ.get('DAUCHAN_LANGUAGE', 'en'))}")


def shown(card: Card) -> dict[str, Any]:
    """Every field that was read, identity first; days as YYYY-MM-DD."""
    own = {field.name: getattr(card, field.name) for field in fields(card)}
    identity = {field.name: getattr(card.identity, field.name) for field in fields(card.identity)}
    told = {**identity, **own}
    documents = [{"kind": each.kind, "number": each.number} for each in card.identity.documents]
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}
    left_out = {"kind", "identity", "warnings"}
    return {name: value for name, value in {**plain, "documents": documents}.items() if value and name not in left_out}
