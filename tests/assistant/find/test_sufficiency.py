"""Whether the evidence answers the question, and why a question is declined."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.answers import Outcome
from assistant.app import App
from assistant.evaluation.calibration import area, fit, share, written
from assistant.evaluation.requests import Requests, learn_requests, likeliest
from assistant.find.evidence import Evidence, find
from assistant.find.sufficiency import (
    SIGNALS,
    Sufficiency,
    Verdict,
    answering,
    asking,
    calibration,
    ruled_out,
    signals,
    sufficient,
)
from assistant.language.quantities import fold
from assistant.texts import say
from assistant.understand.questions import Question, Understood, understand
from assistant.understand.refusals import LearnedRefusals, forms, learned
from corpus.passages import SUMMARY
from corpus.release.release import Shipped
from corpus.vocabulary import LANGUAGES
from index.search import Filters, Preferences
from tests.conftest import TODAY, House, write_document

REFUSALS = tomllib.loads((Path(__file__).parents[2] / "refusals.toml").read_text("utf-8"))
BY_PATTERN = {reason: table for reason, table in REFUSALS.items() if reason not in ("market", "subject")}


def asked(question: str) -> set[str]:
    return {name for name, kind in asking().kinds.items() if kind.asked.search(fold(question))}


def looked_up(app: App, question: str) -> tuple[Understood, Evidence]:
    understood = understand(Question(question), app.vocabulary)
    return understood, find(app.search, understood, TODAY)


def asked_about_a_fee(house: House, body: str, question: str) -> tuple[Understood, Evidence]:
    """A question, and what is found for it in a library that says this of a fee."""
    write_document(house.library, "japan/fees", "Fees in Japan", body)
    house.publish()
    understood = Understood(text=question, language="en", filters=Filters(), preferences=Preferences())
    return understood, find(house.search, understood, TODAY)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much does a 510(k) cost?", "money"),
        ("Wie viel kostet die Mitgliedschaft?", "money"),
        ("Was verdient eine Laborleiterin in Seoul?", "money"),
        ("Quel est le prix d'une DiGA ?", "money"),
        ("Quanto costa uno stand?", "money"),
        ("¿Qué precio tiene?", "money"),
        ("Quant costa un estand?", "money"),
        ("Quanto custa o registro?", "money"),
        ("审查费用是多少？", "money"),
        ("審査手数料はいくらですか？", "money"),
        ("연봉이 어느 정도인가요?", "money"),
        ("Wie hoch ist der Zollsatz?", "rate"),
        ("Quina quota de mercat?  Quin percentatge?", "rate"),
        ("Qual é a alíquota do imposto?", "rate"),
        ("进口关税税率是多少？", "rate"),
        ("How long does the review take?", "duration"),
        ("Combien de mois dure l'examen ?", "duration"),
        ("¿Cuánto tiempo tarda?", "duration"),
        ("一般要多长时间？", "duration"),
        ("何か月以内に移行しますか？", "duration"),
        ("Wann gilt das Gesetz?", "date"),
        ("Da quando è in vigore?", "date"),
        ("언제부터 시행되었나요?", "date"),
        ("Quants assaigs hi ha?", "number"),
    ],
)
def test_what_a_question_asks_for_is_told_by_its_words_in_any_language(question: str, kind: str) -> None:
    assert kind in asked(question)


@pytest.mark.parametrize("question", ["Who is the local representative?", "Welche Behörde prüft?", "¿Qué vía hay?"])
def test_a_question_may_ask_for_no_such_thing(question: str) -> None:
    assert asked(question) == set()


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The fee is USD 26,067 (fiscal year 2026).", "money"),
        ("It costs about JPY 8.6 million.", "money"),
        ("Meetings are free of charge.", "money"),
        ("The tariff is 3.5 %.", "rate"),
        ("The review takes 12 months.", "duration"),
        ("The licence is renewed every year.", "duration"),
        ("It applies since 2 February 2026.", "date"),
    ],
)
def test_what_a_sentence_gives_is_told_by_its_form(sentence: str, kind: str) -> None:
    assert asking().kinds[kind].written.search(fold(sentence))


@pytest.mark.parametrize(
    ("question", "reason"),
    [(question, reason) for reason, table in BY_PATTERN.items() for question in table["refused"]],
)
def test_a_request_that_no_library_answers_is_refused_with_its_reason(question: str, reason: str) -> None:
    assert [form.reason for form in forms() if form.fits(fold(question))][:1] == [reason]


@pytest.mark.parametrize("question", [question for table in REFUSALS.values() for question in table["harmless"]])
def test_a_harmless_question_that_looks_like_one_is_not_refused(question: str) -> None:
    assert [form.reason for form in forms() if form.fits(fold(question))] == []


def test_a_refused_request_gets_no_facts_and_is_told_why(shipped: App) -> None:
    for reason, table in BY_PATTERN.items():
        answer = shipped.assistant.answer(Question(table["refused"][0], language="en"))
        assert answer.outcome is Outcome.OUT_OF_SCOPE
        assert answer.text == say("en", f"declined_{reason}")
        assert answer.claims == answer.nearest == ()
        assert answer.contacts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_declining_has_a_text(language: str) -> None:
    reasons = {"market", *(form.reason for form in forms()), *learned().questions}
    assert all(say(language, f"declined_{reason}", markets="") for reason in reasons)


def test_a_country_that_the_library_does_not_cover_is_declined_and_those_covered_are_named(shipped: App) -> None:
    verdicts = {
        question: sufficient(*looked_up(shipped, question)).sufficiency for question in REFUSALS["market"]["refused"]
    }
    assert Sufficiency.ANSWERS not in verdicts.values()
    answer = shipped.assistant.answer(Question("How do we register a medical device in India?"))
    assert answer.outcome is Outcome.OUT_OF_SCOPE
    assert "Japan" in answer.text


def test_a_country_that_is_only_mentioned_is_no_reason_to_decline(shipped: App) -> None:
    harmless = REFUSALS["market"]["harmless"]
    assert {sufficient(*looked_up(shipped, question)).reason for question in harmless} == {""}


@pytest.mark.parametrize("earlier", [(), ("Was kostet die Registrierung in Kanada?",)])
def test_who_names_a_market_and_a_product_is_never_told_that_it_is_not_our_subject(
    shipped: App, earlier: tuple[str, ...]
) -> None:
    asked = Question("pansement à l'argent, bresil, quelle classe", earlier)  # money, to whoever reads it alone
    assert shipped.assistant.answer(asked).outcome is not Outcome.OUT_OF_SCOPE


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
def test_questions_of_other_worlds_are_out_of_scope(shipped: App, every: int) -> None:
    questions = REFUSALS["subject"]["refused"][::every]
    answered = [one for one in questions if shipped.assistant.answer(Question(one)).outcome is not Outcome.OUT_OF_SCOPE]
    assert answered == []


@pytest.mark.parametrize(
    "question",
    [
        "What does the FDA charge for a De Novo request in fiscal year 2027?",
        "Was kostet ein Messestand auf der BIO-Europe 2027?",
        "¿Qué precio exacto pagará hoy la aseguradora por nuestra aplicación?",
    ],
)
def test_a_value_that_the_library_lacks_is_declined_and_its_neighbours_are_cited(shipped: App, question: str) -> None:
    answer = shipped.assistant.answer(Question(question))
    assert answer.outcome.declined
    assert answer.claims == ()
    assert answer.nearest
    assert all(claim.citations for claim in answer.nearest)


@pytest.mark.parametrize(
    "question",
    [
        "How much does a 510(k) cost for a small company?",
        "Quel est le délai de l'ANVISA pour autoriser un essai clinique ?",
        "Welche Fristen gelten für die nationale Phase eines PCT-Patents in Japan?",
    ],
)
def test_a_value_that_the_library_has_is_given(shipped: App, question: str) -> None:
    assert sufficient(*looked_up(shipped, question)).sufficiency is Sufficiency.ANSWERS


@pytest.mark.parametrize(
    "question",
    [
        "What is the FDA 510(k) user fee for fiscal year $year?",
        "Wie hoch ist die 510(k)-Gebühr der FDA im Geschäftsjahr $year?",
        "Quina és la taxa de la FDA per a un 510(k) el $year?",
    ],
)
def test_a_fee_of_another_year_is_a_neighbour_and_no_answer(shipped: App, question: str) -> None:
    of_2026, of_2027 = (
        shipped.assistant.answer(Question(question.replace("$year", year))) for year in ("2026", "2027")
    )
    assert of_2026.outcome is Outcome.GROUNDED
    assert of_2027.outcome is Outcome.NOT_IN_LIBRARY
    assert any("26067" in re.sub(r"[.,]", "", claim.text) and claim.citations for claim in of_2027.nearest)


def test_an_amount_is_of_the_year_that_stands_nearest_to_it(house: House) -> None:
    fee = "The fee of the review was USD 500 in 2026; the fees of 2027 stand on the website."
    assert ruled_out(*asked_about_a_fee(house, fee, "What is the fee of the review in Japan in 2026?")) is None
    verdict = ruled_out(*asked_about_a_fee(house, fee, "What is the fee of the review in Japan in 2027?"))
    assert verdict == Verdict(Sufficiency.NEAR)


def test_the_calibration_weighs_every_signal_and_no_other(shipped: App) -> None:
    found = signals(*looked_up(shipped, "How long does a device review take in Japan?"))
    assert set(found) == set(calibration().weights) == set(SIGNALS)
    assert 0 < calibration().threshold < 1


def test_weights_find_what_tells_answers_from_others() -> None:
    chance = np.random.default_rng(0)
    right = chance.integers(0, 2, 300).astype(float)
    features = np.c_[right + chance.normal(0, 0.3, 300), chance.normal(0, 1, 300)]
    weighing = fit(features, right)
    assert weighing.weights[0] > 5 * abs(weighing.weights[1])
    assert area(weighing.probability(features), right == 1) > 0.95


def test_requests_are_recognised_by_their_likeness_to_examples(capsys: pytest.CaptureFixture[str]) -> None:
    chance = np.random.default_rng(2)
    reasons = np.array([("", "", "", "treatment", "personal")[at % 5] for at in chance.permutation(400)])
    centres = {"": (0, 1, 0), "treatment": (1, 0, 0), "personal": (0, 0, 1)}
    vectors = np.array([centres[str(reason)] for reason in reasons]) + chance.normal(0, 0.2, (400, 3))
    weighings, threshold = learn_requests(Requests(vectors, reasons))
    likely, found = likeliest(weighings, np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    assert list(found[:2]) == ["treatment", "personal"]
    assert min(likely[:2]) > threshold > likely[2]
    assert "recognised" in capsys.readouterr().out


def test_a_likeness_is_told_only_from_its_threshold_on_and_never_from_another_embedding() -> None:
    learned = LearnedRefusals({"treatment": np.array([4.0, 0.0], dtype=np.float32)}, {"treatment": 0.0}, 0.9)
    assert learned.reason(np.array([1.0, 0.0], dtype=np.float32)) == "treatment"
    assert learned.reason(np.array([0.1, 0.0], dtype=np.float32)) == ""
    assert learned.reason(np.ones(3, dtype=np.float32)) == ""


def test_requests_in_words_that_no_form_has_are_mostly_recognised_and_harmless_ones_hardly_ever(shipped: App) -> None:
    def share_refused(which: str, tables: Mapping[str, Mapping[str, list[str]]]) -> float:
        vectors = [shipped.search.vector(question) for table in tables.values() for question in table[which]]
        return float(np.mean([bool(learned().reason(vector)) for vector in vectors]))

    assert share_refused("refused", BY_PATTERN) > 0.6
    assert share_refused("harmless", REFUSALS) < 0.03


def test_the_calibration_questions_name_sections_of_the_library(read_once: list[Shipped]) -> None:
    places = {f"{one.id} :: {unit.section}" for one in read_once for unit in one.metadata.units}
    for name in ("asked", "turns", "short"):
        lines = (Path(__file__).parents[2] / f"benchmarks/{name}.jsonl").read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        assert {place for row in rows for place in row["where"]} <= places
        assert all(row["answerable"] for row in rows if row["where"])
        assert len({row["id"] for row in rows}) == len(rows)


def test_a_share_is_told_with_its_interval() -> None:
    assert share(np.array([True] * 50 + [False] * 50)) == "50.0% (40-60) of 100"


def test_the_file_written_is_the_file_read(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    right = chance.integers(0, 2, 50).astype(float)
    weighing = fit(chance.normal(0, 1, (50, len(SIGNALS))), right)
    (tmp_path / "made.toml").write_text(written(weighing, 0.4, ["50 questions"]), "utf-8")
    table = tomllib.loads((tmp_path / "made.toml").read_text("utf-8"))
    assert list(table["weights"]) == list(SIGNALS)
    assert np.allclose(list(table["weights"].values()), weighing.weights, atol=5e-4)
    assert table["threshold"] == 0.4


def test_what_only_says_that_something_is_not_known_answers_nothing(house: House) -> None:
    path = write_document(house.library, "japan/fees", "Fees in Japan", "The fee of the review is not known here.")
    unit = 'section: What the rules ask\n  aspects: [cost]\n  unknown: true\n  answer: {en: "Not known."}\n'
    path.write_text(
        path.read_text("utf-8") + f"\n```units\n- {unit}  question: {{en: What is the fee?}}\n```\n", "utf-8"
    )
    house.publish()
    understood = Understood("What is the fee of the review in Japan?", "en", Filters(), Preferences())
    assert answering(understood, find(house.search, understood, TODAY)) == 0


def test_a_section_is_asked_for_as_if_it_were_not_there(house: House) -> None:
    write_document(house.library, "japan/fees", "Fees in Japan", "The fee of the review is USD 500.")
    house.publish()
    without = Filters(without=frozenset({("japan/fees", "What the rules ask")}))
    understood = Understood("What is the fee of the review in Japan?", "en", without, Preferences())
    places = [section.place for section in find(house.search, understood, TODAY).sections]
    assert ("japan/fees", "What the rules ask") not in places
    within = find(house.search, replace(understood, filters=Filters()), TODAY).sections
    assert within[0].place == ("japan/fees", "What the rules ask")


MIXED = "Do we need a US agent for our device establishment, and what does he charge per month?"


def test_a_question_of_which_only_the_first_part_is_known_is_answered_in_part(shipped: App) -> None:
    answer = shipped.assistant.answer(Question(MIXED))
    assert answer.outcome is Outcome.PARTIAL
    assert answer.missing == ("and what does he charge per month?",)
    assert answer.claims
    assert {citation.passage_id for citation in answer.citations if citation.section != SUMMARY} <= {
        hit.passage.id for hit in answer.hits
    }


def test_a_question_of_which_no_part_is_known_is_not_answered_in_part(shipped: App) -> None:
    answer = shipped.assistant.answer(Question("How many dentists work in Japan and what does a flat in Osaka cost?"))
    assert answer.outcome is Outcome.NOT_IN_LIBRARY
    assert answer.missing == ()


def test_a_question_of_which_every_part_is_known_is_answered_as_a_whole(shipped: App) -> None:
    question = "How much is the FDA fee for a 510(k) and how long does the FDA take for a 510(k)?"
    answer = shipped.assistant.answer(Question(question))
    assert answer.outcome is Outcome.GROUNDED
    assert answer.missing == ()
