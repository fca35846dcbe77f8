"""The dates of a plan for a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from assistant.market.plan import Plan
from assistant.texts import say

_A_MONTH = 30.4  # days


def to_calendar(made: Plan, title: str) -> bytes:
    """The days to come of a plan as a calendar file, and the steps of which it says how long they take."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", f"-//{say('en', 'title')}//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", " ".join(title.split()))
    made_by = say(made.language, "plan_made_by", day=made.made_on)
    for number, (first, last, text, more) in enumerate((*_deadlines(made), *_lead_times(made)), start=1):
        event = Event()
        event.add("uid", f"{made.made_on}-{made.market}-{made.profile.product}-{number}@market-entry")
        event.add("dtstamp", datetime.combine(made.made_on, time(), UTC))
        event.add("dtstart", first)
        event.add("dtend", last + timedelta(days=1))
        event.add("summary", f"{title}: {text}"[:200])
        event.add("description", "\n".join(filter(None, (text, more, made_by))))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _deadlines(made: Plan) -> Iterator[tuple[date, date, str, str]]:
    return ((one.day, one.day, one.text, one.url) for one in made.deadlines)


def _lead_times(made: Plan) -> Iterator[tuple[date, date, str, str]]:
    """From when to when a step runs, by the beginnings that the plan proposes, once for each time that is told."""
    language = made.language
    for step in made.steps:
        begins = made.made_on + timedelta(days=round(step.begins * _A_MONTH))
        for span in step.spans:
            text = f"{say(language, f'step_{step.code}')}: {span.text(language)}, {span.strength(language)}"
            ends = begins + timedelta(days=round(span.months * _A_MONTH))
            yield begins, ends, text, say(language, "plan_time_hint")
