"""What a chat model proposes for a section, by completions that are written down here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assistant.app import App
from assistant.desk.proposing import PROMPT, TRANSLATING, NothingToProposeFrom, Proposal, propose
from assistant.model.budget import BudgetSpent
from assistant.model.chat_model import ModelUnavailable
from corpus.documents import Metadata, Version
from corpus.units import ASKED_IN, Unit
from corpus.vocabulary import LANGUAGES
from tests.scripted_model import ScriptedModel

BODY = """## Fees
A device licence of class III costs CAD 9,000 in Canada, and the review takes 75 days. [law]

### Small firms
A firm with fewer than 100 staff pays half of the licence fee in Canada. [law]

## Nothing yet
"""
VERSION = Version("", 0, Metadata("Devices in Canada", "practice", "en", "P", date.today(), "", date.today()), BODY, "")
FEES = Unit("Fees", {}, {})

ANSWER = "A device licence of class III costs CAD 9,000 in Canada, and the review takes 75 days."
QUESTION = "What does a device licence of class III cost in Canada?"
ENGLISH = f"""<think>ANSWER: I should look at the fees first.</think>
**ANSWER:** {ANSWER} [law]
QUESTION: {QUESTION}
ALSO: How much is the licence fee for a medical device in Canada?
ALSO: Device licence cost Canada?
ALSO: What do we pay so that we may sell a device in Canada?
"""
TRANSLATED = """
ANSWER ca: Una llicència de producte de classe III costa 9.000 CAD al Canadà, i la revisió triga 75 dies.
ANSWER es: Una licencia de producto de clase III cuesta 9 000 CAD en Canadá, y la revisión tarda 75 días.
ANSWER fr: Une licence de dispositif de classe III coûte 9 000 CAD au Canada, et l'examen dure 75 jours.
ANSWER it: Una licenza per un dispositivo di classe III costa 9.000 CAD in Canada, e l'esame dura 75 giorni.
ANSWER de: Eine Produktlizenz der Klasse III kostet in Kanada 9.000 CAD, und die Prüfung dauert 75 Tage.
QUESTION ca: Quant costa una llicència de producte de classe III al Canadà?
QUESTION es: ¿Cuánto cuesta una licencia de producto de clase III en Canadá?
QUESTION fr: Combien coûte une licence de dispositif de classe III au Canada ?
QUESTION it: Quanto costa una licenza per un dispositivo di classe III in Canada?
QUESTION de: Was kostet eine Produktlizenz der Klasse III in Kanada?
QUESTION pt: Quanto custa uma licença de dispositivo de classe III no Canadá?
QUESTION ja: カナダでクラスIIIの機器ライセンスの費用はいくらですか?
QUESTION zh: 在加拿大，III类医疗器械许可证的费用是多少？
QUESTION ko: 캐나다에서 III등급 의료기기 허가 비용은 얼마입니까?
"""


def proposed(app: App, *replies: str | Exception, known: Unit = FEES) -> Proposal:
    return propose(app, ScriptedModel(*replies), VERSION, known)


def left_out(proposal: Proposal) -> dict[str, str]:
    return {one.field: one.why for one in proposal.left_out}


def test_a_section_gets_its_answer_questions_and_translations_all_marked_as_proposed(shipped: App) -> None:
    found = proposed(shipped, ENGLISH, TRANSLATED)
    assert (found.left_out, found.failure) == ((), None)
    unit = found.unit
    assert (unit.answer["en"], unit.question["en"]) == (ANSWER, QUESTION)
    assert (tuple(unit.answer), tuple(unit.question)) == (LANGUAGES, ASKED_IN)
    assert len(unit.also_asked) == 3
    assert (unit.aspects, unit.products) == (("cost",), ("devices",))
    texts = {f"answer.{code}" for code in LANGUAGES} | {f"question.{code}" for code in ASKED_IN}
    assert set(unit.unread) == texts | {"also_asked", "aspects", "products"}


def test_the_model_reads_the_section_with_its_parts_and_nothing_else_of_the_document(shipped: App) -> None:
    model = ScriptedModel(ENGLISH, TRANSLATED)
    propose(shipped, model, replace(VERSION, body=BODY.replace("## Nothing yet", "## Time\nIt takes long.")), FEES)
    english, translating = model.asked
    assert "Small firms" in english
    assert "pays half of the licence fee" in english
    assert "It takes long" not in english
    assert ANSWER in translating
    assert "pays half" not in translating


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("A device licence of class III costs CAD 8,000 in Canada.", "figures"),
        ("A device licence of class III does not cost CAD 9,000 in Canada.", "denial"),
        ("The Zirconium Agency sells a device licence of class III for CAD 9,000 in Canada.", "names"),
        ("Every clinical trial in Canada needs the consent of an ethics board.", "support"),
        ("A device licence of class III costs CAD 9,000 in", "form"),
        (f"{ANSWER[:-1]} and {'so on ' * 20}.", "long"),
        ("", "unwritten"),
    ],
)
def test_an_answer_that_says_what_its_section_does_not_is_left_out_and_not_translated(
    shipped: App, answer: str, why: str
) -> None:
    found = proposed(shipped, ENGLISH.replace(ANSWER, answer), TRANSLATED)
    assert left_out(found) == {"answer.en": why}
    assert found.unit.answer == {}
    assert found.unit.question["en"] == QUESTION
    assert [one.text for one in found.left_out] == [answer]


@pytest.mark.parametrize(
    ("right", "wrong", "field", "why"),
    [
        ("9.000 CAD al Canadà", "8.000 CAD al Canadà", "answer.ca", "figures"),
        ("kostet in Kanada", "kostet in Kanada nicht", "answer.de", "denial"),
        ("Quanto costa una licenza per un dispositivo di classe III in Canada?", QUESTION, "question.it", "language"),
        ("et l'examen dure 75 jours.", "et l'examen dure 75 jours, soit", "answer.fr", "form"),
        ("QUESTION zh:", "CHINESE:", "question.zh", "unwritten"),
    ],
)
def test_a_translation_that_says_something_else_is_left_out_alone(
    shipped: App, right: str, wrong: str, field: str, why: str
) -> None:
    assert right in TRANSLATED
    found = proposed(shipped, ENGLISH, TRANSLATED.replace(right, wrong))
    assert left_out(found) == {field: why}
    assert field not in found.unit.unread
    assert "answer.es" in found.unit.unread


def test_what_a_person_wrote_stays_and_is_what_is_translated(shipped: App) -> None:
    own = "In Canada it is CAD 9,000."
    known = replace(FEES, answer={"en": own, "de": "In Kanada sind es 9.000 CAD."}, aspects=("time",))
    model = ScriptedModel(ENGLISH, TRANSLATED.replace(", y la revisión tarda 75 días", ""))
    found = propose(shipped, model, VERSION, known)
    assert (found.unit.answer["en"], found.unit.answer["de"]) == (own, "In Kanada sind es 9.000 CAD.")
    assert found.unit.aspects == ("time",)
    assert found.unit.products == ()
    assert "answer.es" in found.unit.unread
    assert not {"answer.en", "answer.de", "aspects"} & set(found.unit.unread)
    assert all(own in asked for asked in model.asked)
    assert left_out(found)["answer.fr"] == "figures"


def test_a_unit_that_is_whole_asks_no_model(shipped: App) -> None:
    texts = {code: f"Text {code}." for code in ASKED_IN}
    whole = Unit("Fees", texts, texts, ("Fees?",), (), ("cost",))
    assert proposed(shipped, known=whole).unit == whole


def test_a_model_that_fails_half_way_leaves_what_it_wrote_before(shipped: App) -> None:
    spent = BudgetSpent("spent")
    found = proposed(shipped, ENGLISH, spent)
    assert (found.failure, found.unit.answer) == (spent, {"en": ANSWER})
    assert "answer.en" in found.unit.unread
    down = ModelUnavailable("down")
    assert proposed(shipped, down) == Proposal(FEES, (), down)


def test_a_model_that_takes_too_long_is_not_waited_for(shipped: App) -> None:
    found = propose(shipped, ScriptedModel(ENGLISH), VERSION, FEES, seconds=-1)
    assert isinstance(found.failure, ModelUnavailable)
    assert found.unit == FEES


def test_a_section_without_text_is_not_asked_about(shipped: App) -> None:
    for heading in ("Nothing yet", "Elsewhere"):
        with pytest.raises(NothingToProposeFrom, match=f"“{heading}” has no text"):
            proposed(shipped, known=Unit(heading, {}, {}))
    long = replace(VERSION, body="## Fees\n" + "A word or two. " * 600)
    with pytest.raises(NothingToProposeFrom, match="more than 1500 words"):
        propose(shipped, ScriptedModel(), long, FEES)


def test_every_place_in_the_prompts_is_filled(shipped: App) -> None:
    model = ScriptedModel(ENGLISH, TRANSLATED)
    propose(shipped, model, VERSION, FEES)
    assert len(model.asked) == 2
    for path, asked in zip((PROMPT, TRANSLATING), model.asked, strict=True):
        assert "$" in path.read_text("utf-8")
        assert "$" not in asked
