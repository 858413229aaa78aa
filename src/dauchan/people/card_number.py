"""The number on a person's card, typed where no camera reads the code: "DC", 8 random letters and one that checks them.

The letters are Crockford's base 32; the last is Luhn's, modulo 32, so that one wrong letter is always noticed and two
neighbours swapped nearly always. docs/reference/codes.md.
"""

import secrets

from dauchan.kernel.base32 import ALPHABET, tidy

PREFIX = "DC"
DRAWN = 8


def draw() -> str:
    """A number that nobody could have guessed: 40 random bits."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(DRAWN))
    return PREFIX + letters + check_letter(letters)


def check_letter(letters: str) -> str:
    """Luhn's letter modulo 32: every second value from the right is doubled, and its two digits of base 32 added."""
    values = [ALPHABET.index(letter) for letter in reversed(letters)]
    doubled = [sum(divmod(2 * value, len(ALPHABET))) for value in values[::2]]
    return ALPHABET[-(sum(doubled) + sum(values[1::2])) % len(ALPHABET)]


def checked(plain: str) -> str:
    """The number as `draw` writes it, read from capitals without blanks; "" when a letter of it is wrong."""
    letters = tidy(plain.removeprefix(PREFIX))
    right = set(letters) <= set(ALPHABET) and check_letter(letters[:-1]) == letters[-1]
    return PREFIX + letters if right else ""


def shown(number: str) -> str:
    """As it is printed and read aloud: "DC K7MP 3QXR Y"."""
    return " ".join((number[:2], number[2:6], number[6:10], number[10:]))
