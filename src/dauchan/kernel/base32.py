"""Crockford's base 32: upper case, without I, L, O and U, so that a code can be read aloud and typed.

Source: Douglas Crockford, "Base 32". Reading forgives case, hyphens and spaces, and takes I and L as 1 and O as 0.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PYTHONS = "0123456789abcdefghijklmnopqrstuv"
"""The same 32 digits as `int(text, 32)` writes them."""


def encode(content: bytes) -> str:
    """Bytes as text, 8 letters for 5 bytes; the last letter's spare bits are zero."""
    length = (len(content) * 8 + 4) // 5
    number = int.from_bytes(content, "big") << (length * 5 - len(content) * 8)
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in range(length - 1, -1, -1))


def decode(text: str) -> bytes:
    """The bytes of a text that `encode` made.

    raises   ValueError for foreign letters, an impossible length, or spare bits that are not zero
    """
    digits = text.encode("ascii").translate(_DIGITS, b"- ")
    length = len(digits) * 5 // 8
    spare = len(digits) * 5 - length * 8
    if spare >= 5:
        raise ValueError("not a length of base 32")
    try:
        number = int(digits or b"0", 32)
    except ValueError:
        raise ValueError("not base 32") from None  # the number's own complaint would repeat the code
    if number & ((1 << spare) - 1):
        raise ValueError("spare bits are set")
    return (number >> spare).to_bytes(length, "big")


def tidy(text: str) -> str:
    """A code as `encode` writes it, however it was typed; foreign letters stay as they are."""
    return text.upper().translate(str.maketrans("ILO", "110", "- "))


def _digits() -> bytes:
    """For every byte the digit it means; a question mark, which no number holds, for those that mean none."""
    meant = {**dict(zip(ALPHABET, _PYTHONS, strict=True)), "I": "1", "L": "1", "O": "0"}
    return bytes(ord(meant.get(chr(byte).upper(), "?")) for byte in range(256))


_DIGITS = _digits()
