"""Reads the files of registers: spreadsheets, GeoJSON, and what Overpass answers; each feature is a line."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dauchan.places.sheets import BYTES_LIMIT, LINES_LIMIT, FileTooLarge, FileUnreadable, Line, Sheet, read_file


class OsmXml(FileUnreadable):
    kind = "osm_xml"
    vi = "Tệp .osm (XML) không đọc được ở đây. Hãy xuất dạng GeoJSON, hoặc hỏi Overpass với [out:json], rồi thử lại."
    en = "A .osm file (XML) can't be read here. Export GeoJSON, or ask Overpass with [out:json], and try again."


def read_list(content: bytes) -> Sheet:
    """A register's file: CSV, XLSX, GeoJSON, or what Overpass answers in JSON.

    raises   FileUnreadable and its kinds
    """
    begins = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if begins.startswith(b"<"):
        raise OsmXml if b"<osm" in content[:1000] else FileUnreadable
    is_json = len(content) <= BYTES_LIMIT and begins[:1] == b"{"
    return _joined(_read_json(content) if is_json else read_file(content))


_JOINED = (
    ("@id", "/", ("osm_type", "osm_id")),
    ("address", " ", ("housenumber", "street")),
    ("address", " ", ("addr:housenumber", "addr:street")),
)
"""Columns of OpenStreetMap that say one thing together: under which name, joined by what."""


def _joined(sheet: Sheet) -> Sheet:
    """The sheet with one more column for each pair that says one thing together."""
    for title, between, parts in _JOINED:
        if title not in sheet.header and all(part in sheet.header for part in parts):
            places = [sheet.header.index(part) for part in parts]
            lines = tuple(
                replace(line, cells=(*line.cells, between.join(filter(None, (line.cells[at] for at in places)))))
                for line in sheet.lines
            )
            sheet = replace(sheet, header=(*sheet.header, title), lines=lines)
    return sheet


def _read_json(content: bytes) -> Sheet:
    """Each feature one line, numbered in order; its properties are columns, its position the last two."""
    try:
        told = json.loads(content.decode("utf-8-sig"))
        features = told["features"] if "features" in told else _features(told["elements"])
        rows = [(dict(feature.get("properties") or {}), _middle(feature.get("geometry"))) for feature in features]
        titles = dict.fromkeys(title for properties, _ in rows for title in properties)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise FileUnreadable from error
    if len(rows) > LINES_LIMIT or len(titles) > 400:
        raise FileTooLarge(lines=LINES_LIMIT, columns=400, megabytes=BYTES_LIMIT // 1024 // 1024)
    lines = [
        Line(number, (*(_cell(properties.get(title)) for title in titles), *position))
        for number, (properties, position) in enumerate(rows, 1)
    ]
    return Sheet((*map(_cell, titles), "latitude", "longitude"), tuple(lines))


def _features(elements: Sequence[Any]) -> list[dict[str, Any]]:
    """What Overpass answers, as features: its tagged elements; a way or relation lies at its centre."""
    found = []
    for element in elements:
        if not element.get("tags"):
            continue  # only a corner of a way
        at = element if "lat" in element else element.get("center") or {}
        properties = {"@id": f"{element.get('type')}/{element.get('id')}"} | dict(element["tags"])
        found.append({"properties": properties, "geometry": {"coordinates": [at.get("lon"), at.get("lat")]}})
    return found


def _cell(value: Any) -> str:
    """A value as text; JSON may hold halves of characters, which no text of ours can."""
    return "" if value is None else " ".join(str(value).encode(errors="replace").decode().split())[:4000]


def _middle(geometry: Any) -> tuple[str, str]:
    """Latitude and longitude of a feature: a point's own, else the middle of its box; blanks without any."""
    points = _points((geometry or {}).get("coordinates"))
    if not points:
        return "", ""
    easts, norths = [point[0] for point in points], [point[1] for point in points]
    return str((min(norths) + max(norths)) / 2), str((min(easts) + max(easts)) / 2)


def _points(nested: Any) -> list[tuple[float, float]]:
    if not isinstance(nested, list):
        return []
    if len(nested) >= 2 and all(isinstance(number, int | float) for number in nested[:2]):
        return [(float(nested[0]), float(nested[1]))]
    return [point for each in nested for point in _points(each)]
