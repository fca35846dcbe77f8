"""Whether the right person is named: the share of questions that get exactly the right contacts.

`python -m tests.benchmarks.contacts [--json]` reads `contacts.jsonl`, written before the routing was; one half was used
to tune it (`seen`). When it stood, two more parts were written (`later`, `last`), and what they showed was mended too.
Right is an answer that shows the right clusters and no others, all of the right organisations, and as the first of them
one that is right, or the one that is fixed. Development questions are taken in where they are at hand.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from assistant.contacts import contacts_for
from assistant.understand.questions import Profile, Question, understand
from corpus.vocabulary import vocabulary
from tests.conftest import SHARED

QUESTIONS = Path(__file__).with_name("contacts.jsonl")
_AIM = 0.95


@dataclass(frozen=True)
class Asked:
    """A question with whom it should lead to."""

    id: str
    question: Question
    right: frozenset[str]
    first: str = ""
    part: str = ""


def read() -> list[Asked]:
    """The questions, those of the development set where it is at hand."""
    file = SHARED / "questions" / "dev.jsonl"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    turns = {row["id"]: row["turns"] for row in map(json.loads, lines)}
    return [
        Asked(
            row.get("id") or row["dev"],
            Question(asked[-1], tuple(asked[:-1]), profile=Profile(home=row.get("home", ""))),
            frozenset(row["right"]),
            row.get("first", ""),
            row.get("part", ""),
        )
        for row in map(json.loads, QUESTIONS.read_text("utf-8").splitlines())
        if (asked := row.get("turns") or turns.get(row["dev"]))
    ]


def shown(asked: Asked) -> list[str]:
    """The codes of those whom a question leads to, in their order."""
    understood = understand(asked.question, vocabulary())
    return [contact.who.code for contact in contacts_for(asked.question, understood, vocabulary())]


def right(asked: Asked, codes: list[str]) -> bool:
    """Whether these are the right ones."""
    clusters = vocabulary().clusters.keys()
    return (
        codes[0] in (asked.first or asked.right)
        and (not asked.first or codes[0] == asked.first)
        and clusters & set(codes) == clusters & asked.right
        and asked.right <= set(codes)
    )


def parts() -> dict[str, list[Asked]]:
    """The questions in two halves, of which one was seen while tuning, and those added later."""
    asked = read()
    early = [one for one in asked if not one.part]
    added = {part: [one for one in asked if one.part == part] for part in ("later", "last")}
    return {"seen": early[::2], "unseen": early[1::2]} | added


def main() -> None:
    """Print the shares, and what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    shares = {}
    wrong: dict[str, list[str]] = {}
    for part, questions in parts().items():
        found = {asked: shown(asked) for asked in questions}
        wrong |= {asked.id: codes for asked, codes in found.items() if not right(asked, codes)}
        shares[part] = sum(right(asked, codes) for asked, codes in found.items()) / len(questions)
    if as_json:
        print(json.dumps({"aim": _AIM, **shares, "wrong": wrong}, indent=1))
        return
    for part, share in shares.items():
        print(f"{part:<7} {share:.3f} of {len(parts()[part])} (aim {_AIM})")
    for name, codes in wrong.items():
        print(f"  {name}: {' '.join(codes)}")


if __name__ == "__main__":
    main()
