"""Crockford's base 32: upper case, without I, L, O and U, so that a code can be read aloud and typed.

Source: Douglas Crockford, "Base 32". Reading forgives case, hyphens and spaces, and takes I and L as 1 and O as 0.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORGIVEN = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def encode(content: bytes) -> str:
    """Bytes as text, 8 letters for 5 bytes; the last letter's spare bits are zero."""
    length = (len(content) * 8 + 4) // 5
    number = int.from_bytes(content, "big") << (length * 5 - len(content) * 8)
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in range(length - 1, -1, -1))


def decode(text: str) -> bytes:
    """The bytes of a text that `encode` made.

    raises   ValueError for foreign letters, an impossible length, or spare bits that are not zero
    """
    letters = text.upper().translate(_FORGIVEN)
    length = len(letters) * 5 // 8
    spare = len(letters) * 5 - length * 8
    if spare >= 5:
        raise ValueError("not a length of base 32")
    try:
        number = int("".join(_DIGITS[letter] for letter in letters) or "0", 32)
    except KeyError as error:
        raise ValueError("not base 32") from error
    if number & ((1 << spare) - 1):
        raise ValueError("spare bits are set")
    return (number >> spare).to_bytes(length, "big")


_DIGITS = {letter: "0123456789abcdefghijklmnopqrstuv"[index] for index, letter in enumerate(ALPHABET)}
