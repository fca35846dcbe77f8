"""The frame of a question: what it was taken to be about."""

from __future__ import annotations

from assistant.understand.frame import Origin, frame
from assistant.understand.questions import Profile, Question, understand
from corpus.vocabulary import vocabulary


def origins(question: Question, **likely: float) -> dict[str, tuple[list[str], Origin]]:
    slots = frame(question, understand(question, vocabulary()), likely, vocabulary())
    return {slot.what: (list(slot.terms), slot.origin) for slot in slots}


def test_what_a_question_names_is_said() -> None:
    assert origins(Question("What does a device licence cost in Canada?"), cost=0.9) == {
        "markets": (["canada"], Origin.SAID),
        "products": (["devices"], Origin.SAID),
        "aspects": (["cost"], Origin.MEANT),
    }


def test_what_it_keeps_of_the_conversation_is_told_so() -> None:
    found = origins(Question("And in Japan?", ("What does a device licence cost in Canada?",)))
    assert found["markets"] == (["japan"], Origin.SAID)
    assert found["products"] == (["devices"], Origin.CONVERSATION)


def test_the_market_of_a_profile_is_told_so() -> None:
    question = Question("What does a licence cost?", profile=Profile(markets=frozenset({"brazil"})))
    assert origins(question)["markets"] == (["brazil"], Origin.PROFILE)


def test_what_nothing_is_known_of_has_no_slot() -> None:
    assert origins(Question("What comes first?"), cost=0.3, time=0.2) == {}


def test_the_class_of_a_device_is_told_with_where_it_was_said() -> None:
    first = "What does a class III device licence cost in Canada?"
    assert origins(Question(first))["classes"] == (["III"], Origin.SAID)
    assert origins(Question("And in Japan?", (first,)))["classes"] == (["III"], Origin.CONVERSATION)
    assert "classes" not in origins(Question("What does a class 1 medicine cost in China?"))
    assert "classes" not in origins(Question("What does a device cost?", profile=Profile(risk_class="III")))
