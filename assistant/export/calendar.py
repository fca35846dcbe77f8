"""The dates of a plan for a calendar."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from assistant.market.plan import Plan
from assistant.texts import say


def to_calendar(made: Plan, title: str) -> bytes:
    """The dates to come of a plan as a calendar file, whole days."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", f"-//{say('en', 'title')}//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", " ".join(title.split()))
    for number, one in enumerate(made.deadlines, start=1):
        event = Event()
        event.add("uid", f"{made.made_on}-{made.market}-{made.profile.product}-{number}@market-entry")
        event.add("dtstamp", datetime.combine(made.made_on, time(), UTC))
        event.add("dtstart", one.day)
        event.add("dtend", one.day + timedelta(days=1))
        event.add("summary", f"{title}: {one.text}"[:200])
        made_by = say(made.language, "plan_made_by", day=made.made_on)
        event.add("description", "\n".join(filter(None, (one.text, one.url, made_by))))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
