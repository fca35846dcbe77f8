"""The commands on what is remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.answers import Answer, Outcome
from assistant.app import App
from assistant.journal.journal import Journal
from assistant.journal.records import Rating
from assistant.understand.questions import Question, understand
from corpus.release.release import LIBRARY
from tests.conftest import Run

DOCUMENT = "japan/devices-and-ivds"
KNOWN = "Do we need a local representative to sell a class II device in Japan?"
GRAFT = "Does our zirconium graft need a licence in Vietnam?"


@pytest.fixture
def remembered(shipped: App) -> Iterator[Journal]:
    """The journal of the shipped home, with two declined questions and a feedback of today."""
    for path in shipped.home.glob("journal.sqlite*"):  # of whoever asked there before
        path.unlink()
    journal = Journal(shipped.home / "journal.sqlite")
    for text in (GRAFT, "Braucht unser Zirkonium-Implantat in Vietnam eine Zulassung?"):
        question = Question(text)
        answer = Answer(Outcome.NOT_IN_LIBRARY, "en", "")
        answer_id = journal.remember(question, understand(question, shipped.vocabulary), answer, session="browser-1")
    journal.rate(answer_id, Rating.INCOMPLETE, comment="no")
    yield journal
    journal.close()
    for path in shipped.home.glob("journal.sqlite*"):
        path.unlink()


@pytest.mark.usefixtures("remembered")
def test_a_gap_goes_from_the_list_to_an_evaluation_question(market_entry: Run, tmp_path: Path) -> None:
    [found] = json.loads(market_entry("gaps", "list", "--json").stdout)
    assert (found["state"], found["count"], found["languages"]) == ("open", 2, {"de": 1, "en": 1})
    number = str(found["id"])
    assert market_entry("gaps", "assign", number, "ana").returncode == 0
    assert "ana" in market_entry("gaps", "show", number).stdout
    closing = ("gaps", "close", number, "--by", "ana", "--wording")
    assert "no document" in market_entry(*closing, KNOWN, "--document", "vietnam/none").stderr
    assert "no answer that rests on" in market_entry(*closing, GRAFT, "--document", DOCUMENT).stderr
    assert market_entry(*closing, KNOWN, "--document", DOCUMENT).returncode == 0
    assert json.loads(market_entry("gaps", "show", number, "--json").stdout)["document_id"] == DOCUMENT
    assert market_entry("gaps", "list", "--state", "open").stdout == ""
    out = tmp_path / "questions.jsonl"
    assert market_entry("gaps", "export", "--out", str(out)).returncode == 0
    assert json.loads(out.read_text("utf-8"))["turns"] == [KNOWN]
    shipped_file = str(LIBRARY / f"{DOCUMENT}.md")
    assert market_entry("gaps", "try", DOCUMENT, shipped_file).stdout == "0 of 1 answers change\n"


@pytest.mark.usefixtures("remembered")
def test_a_gap_that_is_not_there_is_told_in_a_sentence(market_entry: Run) -> None:
    shown = market_entry("gaps", "show", "77")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr == "market-entry: There is no gap 77; `market-entry gaps list` shows the gaps there are.\n"


@pytest.mark.usefixtures("remembered")
def test_the_report_is_written_in_the_form_that_the_file_is_named_for(market_entry: Run, tmp_path: Path) -> None:
    for name, beginning in (("report.csv", b"first,last,section"), ("report.pdf", b"%PDF")):
        assert market_entry("report", "--out", str(tmp_path / name), "--language", "ca").returncode == 0
        assert (tmp_path / name).read_bytes().startswith(beginning)
    today = date.today().isoformat()
    assert f"{today},overall,,questions,2" in (tmp_path / "report.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--out", "report.docx"), "A report is a .csv or a .pdf file"),
        (("--out", "/nowhere/report.csv"), "cannot be written"),
        (("--out", "r.csv", "--from", "2026-05-02", "--to", "2026-05-01"), "give the earlier day as --from"),
        (("--out", "r.pdf", "--language", "xx"), "There is no language 'xx'"),
    ],
)
def test_a_report_that_cannot_be_written_says_why(market_entry: Run, words: tuple[str, ...], sentence: str) -> None:
    done = market_entry("report", *words)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("remembered")
def test_the_person_who_keeps_the_house_sees_what_is_kept_and_for_how_long(market_entry: Run) -> None:
    shown = json.loads(market_entry("retention", "--json", MARKET_ENTRY_KEEP_DAYS_QUESTIONS="7").stdout)
    kinds = {kind["kind"]: (kind["days"], kind["count"]) for kind in shown["kinds"]}
    assert {
        "questions": (7, 2),
        "sessions": (30, 2),
        "comments": (180, 1),
        "answers": (1095, 2),
    }.items() <= kinds.items()
    assert shown["keep_questions"] == "declined"


def test_wordings_go_with_the_next_look_when_the_setting_says_never(remembered: Journal, market_entry: Run) -> None:
    assert market_entry("gaps", "list", MARKET_ENTRY_KEEP_QUESTIONS="never").stdout == ""
    assert remembered.holdings()[0].count == 0


def test_a_browser_is_erased_with_a_receipt(remembered: Journal, market_entry: Run) -> None:
    receipt = market_entry("erase", "--session", "browser-1").stdout
    assert receipt.startswith(f"erased on {date.today()}: 2 answers, 2 questions, 1 feedback\nreceipt ")
    assert [one.count for one in remembered.holdings()] == [0, 0, 0, 0]


def test_a_draft_cannot_be_tried_without_a_question(market_entry: Run) -> None:
    tried = market_entry("gaps", "try", DOCUMENT, str(LIBRARY / f"{DOCUMENT}.md"))
    assert tried.returncode == 1
    assert "name a file of questions" in tried.stderr


def test_a_draft_is_tried_on_a_file_of_questions(market_entry: Run, tmp_path: Path) -> None:
    draft, questions = tmp_path / "draft.md", tmp_path / "questions.jsonl"
    text = (LIBRARY / f"{DOCUMENT}.md").read_text("utf-8")
    draft.write_text(text.replace("Marketing Authorisation Holder", "Zirconium Paper Keeper"), "utf-8")
    asked = {"id": "one", "turns": ["Does a foreign maker need a licensed company in Japan for a device?"]}
    questions.write_text(json.dumps(asked), "utf-8")
    tried = market_entry("gaps", "try", DOCUMENT, str(draft), "--questions", str(questions), "--json")
    [change] = json.loads(tried.stdout)
    assert change["id"] == "one"
    assert "Zirconium Paper Keeper" in change["after"]
    assert "Zirconium" not in market_entry("ask", asked["turns"][0]).stdout
