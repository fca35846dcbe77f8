"""Who is told to whom to turn, and why."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from assistant.answers import Contact, Outcome, to_json
from assistant.app import App
from assistant.contacts import contacts_for
from assistant.understand.questions import Profile, Question, understand
from corpus.release.release import LIBRARY
from corpus.vocabulary import LANGUAGES, vocabulary
from tests.benchmarks.contacts import parts, right, shown


def contacts(text: str, *earlier: str, home: str = "", language: str | None = None) -> list[Contact]:
    question = Question(text, earlier, profile=Profile(home=home), language=language)
    return list(contacts_for(question, understand(question, vocabulary()), vocabulary()))


def codes(text: str, *earlier: str, home: str = "") -> list[str]:
    return [contact.who.code for contact in contacts(text, *earlier, home=home)]


@pytest.mark.parametrize("part", ["seen", "unseen", "later", "last"])
def test_nearly_every_question_leads_to_the_right_person(part: str) -> None:
    asked = parts()[part]
    wrong = [one.id for one in asked if not right(one, shown(one))]
    assert len(wrong) <= len(asked) * 0.05, wrong


def test_the_own_cluster_comes_first_and_the_reason_says_so_in_each_language() -> None:
    reasons = {
        language: contacts("Wer hilft uns in Japan?", home="biom", language=language)[0].reason
        for language in LANGUAGES
    }
    assert reasons == {
        "en": "because your company is in Bavaria",
        "ca": "perquè la vostra empresa és a Baviera",
        "es": "porque su empresa está en Baviera",
        "fr": "parce que votre entreprise est en Bavière",
        "it": "perché la vostra impresa è in Baviera",
        "de": "weil Ihr Unternehmen in Bayern sitzt",
    }


def test_what_a_company_says_of_itself_counts_before_its_profile() -> None:
    assert codes("We are a company from Girona. Who can help us?", home="biom")[0] == "biocat"


def test_where_a_company_wants_to_go_is_not_where_it_is() -> None:
    found = codes("We are a start-up that wants to sell in Japan. Who can help?")
    assert "eccp" not in found
    assert "eu-japan-centre" in found


@pytest.mark.parametrize("home", ["", "biom"])
def test_a_company_to_be_founded_abroad_is_not_where_the_asking_one_is(home: str) -> None:
    found = codes("Do we need to set up a company in China?", home=home)
    assert "eccp" not in found
    assert "eu-sme-centre" in found


def test_what_was_said_in_an_earlier_question_still_holds() -> None:
    found = codes("And who can help us there with partners?", "We are a company in Turin and look at China.")
    assert found[0] == "biopmed"


def test_a_company_from_outside_europe_gets_the_ways_in_and_none_for_europeans_abroad() -> None:
    found = codes("We are a Japanese start-up that looks for partners in Europe. Whom do we contact?")
    assert {"biocat", "biom", "biopmed", "lyonbiopole", "eccp"} == {*found}


def test_the_region_that_fits_an_area_comes_first_with_that_reason() -> None:
    first, *_ = contacts("We are a Brazilian company for cell therapy and want to enter Europe. Who helps?")
    assert (first.who.code, first.reason.endswith("regenerative therapies")) == ("biopmed", True)


@pytest.mark.parametrize(
    ("language", "asking", "not_asking"),
    [
        ("en", "Who can help us with the filing?", "Who must file the application?"),
        ("ca", "Qui ens pot ajudar amb el registre?", "Qui ha de presentar la sol·licitud?"),
        ("es", "¿A quién acudimos para el registro?", "¿Quién debe presentar la solicitud?"),
        ("fr", "À qui s'adresser pour le dossier ?", "Qui doit déposer le dossier ?"),
        ("it", "A chi possiamo rivolgerci per la domanda?", "Chi deve presentare la domanda?"),
        ("de", "An wen wenden wir uns mit dem Antrag?", "Wer muss den Antrag stellen?"),
        ("pt", "Quem nos pode ajudar com o pedido?", "Qual é a taxa do pedido?"),
        ("zh", "我们应该联系谁？", "费用是多少？"),
        ("ja", "どこに相談すればよいですか？", "費用はいくらですか？"),
        ("ko", "누구에게 문의해야 하나요?", "수수료는 얼마입니까?"),
    ],
)
def test_asking_for_a_person_is_told_from_asking_who_has_a_duty(language: str, asking: str, not_asking: str) -> None:
    def asks(text: str) -> bool:
        return understand(Question(text, language=language), vocabulary()).wants_contact

    assert (asks(asking), asks(not_asking)) == (True, False)


def test_every_organisation_is_named_by_the_document_that_it_rests_on() -> None:
    for organisation in vocabulary().organisations.values():
        text = (LIBRARY / f"{organisation.document}.md").read_text("utf-8").casefold()
        said = organisation.name.casefold()
        known = [said, *said.replace("(", ",").replace(")", "").replace("–", ",").replace(":", ",").split(",")]
        assert any(name.strip() in text for name in known), organisation.code


def test_every_strength_rests_on_a_document_and_every_organisation_speaks_six_languages() -> None:
    words = vocabulary()
    for cluster in words.clusters.values():
        assert cluster.strengths.keys() <= words.areas.keys()
        assert all((LIBRARY / f"{document}.md").exists() for document in cluster.strengths.values())
        assert set(cluster.located) == set(LANGUAGES)
        assert cluster.country in words.europe
    for organisation in words.organisations.values():
        assert set(organisation.helps_with) == set(organisation.region) == set(LANGUAGES)
        assert organisation.works_in <= words.markets.keys() | words.clusters.keys()
        assert urlsplit(organisation.url).scheme in ("http", "https")


def test_asked_for_a_person_it_names_them_even_where_the_library_says_nothing(shipped: App) -> None:
    answer = shipped.assistant.answer(Question("Wir sind ein Start-up aus Regensburg. Wer kann uns in Japan helfen?"))
    assert answer.claims or answer.text == "Hier hilft man Ihnen weiter."
    assert [contact.who.code for contact in answer.contacts][:1] == ["biom"]


@pytest.mark.parametrize(
    "text",
    [
        "Who can help me to repair my bicycle?",
        "We are a start-up in Munich. Who can give me the private telephone number of the director of BioM?",
    ],
)
def test_asking_for_a_person_opens_no_door_to_other_matters(text: str, shipped: App) -> None:
    assert shipped.assistant.answer(Question(text)).outcome is Outcome.OUT_OF_SCOPE


def test_an_answer_carries_its_contacts_with_reason_and_kind(shipped: App) -> None:
    question = Question("Who can help us in Brazil?", profile=Profile(home="biocat"))
    answer = shipped.assistant.answer(question)
    assert answer.wants_contact
    shown_contacts = to_json(answer)["contacts"]
    assert isinstance(shown_contacts, list)
    assert {"name", "region", "url", "helps_with", "reason", "kind", "answers_within"} == shown_contacts[0].keys()
    assert [one["kind"] for one in shown_contacts][:2] == ["cluster", "organisation"]


def test_who_asks_only_whom_to_turn_to_gets_people_and_the_conversation_goes_on_as_before(shipped: App) -> None:
    asked = "Do we need a local representative to sell a medical device in Japan?"
    whom = shipped.assistant.answer(Question("Who can help me?", (asked,)))
    assert whom.claims[0].citations[0].document.id == "japan/partners-and-entry-points"
    assert any("Japan" in contact.name for contact in whom.contacts)
    after = Question("How long does the review take?", (asked, "Who can help me?"))
    before = Question("How long does the review take?", (asked,))
    assert shipped.assistant.answer(after).text == shipped.assistant.answer(before).text
