"""The command line as a whole: by its entry point, and as a process where only that shows something."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run

QUESTION = "Do we need a local representative to sell a class II device in Japan?"


def test_ask_json_keeps_its_contract(market_entry: Run) -> None:
    asked = market_entry("ask", QUESTION, "--json")
    answer = json.loads(asked.stdout)
    assert asked.returncode == 0
    assert set(answer) == {
        *("answer", "language", "outcome", "reason", "declined", "frame", "answering", "claims", "citations"),
        *(
            "nearest",
            "closest",
            "passages",
            "contacts",
            "follow_ups",
            "missing",
            "clarification",
            "disputes",
            "seconds",
        ),
    }
    assert answer["frame"]["markets"] == {"codes": ["japan"], "origin": "said"}
    assert answer["outcome"] == "grounded"
    assert answer["declined"] is False
    numbers = {citation["n"] for citation in answer["citations"]}
    assert all(set(claim["citations"]) <= numbers for claim in answer["claims"])
    assert {
        *("n", "document_id", "version", "title", "publisher", "section", "page", "quote", "url"),
        *("published_on", "facts_as_of", "review_by", "overdue"),
    } <= set(answer["citations"][0])
    assert set(answer["passages"][0]) == {"passage_id", "document_id", "title", "text", "score", "ranks"}


def test_ask_for_a_person_shows_claims_with_numbers_and_sources(market_entry: Run) -> None:
    shown = market_entry("ask", QUESTION).stdout
    assert "[1]" in shown
    assert "https://" in shown


def test_the_weather_is_declined(market_entry: Run) -> None:
    assert json.loads(market_entry("ask", "What is the weather in Turin?", "--json").stdout)["declined"] is True


def test_a_contact_says_in_how_many_days_it_answers_where_its_cluster_has_said_so(market_entry: Run) -> None:
    for days, settings in ((3, {"MARKET_ENTRY_DESK_DAYS": "biom=3"}), (None, {})):
        asked = market_entry("ask", "Who can help us in Munich?", "--json", **settings).json
        assert [one["answers_within"] for one in asked["contacts"]] == [days]


def test_search_json_keeps_its_contract(market_entry: Run) -> None:
    rows = json.loads(market_entry("search", "MAH", "-k", "3", "--market", "japan", "--json").stdout)
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert set(rows[0]) == {
        *("rank", "score", "passage_id", "document_id", "title", "section", "page", "text", "ranks"),
    }


def test_evaluate_writes_one_result_a_question_in_order(market_entry: Run, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    turns = [["Who belongs to the bioXclusters alliance?"], ["What is a MAH in Japan?", "And how long does it take?"]]
    questions.write_text("".join(json.dumps({"id": f"q{n}", "turns": t}) + "\n" for n, t in enumerate(turns)), "utf-8")
    out = tmp_path / "results.jsonl"
    assert market_entry("evaluate", str(questions), "--out", str(out)).returncode == 0
    results = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [result["id"] for result in results] == ["q0", "q1"]
    assert {"answer", "declined", "outcome", "passages", "citations", "seconds"} < set(results[0])
    assert isinstance(results[0]["passages"][0], str)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["corpus", "list"], "japan/devices-and-ivds"),
        (["corpus", "show", "japan/devices-and-ivds"], "Medical devices and in-vitro diagnostics in Japan"),
        (["corpus", "check"], "Nothing to mend."),
        (["index", "status"], "up to date"),
        (["index", "verify"], "The index matches the catalogue."),
        (["doctor"], "sound"),
    ],
)
def test_commands_for_a_look_around(market_entry: Run, words: list[str], expected: str) -> None:
    ran = market_entry(*words)
    assert ran.returncode == 0, ran.stderr
    assert expected in ran.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ask", ""], "ask your question in words"),
        (["ask", "🙂🙂"], "ask your question in words"),
        (["ask", "\x01\x02"], "ask your question in words"),
        (["ask", "x" * 20_000], "at most 2,000"),
        (["ask", "hi", "--market", "mars"], "There is no market 'mars'; choose from"),
        (["search", "hi", "--area", "mars"], "There is no area 'mars'; choose from"),
        (["ask", "hi", "--language", "xx"], "There is no language 'xx'"),
        (["corpus", "show", "no/such"], "There is no document 'no/such'"),
        (["evaluate", "no-such-file.jsonl", "--out", "x"], "cannot be read"),
    ],
)
def test_bad_input_is_one_sentence_and_no_traceback(market_entry: Run, words: list[str], expected: str) -> None:
    ran = market_entry(*words)
    assert ran.returncode != 0
    assert expected in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_a_process_that_fails_says_so_by_its_status_and_one_sentence(market_entry_process: Run) -> None:
    ran = market_entry_process("corpus", "show", "no/such")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("market-entry: There is no document 'no/such'")
    assert ran.stderr.count("\n") == 1


def test_a_home_that_cannot_be_written_is_one_sentence(market_entry: Run) -> None:
    ran = market_entry("ask", "hi", home=Path("/proc/no-home"))
    assert ran.returncode == 1
    assert "cannot be written" in ran.stderr
    assert "MARKET_ENTRY_HOME" in ran.stderr


def test_a_setting_that_cannot_be_used_is_named(market_entry: Run) -> None:
    ran = market_entry("doctor", MARKET_ENTRY_PORT="many")
    assert ran.returncode == 1
    assert "MARKET_ENTRY_PORT" in ran.stderr


def test_a_damaged_index_is_rebuilt_and_said_so(market_entry: Run, tmp_path: Path, shipped_as_built: Path) -> None:
    home = Path(shutil.copytree(shipped_as_built, tmp_path / "home"))
    name = (home / "index/current").read_text()
    (home / "index" / name / "lexical.sqlite").write_bytes(b"garbage")
    ran = market_entry("ask", QUESTION, "--json", home=home)
    assert ran.returncode == 0
    assert "being rebuilt now; no document is lost" in ran.stderr
    assert json.loads(ran.stdout)["outcome"] == "grounded"
