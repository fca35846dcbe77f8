"""A report as tables in a language of the interface, for those who show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.desk.usage_report import Figure, Report
from assistant.texts import say, texts
from corpus.vocabulary import Vocabulary

# The tables and their columns; a column without figures is left out, and so is a table.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "overall": ("questions", "answered", "by_model", "seconds"),
    "week": ("questions", "answered"),
    "home": ("questions", "answered"),
    "market": ("questions", "answered"),
    "area": ("questions", "answered"),
    "language": ("questions", "answered"),
    "door": ("questions", "answered"),
    "outcome": ("questions",),
    "statements": ("shown", "dropped", "share_dropped", "notices"),
    "evidence": ("median_months",),
    "documents": ("answers",),
    "review": ("answers", "days_overdue"),
    "feedback": ("ratings", "replied"),
    "gaps": ("gaps",),
}

Names = Mapping[str, Callable[[str], str]]


@dataclass(frozen=True)
class ReportTable:
    """The figures of a section: `rows` are the cells of each group, `labels` what the groups are called."""

    section: str
    title: str
    heads: Sequence[str]
    labels: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Mapping[str, Sequence[Figure]]  # by measure


def tables(report: Report, language: str, vocabulary: Vocabulary, titles: Mapping[str, str]) -> Iterator[ReportTable]:
    """The tables of a report; `titles` are those of the documents, by id."""
    names = _names(language, vocabulary, titles)
    for section, measures in _COLUMNS.items():
        columns = {measure: found for measure in measures if (found := report.of(section, measure))}
        if not columns:
            continue
        groups = list(dict.fromkeys(figure.group for column in columns.values() for figure in column))
        cells = {(figure.group, measure): _cell(figure) for measure, column in columns.items() for figure in column}
        yield ReportTable(
            section=section,
            title=say(language, f"report_section_{section}"),
            heads=[say(language, f"report_{measure}") for measure in columns],
            labels=[_label(group, section, language, names) for group in groups],
            rows=[[cells.get((group, measure), "") for measure in columns] for group in groups],
            figures=columns,
        )


def _names(language: str, vocabulary: Vocabulary, titles: Mapping[str, str]) -> Names:
    """What the groups of a section are called."""

    def market(code: str) -> str:
        return vocabulary.markets[code].name(language) if code in vocabulary.markets else code

    def area(code: str) -> str:
        return vocabulary.areas[code].name(language) if code in vocabulary.areas else code

    def home(code: str) -> str:
        return vocabulary.clusters[code].region[language] if code in vocabulary.clusters else code

    def title(document_id: str) -> str:
        return titles.get(document_id, document_id)

    return {"market": market, "evidence": market, "area": area, "home": home, "documents": title, "review": title}


def _label(group: str, section: str, language: str, names: Names) -> str:
    own = f"report_{group or 'all'}".replace("-", "_")
    if own in texts(language):
        return say(language, own)
    return names[section](group) if section in names else group


def _cell(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:g}"
    return f"{figure.value:.0%} ({figure.low:.0%}–{figure.high:.0%})"
