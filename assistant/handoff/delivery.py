"""Letters on their way to the clusters, at least once.

A hand-off is kept first and sent afterwards. Whoever sends it claims it for a few minutes; when the process is killed
meanwhile, it is sent again after them, with the same id in the Message-ID or the Idempotency-Key. What cannot be
delivered waits twice as long each time, up to six hours, and is never given up: staff see it and why.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from assistant.handoff.handoffs import Handoff, Handoffs
from assistant.handoff.webhook import post
from assistant.mail import Mail, mailing
from assistant.settings import Settings
from corpus.errors import KnownError

_LOOK = 30.0  # seconds between two looks of the server

_log = logging.getLogger(__name__)

Send = Callable[[Handoff], None]


class NoWayToDeliver(KnownError):
    """Hand-offs are to be delivered, and no way is set."""


def deliver(store: Handoffs, send: Send) -> tuple[int, int]:
    """Send all that is due; returns how many were delivered, and how many were not."""
    delivered = failed = 0
    while (handoff := store.claim()) is not None:
        try:
            send(handoff)
        except KnownError as error:
            _log.warning("hand-off %s is not delivered: %s", handoff.number, error)
            store.failed(handoff, str(error))
            failed += 1
        else:
            store.delivered(handoff)
            delivered += 1
    return delivered, failed


def sending(settings: Settings) -> Send:
    """The way that the settings give: the webhook where one is set, else a mail to the address of the cluster.

    Raises:
        NoWayToDeliver: neither is set; from the way itself, no address takes hand-offs to that cluster.
    """
    if settings.webhook_url:
        return lambda handoff: post(settings, handoff.id, _sent(handoff))
    if not (settings.smtp_host and settings.handoff_to):
        raise NoWayToDeliver(
            "No way to deliver hand-offs is set; set MARKET_ENTRY_SMTP_HOST and MARKET_ENTRY_HANDOFF_TO,"
            " or MARKET_ENTRY_WEBHOOK_URL."
        )

    def mail(handoff: Handoff) -> None:
        addresses = settings.handoff_addresses
        to = addresses.get(handoff.draft.cluster) or addresses.get("")
        if not to:
            raise NoWayToDeliver(f"Nobody takes hand-offs to {handoff.draft.cluster}; set MARKET_ENTRY_HANDOFF_TO.")
        letter = handoff.letter
        with mailing(settings) as send:
            send(Mail(to, letter.subject, letter.text, key=handoff.id, reply_to=handoff.draft.email))

    return mail


def deliver_waiting(
    store: Handoffs, settings: Settings, stop: Event, duty: Callable[[], bool] = lambda: True
) -> Thread:
    """Let a thread deliver what waits and remove what is out of date, where that is its `duty`, until `stop` is set.

    Where no way to deliver is set, all waits. The file is not made before something is handed over.
    """
    try:
        send: Send | None = sending(settings)
    except NoWayToDeliver as error:
        _log.info("%s", error)
        send = None

    def look() -> None:
        store.forget()
        if send is not None:
            deliver(store, send)

    def work() -> None:
        while True:
            try:
                if duty() and store.made:
                    look()
            except KnownError as error:
                _log.warning("hand-offs are not delivered: %s", error)
            except Exception:  # noqa: BLE001 - a door: logged, and the next look comes
                _log.exception("hand-offs are not delivered")
            if stop.wait(_LOOK):
                return

    thread = Thread(target=work, name="handoffs", daemon=True)
    thread.start()
    return thread


def _sent(handoff: Handoff) -> dict[str, object]:
    """What the webhook is sent: the letter, and what is needed to bring it to its place."""
    return {
        "id": handoff.id,
        "kind": handoff.draft.kind,
        "cluster": handoff.draft.cluster,
        "subject": handoff.letter.subject,
        "text": handoff.letter.text,
        "reply_to": handoff.draft.email,
    }
