"""A paper as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from assistant.export.papers import MADE_BY_MACHINE, Paper, PaperLine, entry_of
from assistant.texts import say
from corpus.passages import SUMMARY

_OF_ADDRESSES = "%:/?#[]@!$&'()*+,;=~"  # what else may stand in an address, beside letters, digits and -._


def to_markdown(paper: Paper) -> bytes:
    """A paper as Markdown with front matter."""
    return "\n".join(_markdown(paper)).encode()


def _markdown(paper: Paper) -> Iterator[str]:
    yield f"---\nlang: {paper.language}\ndate: {paper.made_on}\ndigital-source-type: {MADE_BY_MACHINE}\n---"
    yield f"# {_plain(paper.title)}\n\n*{_plain(paper.made_by)}*"
    for part in paper.parts:
        yield f"\n{'###' if part.within else '##'} {_plain(part.heading)}"
        yield from (f"\n**{_plain(one.text)}** {_plain(one.about)}" for one in part.headlines)
        yield from (f"\n{_line(line)}" for line in part.text)
        if part.points:
            yield ""
            yield from (f"- {_line(line)}" for line in part.points)
        if part.line:
            yield ""
            yield from (
                f"- {_plain(say(paper.language, f'step_{row.step.code}'))}: {_plain(row.text)}"
                for row in part.line.rows
            )
        if part.table:
            yield ""
            yield f"| {_plain(part.table.corner)} | {' | '.join(map(_plain, part.table.columns))} |"
            yield f"|{'---|' * (len(part.table.columns) + 1)}"
            for name, cells in part.table.rows:
                shown = ("<br>".join(map(_line, cell)) for cell in cells)
                yield f"| {_plain(name)} | {' | '.join(shown)} |"
    yield f"\n## {say(paper.language, 'sources')}\n"
    for reference in paper.sources:
        title, rest = entry_of(reference, paper.language)
        yield f"{reference.n}. **{_plain(title)}.** {_plain(rest)}"
        for citation in reference.citations:
            section = say(paper.language, "summary_section") if citation.section == SUMMARY else citation.section
            yield f"   > {_plain(citation.quote)} ({_plain(section)})"
            yield ""
        yield from (f"   - {_plain(source.title)}: {_address(source.url)}" for source in reference.sources)
    if paper.foot.disclaimer:
        yield f"\n{_plain(paper.foot.disclaimer)}"
    yield ""


def _line(line: PaperLine) -> str:
    lead = [f"*{_plain(line.lead)}*"] if line.lead else []
    return " ".join([*lead, _plain(line.text), *(f"[{number}]" for number in line.numbers)])


def _plain(text: str) -> str:
    """Text that stays text in Markdown."""
    marked = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>#|~"})
    return " ".join(text.split()).translate(marked)


def _address(url: str) -> str:
    """An address of the web as a link in Markdown; anything else stays text."""
    if not url.startswith(("https://", "http://")):
        return _plain(url)
    return f"<{quote(url, safe=_OF_ADDRESSES)}>"
