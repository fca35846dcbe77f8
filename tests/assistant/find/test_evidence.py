"""What the library has on a question: inside which walls it is looked for, and what comes first."""

from __future__ import annotations

from assistant.find.evidence import PASSAGES, find
from assistant.find.sections import sections_of
from assistant.understand.questions import Question, understand
from corpus.vocabulary import vocabulary
from tests.conftest import TODAY, House, with_unit, write_document


def test_a_market_that_is_named_is_looked_into_though_others_say_more(house: House) -> None:
    for n in range(4 * PASSAGES):
        write_document(
            house.library, f"usa/fee-{n}", "Fee of an otoscope lamp", f"A lamp costs {n} euros.", market="usa"
        )
    write_document(house.library, "brazil/lamps", "Lamps", "A lamp is paid for at the border.", market="brazil")
    house.publish()
    asked = understand(Question("What is the fee of an otoscope lamp in Brazil?"), vocabulary())
    [first, *_] = find(house.search, asked, TODAY).sections
    assert first.inside
    assert first.best.document.id == "brazil/lamps"


def test_where_a_market_has_nothing_its_neighbours_are_shown_as_such(house: House) -> None:
    asked = understand(Question("What do the rules ask in Canada?"), vocabulary())
    sections = find(house.search, asked, TODAY).sections
    assert sections
    assert not any(section.inside for section in sections)


def test_a_plain_question_prefers_a_section_that_tells_one_thing_only(house: House) -> None:
    for name, aspects in (("one", ("cost",)), ("several", ("cost", "time", "renewal"))):
        path = write_document(house.library, f"japan/{name}", "Lamps", "A lamp costs three euros.")
        with_unit(path, "cost", "Three euros.", *aspects[1:])
    house.publish()
    asked = understand(Question("What does a lamp cost in Japan?"), vocabulary())
    hits = [hit for hit in house.search.find(asked.text, language="en", today=TODAY).hits if hit.unit]
    special, plain = (sections_of(hits, asked, {"cost": 1.0}, {}, plain=cosine) for cosine in (0.8, 0.95))
    scores = {section.best.document.id: section.score for section in special}
    again = {section.best.document.id: section.score for section in plain}
    assert again["japan/one"] - again["japan/several"] > scores["japan/one"] - scores["japan/several"]


def test_what_is_about_another_kind_of_product_than_the_question_likely_is_comes_later(house: House) -> None:
    for name, products in (("capsule", ("nutrition",)), ("pump", ("devices",))):
        path = write_document(house.library, f"japan/{name}", "Lamps", "A lamp costs three euros.")
        with_unit(path, "cost", "Three euros.", products=products)
    house.publish()
    asked = understand(Question("What does a lamp cost in Japan?"), vocabulary())
    hits = [hit for hit in house.search.find(asked.text, language="en", today=TODAY).hits if hit.unit]
    first = {
        meant: sections_of(hits, asked, {"cost": 1.0}, {meant: 0.9}, plain=0.0)[0].best.document.id
        for meant in ("nutrition", "software")
    }
    assert first == {"nutrition": "japan/capsule", "software": "japan/pump"}  # software is a device, too
