"""What an answer without a model says: the answer of a section, and what else the section has to say."""

from __future__ import annotations

from assistant.answers import ClaimKind
from assistant.app import App
from assistant.find.meaning import likeliest
from assistant.understand.questions import Question
from assistant.write.quoting_writer import points_of
from tests.conftest import TODAY, House, installation, with_unit, write_document


def test_the_answer_of_a_section_rests_on_quotes_that_give_its_figures(shipped: App) -> None:
    first = shipped.assistant.answer(Question("How much is the FDA fee for a 510(k)?")).claims[0]
    assert first.kind is ClaimKind.ANSWER
    quoted = " ".join(citation.quote for citation in first.citations)
    assert "26,067" in quoted
    assert "6,517" in quoted


def test_beside_an_answer_stands_no_sentence_that_gives_only_its_figures(shipped: App) -> None:
    claims = shipped.assistant.answer(Question("How much is the FDA fee for a 510(k)?")).claims
    assert not [one for one in claims if one.kind is ClaimKind.QUOTATION and "26,067" in one.text]


def test_an_answer_is_short(shipped: App) -> None:
    questions = (
        "How long does a device take in Brazil?",
        "Wer muss in Japan vor Ort vertreten sein?",
        "Qui paie une application de santé en Corée du Sud ?",
    )
    for question in questions:
        text = shipped.assistant.answer(Question(question)).text
        assert len(text.split()) <= 160


def test_a_document_without_units_answers_with_its_sentences(house: House) -> None:
    write_document(house.library, "japan/fees", "Fees in Japan", "The review of a device in Japan costs USD 500.")
    house.publish()
    answer = installation(house, house.folder / "accounts.sqlite").assistant.answer(
        Question("What does the review of a device in Japan cost?")
    )
    shown = answer.claims or answer.nearest
    assert {claim.kind for claim in shown} == {ClaimKind.QUOTATION}


def test_a_unit_of_one_s_own_document_answers_in_its_words(house: House) -> None:
    body = "The review of a device in Japan costs USD 500."
    told = "In Japan the review of a device costs USD 500."
    with_unit(write_document(house.library, "japan/fees", "Fees in Japan", body), "cost", told)
    house.publish()
    answer = installation(house, house.folder / "accounts.sqlite").assistant.answer(
        Question("What does the review of a device in Japan cost?")
    )
    assert told in [claim.text for claim in (*answer.claims, *answer.nearest)]


def test_beside_an_answer_stands_nothing_in_another_language_than_the_reader_s(shipped: App) -> None:
    for text in ("Délais FDA 510(k) ?", "Was kostet eine 510(k) in den USA?", "LDT in den USA?"):
        answer = shipped.assistant.answer(Question(text))
        assert {claim.language for claim in answer.claims} == {answer.language}


def test_beside_the_answer_on_one_market_stands_none_on_another_that_nobody_asked_about(shipped: App) -> None:
    answer = shipped.assistant.answer(Question("¿Hasta cuándo puede comercializarse un IVD heredado de clase C?"))
    about = {one.document.metadata.markets for one in answer.citations}
    assert about == {frozenset({"europe"})}


def test_beside_the_way_of_one_kind_of_product_stands_none_of_another(shipped: App) -> None:
    answer = shipped.assistant.answer(Question("Wir machen einen ELISA-Test in Tunis und wollen nach Europa verkaufen"))
    units = [one for citation in answer.citations if (one := citation.document.metadata.unit(citation.section))]
    about = [set(unit.products) for unit in units if unit.products]
    assert about
    assert all(one & about[0] for one in about)


def test_no_sentence_stands_beside_an_answer_that_only_leads_to_a_list(shipped: App) -> None:
    answer = shipped.assistant.answer(Question("What happens after a 510(k) is filed, and when?"))
    assert answer.claims
    assert not [claim.text for claim in answer.claims if "these steps" in claim.text]


BODY = (
    "The review of a device in Japan costs USD 500. Small firms pay half of the fee. It is paid when the file is sent."
    " The fee is paid once more at renewal. Nobody pays for advice."
)
POINTS = {
    "en": (
        "Small firms pay half of the fee.",
        "The fee is paid when the file is sent.",
        "The fee is paid once more at the renewal of a device.",
        "Nobody pays for advice.",
    ),
    "de": (
        "Kleine Unternehmen zahlen die halbe Gebühr.",
        "Die Gebühr wird gezahlt, wenn die Unterlagen eingereicht werden.",
        "Bei der Verlängerung eines Produkts wird die Gebühr noch einmal gezahlt.",
        "Beratung kostet nichts.",
    ),
}


def told_of(house: House, question: str) -> list[tuple[str, str]]:
    """What is told beside the answer of the section that is found, with its language."""
    app = installation(house, house.folder / "accounts.sqlite")
    found = likeliest(Question(question), app.search, app.vocabulary, TODAY).evidence.sections[0]
    return [(draft.text, draft.language) for draft in points_of(found, "de")]


def test_beside_an_answer_stand_the_points_that_fit_the_question_in_the_reader_s_language(house: House) -> None:
    path = write_document(house.library, "japan/fees", "Fees in Japan", BODY)
    with_unit(path, "cost", "In Japan the review of a device costs USD 500.", points=POINTS)
    house.publish()
    told = told_of(house, "Was kostet die Verlängerung der Prüfung eines Produkts in Japan?")
    assert 1 <= len(told) <= 3
    assert (POINTS["de"][2], "de") in told
    assert [POINTS["de"].index(text) for text, _ in told] == sorted(POINTS["de"].index(text) for text, _ in told)


def test_a_point_that_says_the_answer_again_is_not_told(house: House) -> None:
    path = write_document(house.library, "japan/fees", "Fees in Japan", BODY)
    again = "The cost of a device's review in Japan is USD 500."
    lacking = "What renewal costs in later years is not known."
    points = {"en": (again, *POINTS["en"], lacking)}
    with_unit(path, "cost", "In Japan the review of a device costs USD 500.", points=points)
    house.publish()
    told = [text for text, _ in told_of(house, "What does the review of a device in Japan cost, and what renewal?")]
    assert told
    assert not {again, lacking} & set(told)


def test_points_of_an_older_state_are_told_in_english(house: House) -> None:
    path = write_document(house.library, "japan/fees", "Fees in Japan", BODY)
    with_unit(path, "cost", "In Japan the review of a device costs USD 500.", points={**POINTS, "de": POINTS["de"][:2]})
    house.publish()
    told = told_of(house, "Was kostet die Prüfung eines Produkts in Japan?")
    assert told
    assert {language for _, language in told} == {"en"}
