"""Papers and codes to be printed: typst with the fonts that ship here, QR codes as clean outlines.

Nothing outside this package is read while printing: no system font, no network, no file beside the template.
"""

import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import segno
import typst

FONTS = Path(__file__).parent / "fonts"
FONT = "Noto Sans"
QUIET_MODULES = 4
"""Width of the empty border around a code, in modules. Source: ISO/IEC 18004, 6.3.8."""


def typeset(template: Path, content: Mapping[str, Any], *, ppi: int | None = None) -> bytes:
    """A template with this content, as PDF; the template reads it by `json(bytes(sys.inputs.content))`.

    ppi   a PNG with so many dots an inch instead, of a template with one page
    """
    return typst.compile(
        template,
        root=template.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="png" if ppi else "pdf",
        ppi=ppi,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
    )


def qr_svg(text: str, *, error: str = "M") -> tuple[str, int]:
    """A QR code as SVG without quiet zone, and its width in modules.

    error   how much may be lost: M about 15 %, Q about 25 %; never raised by itself, so equal texts look equal
    """
    rows = segno.make_qr(text, error=error, boost_error=False).matrix
    outline = "".join(_bars(row, y) for y, row in enumerate(rows))
    size = len(rows)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{outline}"/></svg>', size


def _bars(row: Any, y: int) -> str:
    """The dark stretches of one row, each a closed rectangle."""
    bars, x = [], 0
    for dark, modules in groupby(row):
        length = len(list(modules))
        bars.append(f"M{x} {y}h{length}v1h-{length}z" if dark else "")
        x += length
    return "".join(bars)
