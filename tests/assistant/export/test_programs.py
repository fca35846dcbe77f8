"""Comparisons and plans as files, opened by the programs that they are made for; skipped where these are missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from assistant.app import App
from assistant.export.calendar import to_calendar
from assistant.export.docx import to_docx
from assistant.export.papers import Paper, of_comparison, of_plan
from assistant.export.pdf import to_pdf
from assistant.market.comparison import Comparison, compare
from assistant.market.digest import title_of
from assistant.market.plan import Plan, plan
from assistant.understand.questions import Profile, Question
from corpus.documents import Reader
from tests.conftest import PATIENCE, TODAY
from tests.read_papers import squeezed, stands_on

_NO_JAVA = "javaldx"  # which LibreOffice misses for its database alone


@pytest.fixture(scope="module")
def japan(shipped: App) -> Plan:
    profile = Profile(markets=frozenset({"japan"}), product="devices", risk_class="III")
    return plan(profile, "de", shipped.fact_writer(), shipped.vocabulary, reader=Reader.ANYONE, today=TODAY)


@pytest.fixture(scope="module")
def three(shipped: App) -> Comparison:
    question = Question("How are medical devices approved and what does it cost?")
    return compare(question, ("japan", "usa", "brazil"), shipped.fact_writer(), shipped.vocabulary)


@pytest.fixture
def papers(shipped: App, japan: Plan, three: Comparison) -> list[tuple[Paper, list[str]]]:
    """Both papers, each with what has to be read in it."""
    compared = [claim.text for claim in three.best]
    return [
        (of_plan(japan, shipped.vocabulary), [claim.text for claim in japan.claims]),
        (of_comparison(three, shipped.vocabulary, TODAY.isoformat()), compared),
    ]


def program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"{' and '.join(names)} not on this machine")
    return found


def ran(*words: str, home: Path) -> str:
    """What a program prints that has nothing to complain of, with a folder of its own for what it keeps."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE)
    complaints = [line for line in done.stderr.splitlines() if _NO_JAVA not in line]
    assert (done.returncode, complaints) == (0, []), done
    return done.stdout


def test_word_files_are_opened_whole_by_libreoffice(papers: list[tuple[Paper, list[str]]], tmp_path: Path) -> None:
    office = program("soffice", "libreoffice")
    for number, (paper, claims) in enumerate(papers):
        path = tmp_path / f"paper-{number}.docx"
        path.write_bytes(to_docx(paper))
        ran(office, "--headless", "--convert-to", "txt:Text", "--outdir", str(tmp_path), str(path), home=tmp_path)
        text = squeezed(path.with_suffix(".txt").read_text("utf-8-sig"))
        assert claims
        assert [claim for claim in claims if squeezed(claim) not in text] == []


def test_pdf_files_are_opened_whole_by_poppler(papers: list[tuple[Paper, list[str]]], tmp_path: Path) -> None:
    reader, teller, drawer = program("pdftotext"), program("pdfinfo"), program("pdftoppm")
    for number, (paper, claims) in enumerate(papers):
        path = tmp_path / f"paper-{number}.pdf"
        path.write_bytes(to_pdf(paper))
        pages = ran(reader, "-raw", str(path), "-", home=tmp_path).split("\f")
        assert claims
        assert [claim for claim in claims if not stands_on(pages, claim)] == []
        assert "JavaScript:      no" in ran(teller, str(path), home=tmp_path)
        ran(drawer, "-r", "20", str(path), str(tmp_path / f"page-{number}"), home=tmp_path)


def test_calendar_files_are_taken_in_by_khal(shipped: App, japan: Plan, tmp_path: Path) -> None:
    calendar = program("khal")
    (tmp_path / "days").mkdir()
    settings = tmp_path / "khal.conf"
    settings.write_text(
        f"[calendars]\n[[plan]]\npath = {tmp_path / 'days'}\n"
        "[locale]\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ntimeformat = %H:%M\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        f"[sqlite]\npath = {tmp_path / 'khal.db'}\n"
    )
    path = tmp_path / "plan.ics"
    path.write_bytes(to_calendar(japan, title_of(japan, shipped.vocabulary)))
    ran(calendar, "-c", str(settings), "import", "--batch", "-a", "plan", str(path), home=tmp_path)
    for one in japan.deadlines:
        shown = ran(calendar, "-c", str(settings), "list", "--format", "{title}", f"{one.day}", "1d", home=tmp_path)
        assert squeezed(one.text)[:40] in squeezed(shown)
