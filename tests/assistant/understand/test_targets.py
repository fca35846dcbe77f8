"""Which of the markets that a text names it asks about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.app import App
from assistant.understand.questions import Question, Understood, understand, understandings
from assistant.understand.recognisers import RecognisesByModel
from assistant.understand.targets import places_named

JUDGED = Path(__file__).parents[2] / "benchmarks" / "targets_judged.jsonl"


def understood(shipped: App, *turns: str) -> Understood:
    *earlier, text = turns
    return understand(Question(text, tuple(earlier)), shipped.vocabulary, RecognisesByModel(shipped.cache.model))


@pytest.mark.parametrize(
    "text",
    [
        "일본 회사입니다. EU에 의료기기를 판매하려면 유럽 대리인이 필요한가요?",
        "한국에서 유럽으로 수출할 때 CE 인증이 필요한가요?",
        "中国企业在欧盟销售医疗器械需要授权代表吗？",
        "中国公司想进入德国市场,需要什么?",
        "日本から欧州に輸出するには何が必要ですか？",
        "当社は日本の医療機器メーカーです。EUで販売するには代理人が必要ですか？",
        "Seoul cell therapy to Europe, first step?",
        "Vom Start in Osaka nach Europa: womit fangen wir an?",
        "Hi from Minneapolis. 510(k) cleared ostomy pouch, zero experience outside the US. We want to sell in Europe.",
        "We are a Japanese company. What does the EU importer check?",
    ],
)
def test_who_comes_from_outside_and_goes_to_europe_asks_about_europe(shipped: App, text: str) -> None:
    asked = understood(shipped, text)
    assert asked.target_markets == {"europe"}
    assert asked.from_outside


@pytest.mark.parametrize(
    ("text", "market"),
    [
        ("我们在德国做CAR-T,想进中国市场,外资可以做吗?", "china"),
        ("Our CE-marked device: do we need KFDA approval?", "south-korea"),
        ("We hold a CE certificate. Which class will our device have in Canada?", "canada"),
        ("We are a European company. What does Japan ask?", "japan"),
        ("Does an FDA clearance help in Brazil?", "brazil"),
        ("Unser Präparat soll nach British Columbia. Erste Schritte?", "canada"),
    ],
)
def test_what_a_company_is_or_has_already_is_not_asked_about(shipped: App, text: str, market: str) -> None:
    assert understood(shipped, text).target_markets == {market}


@pytest.mark.parametrize(
    ("text", "market"),
    [
        ("KFDA approved device: need CE mark?", "europe"),
        ("ciao, vorrei capire i dazi USA per dispositivi fabbricati in Italia", "usa"),
    ],
)
def test_where_it_is_not_clear_what_is_asked_about_it_is_looked_up_both_ways(
    shipped: App, text: str, market: str
) -> None:
    meant = understandings(Question(text), shipped.vocabulary, RecognisesByModel(shipped.cache.model))
    assert frozenset({market}) in [asked for one in meant for asked in (one.markets, one.target_markets)]


def test_a_country_that_the_library_does_not_cover_is_asked_about_too(shipped: App) -> None:
    asked = understood(shipped, "How do I register a device in India?")
    assert not asked.markets
    assert asked.elsewhere == {"india"}


def test_data_from_home_do_not_lead_from_the_market_spoken_of_but_the_mere_name_does(shipped: App) -> None:
    before = "È obbligatoria una sperimentazione in Corea del Sud?"
    assert understood(shipped, before, "bastano dati europei?").markets == {"south-korea"}
    assert understood(shipped, before, "e in Europa?").markets == {"europe"}


@pytest.mark.parametrize(
    ("before", "text", "market"),
    [
        (
            "Does our glucose app need a sponsor in Australia?",
            "our MDR certificate is IIb. do they take it?",
            "australia",
        ),
        (
            "Wie lange dauert die Zulassung einer Infusionspumpe in Kanada?",
            "der Prüfbericht ist aus Graz, reicht der?",
            "canada",
        ),
    ],
)
def test_a_certificate_that_is_held_leaves_a_conversation_in_its_market(
    shipped: App, before: str, text: str, market: str
) -> None:
    assert understood(shipped, before, text).markets == {market}


def test_without_a_model_all_that_is_named_is_asked_about_but_europe_beside_another(shipped: App) -> None:
    places = places_named("From Spain to Canada", shipped.vocabulary)
    assert places.asked == {"canada"}
    assert places.beside == {"europe"}
    assert places_named("Selling in Spain", shipped.vocabulary).asked == {"europe"}


@pytest.mark.parametrize(
    ("in_conversation", "least"),
    [(False, 0.8), (True, 0.65)],  # 57 % of the first by rules of phrasing; of those after others all name a place
)
def test_of_texts_that_nothing_was_learned_from_most_are_seen_rightly(
    shipped: App, in_conversation: bool, least: float
) -> None:
    rows = [json.loads(line) for line in JUDGED.read_text("utf-8").splitlines()]
    drawn = [row for row in rows if ("turns" in row) is in_conversation][:: 4 if in_conversation else 1]
    covered = shipped.vocabulary.markets.keys()
    recogniser = RecognisesByModel(shipped.cache.model)
    right = []
    for row in drawn:
        *earlier, text = row["turns"] if in_conversation else [row["text"]]
        asked = recogniser.places(text, earlier, shipped.vocabulary).asked
        right.append(asked & covered == set(row["targets"]) & covered)
    assert len(right) >= 200
    assert sum(right) >= least * len(right)
