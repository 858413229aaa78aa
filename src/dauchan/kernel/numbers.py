"""Numbers as addresses and forms hold them: texts that anybody may have written."""


def row_number(text: str) -> int | None:
    """The number of a row that a text means; None for anything else, and for more than a database can count."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
