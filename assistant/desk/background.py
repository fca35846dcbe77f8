"""What is done beside the answering, by whichever process of an installation has that duty."""

from __future__ import annotations

from threading import Event

from assistant.app import App
from assistant.desk.arrivals import tell_arrivals
from assistant.handoff.delivery import deliver_waiting
from assistant.handoff.watching.mails import keep_sending
from assistant.operate.connecting import keep_connected
from assistant.operate.retention import enforce_daily


def work_in_background(app: App, stop: Event) -> None:
    """Let threads forget, send letters and mails, and look at connected places, until `stop` is set."""
    enforce_daily(app, stop)
    deliver_waiting(app.handoffs, app.settings, stop, app.duty)
    tell_arrivals(app, stop)
    keep_sending(app.watch_mails, stop, app.duty)
    keep_connected(app, stop)
