"""A run over a question file: begun, broken off, taken up again, summed up and compared."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import ClaimKind, Outcome
from assistant.app import App, open_app
from assistant.evaluation.evaluate import BadQuestionFile, EvaluationQuestion, evaluate, provenance, read_questions
from assistant.evaluation.results import (
    BadResults,
    Cited,
    OtherResults,
    Provenance,
    Result,
    Shown,
    read_results,
    results_file,
)
from assistant.evaluation.runs import Share, compare, share, summarise
from assistant.model.chat_model import Usage
from assistant.settings import Settings
from assistant.understand.questions import Question
from assistant.write.model_writer import CANNOT_ANSWER
from commands.evaluate import readable, readable_comparison
from tests.chat_server import QUESTION, TRUE, ChatHandler, serve
from tests.conftest import Run

PROJECT = Path(__file__).parents[3]
MAH = QUESTION
QUESTIONS: list[dict[str, Any]] = [
    {"id": "mah", "turns": [MAH], "answerable": True, "lang": "en", "scope": ["japan"], "kind": "single"},
    {"id": "time", "turns": [MAH, "And in Italian, please?"], "answerable": True, "lang": "en", "scope": "japan"},
    {"id": "weather", "turns": ["What is the weather in Turin?"], "answerable": False, "lang": "en", "scope": []},
]


def write_questions(folder: Path, rows: list[dict[str, Any]] | None = None) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows or QUESTIONS), "utf-8")
    return path


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def evaluated(
    app: App, asked: list[EvaluationQuestion], out: Path, *, most: int | None = None, fresh: bool = False
) -> None:
    """Run in this process; with `most`, stop after so many answers as if the process had ended."""
    with results_file(out, {one.id: one.digest for one in asked}, fresh=fresh) as results:
        for step, _ in enumerate(evaluate(app, asked, results), start=1):
            if step == most:
                return


# The question file.


@pytest.mark.parametrize(
    "line",
    ["no json", "[]", '{"id": "a"}', '{"turns": ["a"]}', '{"id": "a", "turns": []}', '{"id": "a", "turns": "text"}'],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f'{{"id": "first", "turns": ["Good?"]}}\n{line}\n', "utf-8")
    with pytest.raises(BadQuestionFile, match="Line 2 of"):
        read_questions(path)


def test_a_file_without_a_question_is_told(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text("\n\n", "utf-8")
    with pytest.raises(BadQuestionFile, match="There is no question in"):
        read_questions(path)


def test_two_questions_of_one_id_are_told(tmp_path: Path) -> None:
    path = write_questions(tmp_path, [QUESTIONS[0], QUESTIONS[0]])
    with pytest.raises(BadQuestionFile, match="id mah again"):
        read_questions(path)


def test_a_line_separator_inside_a_question_does_not_break_its_line(tmp_path: Path) -> None:
    path = write_questions(tmp_path, [{"id": "a", "turns": ["One\u2028and the same\x85question?"]}])
    assert [one.turns for one in read_questions(path)] == [("One\u2028and the same\x85question?",)]


# The results file.


@pytest.mark.servers
def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, shipped_home: Path, market_entry: Run) -> None:
    rows = [{"id": f"q{n}", "turns": [f"Which fee does authority number {n} ask for?"]} for n in range(24)]
    questions, out = write_questions(tmp_path, rows), tmp_path / "results.jsonl"
    running = subprocess.Popen(
        [sys.executable, "-m", "commands.cli", "evaluate", str(questions), "--out", str(out)],
        env={"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(shipped_home)},
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
    )
    while running.poll() is None and not (out.exists() and len(lines(out)) >= 3):
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    before = out.read_bytes()
    finished = before[: before.rfind(b"\n") + 1]
    assert 3 <= finished.count(b"\n") < 24
    ended = market_entry("evaluate", str(questions), "--out", str(out))
    assert (ended.returncode, ended.stderr) == (0, "")  # and no bar where nobody is looking
    assert out.read_bytes().startswith(finished)
    assert [json.loads(line)["id"] for line in lines(out)] == [row["id"] for row in rows]


def test_a_last_line_that_was_torn_is_asked_again(tmp_path: Path, shipped: App) -> None:
    asked, out = read_questions(write_questions(tmp_path)), tmp_path / "results.jsonl"
    evaluated(shipped, asked, out, most=2)
    first, second = lines(out)
    for torn in (second[:5], second[:200], second[:-1]):
        out.write_bytes(first + torn)
        assert [result.id for result in read_results(out)] == ["mah"]
        evaluated(shipped, asked, out)
        assert [json.loads(line)["id"] for line in lines(out)] == ["mah", "time", "weather"]
        assert lines(out)[0] == first


def test_a_run_that_came_to_its_end_is_followed_by_another(tmp_path: Path, market_entry: Run) -> None:
    questions, out = write_questions(tmp_path), tmp_path / "results.jsonl"
    assert market_entry("evaluate", str(questions), "--out", str(out)).returncode == 0
    again = market_entry("evaluate", str(questions), "--out", str(out), "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["summary"]["questions"] == 3
    assert len(lines(out)) == 3


@pytest.mark.parametrize(
    "now",
    [
        [{"id": "mah", "turns": ["Do we need a local representative in Korea?"]}, *QUESTIONS[1:]],
        [{"id": "other", "turns": [MAH]}, *QUESTIONS[1:]],
        [QUESTIONS[1], QUESTIONS[0], QUESTIONS[2]],
        QUESTIONS[:1],
    ],
    ids=["changed", "of another file", "in another order", "fewer"],
)
def test_results_of_other_questions_are_told_and_left_alone(
    tmp_path: Path, shipped: App, now: list[dict[str, Any]]
) -> None:
    out = tmp_path / "results.jsonl"
    evaluated(shipped, read_questions(write_questions(tmp_path)), out, most=2)
    before = out.read_bytes()
    with pytest.raises(OtherResults, match="name another file, or start this one anew with --fresh"):
        evaluated(shipped, read_questions(write_questions(tmp_path, now)), out)
    assert out.read_bytes() == before


def test_questions_that_came_to_the_end_of_the_file_are_asked(tmp_path: Path, shipped: App) -> None:
    out = tmp_path / "results.jsonl"
    evaluated(shipped, read_questions(write_questions(tmp_path, QUESTIONS[:2])), out)
    evaluated(shipped, read_questions(write_questions(tmp_path)), out)
    assert [result.id for result in read_results(out)] == ["mah", "time", "weather"]


def test_a_run_is_not_continued_by_another_chat_model_and_can_be_started_anew(
    tmp_path: Path, market_entry: Run, shipped: App
) -> None:
    questions, out = write_questions(tmp_path), tmp_path / "results.jsonl"
    evaluated(shipped, read_questions(questions), out, most=1)
    elsewhere = {"MARKET_ENTRY_CHAT_MODEL": "scripted", "MARKET_ENTRY_CHAT_URL": "http://127.0.0.1:9/v1"}
    ran = market_entry("evaluate", str(questions), "--out", str(out), **elsewhere)
    assert ran.returncode == 1
    assert "chat model none, now scripted" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
    assert len(lines(out)) == 1
    evaluated(shipped, read_questions(questions), out, most=2, fresh=True)
    assert len(lines(out)) == 2


@pytest.mark.parametrize("held", [b"Dear diary,\n", b"no line end", b'{"id": "mah", "turns": ["A question?"]}\n'])
def test_a_file_that_holds_something_else_is_not_touched(tmp_path: Path, shipped: App, held: bytes) -> None:
    out = tmp_path / "results.jsonl"
    out.write_bytes(held)
    with pytest.raises(BadResults, match="name another"):
        evaluated(shipped, read_questions(write_questions(tmp_path)), out)
    assert out.read_bytes() == held


def test_two_processes_do_not_write_one_file(tmp_path: Path, market_entry: Run) -> None:
    questions, out = write_questions(tmp_path), tmp_path / "results.jsonl"
    with results_file(out, {}):
        ran = market_entry("evaluate", str(questions), "--out", str(out))
    assert ran.returncode == 1
    assert "Another process writes" in ran.stderr


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path, market_entry: Run) -> None:
    ran = market_entry("evaluate", str(write_questions(tmp_path)), "--out", str(tmp_path / "no" / "such" / "folder"))
    assert ran.returncode == 1
    assert "cannot be written" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_a_question_without_words_is_declined_and_does_not_end_the_run(tmp_path: Path, shipped: App) -> None:
    rows: list[dict[str, Any]] = [{"id": "empty", "turns": ["…"]}, QUESTIONS[0]]
    out = tmp_path / "results.jsonl"
    evaluated(shipped, read_questions(write_questions(tmp_path, rows)), out)
    empty, mah = read_results(out)
    assert (empty.declined, empty.answer) == (True, "Please ask your question in words.")
    assert mah.outcome is Outcome.GROUNDED


def test_a_result_says_what_answered(tmp_path: Path, shipped: App) -> None:
    out = tmp_path / "results.jsonl"
    evaluated(shipped, read_questions(write_questions(tmp_path)), out, most=1)
    made_by = read_results(out)[0].provenance
    assert made_by == provenance(shipped)
    assert made_by.index == shipped.index.current().manifest.name
    assert (made_by.chat_model, made_by.prompts) == ("", "")


@pytest.mark.servers
def test_a_person_sees_a_bar(tmp_path: Path, shipped_home: Path) -> None:
    questions = write_questions(tmp_path)
    terminal, inside = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "commands.cli", "evaluate", str(questions), "--out", str(tmp_path / "a.jsonl")],
        env={"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(shipped_home), "TERM": "xterm"},
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=inside,
        check=True,
    )
    os.close(inside)
    seen = _drained(terminal)
    assert "questions" in seen
    assert "100%" in seen


def _drained(terminal: int) -> str:
    seen = b""
    try:
        while piece := os.read(terminal, 65536):
            seen += piece
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(terminal)
    return seen.decode()


# Tokens, through the real client.


class CountingHandler(ChatHandler):
    """Speaks as the scripted server does, and counts 1,200 tokens read and 30 written a call."""

    usage: ClassVar[dict[str, int]] = {"prompt_tokens": 1200, "completion_tokens": 30, "total_tokens": 1230}


@pytest.fixture(scope="module")
def counting() -> Iterator[str]:
    yield from serve(CountingHandler)


@pytest.fixture(scope="module")
def counted(shipped: App, counting: str) -> Iterator[App]:
    settings = Settings(home=shipped.settings.home, chat_model="scripted", chat_url=counting, chat_seconds=60)
    opened = open_app(settings)
    yield opened
    opened.catalogue.close()


@pytest.mark.parametrize(
    ("mode", "reply", "usage"),
    [
        ("good", f"{TRUE} [KEY]\n", Usage(1, 1, 1200, 30)),
        ("good", f"{CANNOT_ANSWER}\n", Usage(1, 1, 1200, 30)),
        ("good", "Nothing of this stands in the library. [KEY]", Usage(2, 2, 2400, 60)),  # and tried once more
        ("good", "word " * 2000, Usage(2, 2, 2400, 60)),
        ("cut", f"{TRUE} [KEY]\n", Usage(2, 0, 0, 0)),
        ("500", "", Usage(1, 0, 0, 0)),
    ],
    ids=["answered", "cannot answer", "unsupported", "endless", "cut", "failed"],
)
def test_an_answer_tells_the_calls_of_the_model_and_the_tokens_that_were_counted(
    counted: App, mode: str, reply: str, usage: Usage
) -> None:
    CountingHandler.mode, CountingHandler.reply = mode, reply
    assert counted.assistant.answer(Question(MAH)).usage == usage


def test_where_no_model_is_asked_nothing_is_used(counted: App, shipped: App) -> None:
    assert counted.assistant.answer(Question("What is the weather in Turin?")).usage == Usage()
    assert shipped.assistant.answer(Question(MAH)).usage == Usage()


def test_a_run_with_a_chat_model_sums_up_tokens_and_cost(tmp_path: Path, counting: str, market_entry: Run) -> None:
    CountingHandler.mode, CountingHandler.reply = "good", f"{TRUE} [KEY]\nA wrong figure is 77. [KEY]\n"
    questions, out = write_questions(tmp_path, [QUESTIONS[0], QUESTIONS[2]]), tmp_path / "results.jsonl"
    model = {"MARKET_ENTRY_CHAT_MODEL": "scripted", "MARKET_ENTRY_CHAT_URL": counting}
    prices = {"MARKET_ENTRY_CHAT_PRICE_IN": "2", "MARKET_ENTRY_CHAT_PRICE_OUT": "10"}
    ran = market_entry("evaluate", str(questions), "--out", str(out), "--json", **model, **prices)
    summary = json.loads(ran.stdout)["summary"]
    assert summary["usage"] == {"calls": 1, "counted": 1, "tokens_in": 1200, "tokens_out": 30}
    assert summary["cost"] == pytest.approx(0.0027)
    assert summary["provenance"][0]["chat_model"] == "scripted"
    assert summary["claims"]["kinds"] == {"statement": 1}
    assert (summary["claims"]["shown"]["count"], summary["claims"]["dropped"]["count"]) == (1, 1)
    assert read_results(out)[0].claims == (Shown(TRUE, ClaimKind.STATEMENT),)
    answered = list(zip(read_questions(questions), read_results(out), strict=True))
    assert "1,200 read, 30 written in 1 counted of 1 calls; cost 0.0027" in readable(summarise(answered, (2, 10)))
    assert "cost" not in readable(summarise(answered, None))


# The summary.

HERE = Provenance("", "", "e5", "", "g1", "c1")


def result(
    question_id: str,
    outcome: Outcome = Outcome.GROUNDED,
    claims: tuple[str, ...] = (),
    quotes: tuple[str, ...] = (),
    *,
    dropped: int = 0,
    seconds: float = 0.1,
    made_by: Provenance = HERE,
) -> Result:
    return Result(
        id=question_id,
        question=asked(question_id).digest,
        answer="\n".join(claims),
        outcome=outcome,
        declined=outcome.declined,
        language="en",
        claims=tuple(Shown(text, ClaimKind.QUOTATION) for text in claims),
        dropped=dropped,
        citations=tuple(Cited("japan/devices", "Rules", quote) for quote in quotes),
        notice="",
        usage=Usage(),
        seconds=seconds,
        provenance=made_by,
    )


def asked(
    question_id: str, answerable: bool | None = None, language: str | None = None, scope: tuple[str, ...] = ()
) -> EvaluationQuestion:
    return EvaluationQuestion(question_id, (f"What about {question_id}?",), answerable, language, scope)


def test_the_interval_of_a_share_is_wilson_s() -> None:
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    known = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for (count, of), interval in known.items():
        told = share(at < count for at in range(of))
        assert (told.low, told.high) == pytest.approx(interval, abs=1e-4)


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_an_interval_holds_its_share_and_stays_within_0_and_1(flags: list[bool]) -> None:
    told = share(flags)
    assert told.share is not None
    assert told.low is not None
    assert told.high is not None
    assert 0 <= told.low <= told.share <= told.high <= 1


def test_of_nothing_there_is_no_share() -> None:
    assert share([]) == Share(0, 0, None, None, None)


def test_declines_are_judged_by_what_the_author_of_the_question_knows() -> None:
    outcomes = {
        ("right-1", False): Outcome.NOT_IN_LIBRARY,
        ("right-2", False): Outcome.OUT_OF_SCOPE,
        ("answered-wrongly", False): Outcome.GROUNDED,
        ("declined-wrongly", True): Outcome.NOT_IN_LIBRARY,
        ("asked-back", True): Outcome.CLARIFY,
        ("answered", True): Outcome.GROUNDED,
        ("unknown", None): Outcome.NOT_IN_LIBRARY,
    }
    pairs = [(asked(name, answerable), result(name, outcome)) for (name, answerable), outcome in outcomes.items()]
    declines = summarise(pairs, None).declines
    assert [(part.count, part.of) for part in (declines.precision, declines.recall, declines.false)] == [
        (2, 3),
        (2, 3),
        (1, 3),
    ]


def test_questions_are_grouped_by_every_scope_they_stand_in_and_by_language() -> None:
    pairs = [
        (asked("a", scope=("japan", "brazil"), language="de"), result("a")),
        (asked("b", scope=("japan",)), result("b", Outcome.NOT_IN_LIBRARY)),
    ]
    groups = summarise(pairs, None).groups
    assert [(group.name, group.declined.count, group.declined.of) for group in groups["scope"]] == [
        ("brazil", 0, 1),
        ("japan", 1, 2),
    ]
    assert [group.name for group in groups["language"]] == ["de", "en"]  # the answer's, where the file says none
    assert groups["kind"] == ()


def test_claims_outcomes_and_seconds_are_summed_up() -> None:
    pairs = [(asked(f"q{n}"), result(f"q{n}", claims=("One.", "Two."), dropped=n % 2, seconds=n)) for n in range(101)]
    summary = summarise(pairs, None)
    assert (summary.claims.shown.count, summary.claims.dropped.count, summary.claims.dropped.of) == (202, 50, 252)
    assert (summary.median_seconds, summary.p95_seconds) == (50, 95)
    assert summary.outcomes["grounded"].count == 101
    told = readable(summary)
    assert "dropped                50 of 252, 20%" in told
    assert "declines" not in told  # nobody says what is answerable


def test_runs_of_several_installations_in_one_file_are_told_apart() -> None:
    rebuilt = Provenance("", "", "e5", "", "g2", "c1")
    summary = summarise([(asked("a"), result("a")), (asked("b"), result("b", made_by=rebuilt))], None)
    assert summary.provenance == (HERE, rebuilt)


# What changed.


def test_changes_come_gravest_first_with_what_was_gained_and_lost() -> None:
    questions = [asked("same"), asked("cited"), asked("claimed"), asked("declined", True), asked("mended", False)]
    old = [
        result("same", claims=("A.",), quotes=("a",)),
        result("cited", claims=("A.",), quotes=("a",)),
        result("claimed", claims=("A.", "B."), quotes=("a",)),
        result("declined", claims=("A.",), quotes=("a",)),
        result("mended", claims=("A.",), quotes=("a",)),
    ]
    new = [
        result("same", claims=("A.",), quotes=("a",), seconds=9),
        result("cited", claims=("A.",), quotes=("b",)),
        result("claimed", claims=("A.", "C."), quotes=("a",)),
        result("declined", Outcome.NOT_IN_LIBRARY),
        result("mended", Outcome.NOT_IN_LIBRARY),
    ]
    comparison = compare(questions, old, new)
    assert [(change.id, change.what, change.better) for change in comparison.changes] == [
        ("declined", "outcome", False),
        ("mended", "outcome", True),
        ("claimed", "claims", None),
        ("cited", "citations", None),
    ]
    claimed, cited = comparison.changes[2:]
    assert (claimed.claims_gained, claimed.claims_lost) == (("C.",), ("B.",))
    assert (cited.citations_gained, cited.citations_lost) == (
        ("japan/devices › Rules: b",),
        ("japan/devices › Rules: a",),
    )
    told = readable_comparison(comparison, "old.jsonl").splitlines()
    assert told[0] == "4 of 5 answers changed against old.jsonl"
    assert "declined  grounded → not-in-library  worse  What about declined?" in told
    assert [told.index(head) for head in ("outcome (2)", "claims (1)", "citations (1)")] == sorted(
        told.index(head) for head in ("outcome (2)", "claims (1)", "citations (1)")
    )


def test_only_questions_asked_alike_are_compared_and_the_installations_are_held_against_each_other() -> None:
    moved = Provenance("mistral-small", "p1", "e5", "", "g1", "c2")
    comparison = compare([asked("a"), asked("b")], [result("a")], [result("a"), result("b", made_by=moved)])
    assert (comparison.compared, comparison.not_compared, comparison.changes) == (1, 1, ())
    assert comparison.installation == ()
    comparison = compare([asked("a")], [result("a")], [result("a", made_by=moved)])
    assert ("chat model", "", "mistral-small") in comparison.installation


@pytest.mark.parametrize("form", ["--json", ""])
def test_two_runs_are_compared_on_the_command_line(
    tmp_path: Path, market_entry: Run, shipped: App, counting: str, form: str
) -> None:
    CountingHandler.mode, CountingHandler.reply = "good", f"{TRUE} [KEY]\n"
    questions, quoted, written = (tmp_path / f"{name}.jsonl" for name in ("questions", "quoted", "written"))
    evaluated(shipped, read_questions(write_questions(tmp_path)), quoted)
    model = {"MARKET_ENTRY_CHAT_MODEL": "scripted", "MARKET_ENTRY_CHAT_URL": counting}
    words = ["evaluate", str(questions), "--out", str(written), "--against", str(quoted), *filter(None, [form])]
    told = market_entry(*words, **model).stdout
    if form:
        comparison = json.loads(told)["comparison"]
        assert comparison["compared"] == 3
        [gained] = [change["claims_gained"] for change in comparison["changes"] if change["id"] == "mah"]
        assert gained == [TRUE]
    else:
        assert f"answers changed against {quoted}" in told
        assert "chat model: none, now scripted" in told
        assert f"+ {TRUE}" in told


def test_earlier_results_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadResults, match="cannot be read"):
        read_results(tmp_path / "none.jsonl")
