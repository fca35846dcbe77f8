"""What Office files draw from data: charts as rows, diagrams (SmartArt) as lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.files.formats._blocks import table
from corpus.files.formats._package import parsed

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def drawn(element: Any, part: Any) -> Iterator[str]:  # noqa: ANN401 - an lxml element, and a part of either library
    """The lines of the charts and diagrams that an element of a part refers to."""
    for chart in element.iter(_C + "chart"):
        yield from _chart(_parsed(part, chart.get(_R + "id")))
    for diagram in element.iter(_DIAGRAM):
        for paragraph in _parsed(part, diagram.get(_R + "dm")).iter(_A + "p"):
            yield "- " + _words(paragraph)


def _parsed(part: Any, relation: str) -> Any:  # noqa: ANN401
    return parsed(part.rels[relation].target_part.blob)


def _chart(chart: Any) -> Iterator[str]:  # noqa: ANN401
    title = chart.find(f"{_C}chart/{_C}title")
    if title is not None:
        yield _words(title)
    series = [_points(one) for one in chart.iter(_C + "ser")]
    categories = {at: name for _, names, _ in series for at, name in names.items()}
    rows = [
        [name, *(values.get(at, "") for _, _, values in series)] for at, name in sorted(categories.items(), key=_place)
    ]
    yield from table([["", *(name for name, _, _ in series)], *rows], headed=True)


def _place(point: tuple[str, str]) -> int:
    return int(point[0]) if point[0].isdecimal() else 0


def _points(series: Any) -> tuple[str, dict[str, str], dict[str, str]]:  # noqa: ANN401
    """A series' name, and its categories and values by their places."""
    name = " ".join(value.text or "" for holder in series.iterfind(_C + "tx") for value in holder.iter(_C + "v"))
    return name, _cached(series, "cat", "xVal"), _cached(series, "val", "yVal")


def _cached(series: Any, *tags: str) -> dict[str, str]:  # noqa: ANN401
    points = (point for tag in tags for holder in series.iterfind(_C + tag) for point in holder.iter(_C + "pt"))
    return {point.get("idx", ""): _figure(point.findtext(_C + "v", "")) for point in points}


def _figure(value: str) -> str:
    """A figure without the noise of its binary form: 4.4000000000000004 is 4.4."""
    try:
        return f"{float(value):.12g}"
    except ValueError:
        return value


def _words(element: Any) -> str:  # noqa: ANN401
    return "".join(node.text or "" for node in element.iter(_A + "t"))
