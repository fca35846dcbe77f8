"""The mails to those who follow something: a question whether they want that, then what has changed, a week's at once.

What is due is claimed for a few minutes and sent; when the process is killed meanwhile, it is sent again after them,
with the same Message-ID. A week without changes brings no mail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import takewhile
from threading import Event, Thread
from urllib.parse import quote, urlencode

from assistant.handoff.watching.changes import Change, Followed, changes_of, name_of, readable, words_of
from assistant.handoff.watching.watches import UNCONFIRMED_DAYS, Watch, Watches
from assistant.language.dates import dated
from assistant.mail import Mail, mailing
from assistant.settings import Settings
from assistant.texts import say
from corpus.catalogue.catalogue import Catalogue
from corpus.characters import one_line
from corpus.errors import KnownError
from corpus.vocabulary import Vocabulary

PATH = "/watch"
_LOOK = 30.0  # seconds between two looks of the server
_SETTLED = 60.0  # seconds after which nothing gets an earlier moment of publication any more
_MOST_CHANGES, _MOST_LINES = 20, 10  # of what is followed, and of one change; the library has the others
_LONGEST_SUBJECT = 150  # characters
_SIGNS = {"+": "+ ", "-": "− "}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchMails:
    """Writes the mails, and sends those that are due."""

    watches: Watches
    catalogue: Catalogue
    vocabulary: Vocabulary
    settings: Settings

    def send_due(self) -> tuple[int, int]:
        """Send all that is due; returns how many mails were sent, and how many were not taken."""
        sent = failed = 0
        while claimed := self.watches.claim():
            until = self.watches.now() - _SETTLED
            mail = self.weekly(claimed, until) if claimed[0].confirmed else self.question(claimed[0])
            try:
                if mail is not None:
                    with mailing(self.settings) as send:
                        send(mail)
                    sent += 1
            except KnownError as error:
                # The sentence names the address, which belongs into no log.
                _log.warning("a mail is not sent to who follows by number %s", claimed[0].number)
                self.watches.failed(claimed, str(error))
                failed += 1
            else:
                self._note(claimed, until)
        return sent, failed

    def question(self, watch: Watch) -> Mail:
        """Asks the owner of an address whether they want to follow something."""
        text = say(
            watch.language,
            "watch_mail_question",
            what=self.called(watch.followed, watch.language),
            address=self._address(watch),
            days=UNCONFIRMED_DAYS,
            site=self.settings.address,
        )
        subject = say(watch.language, "watch_mail_question_subject", alliance=self.vocabulary.alliance.name)
        return Mail(watch.email, subject, f"{text}\n", key=f"{watch.id}.{watch.asked_at:.0f}")

    def weekly(self, watches: Sequence[Watch], until: float) -> Mail | None:
        """What has changed by a time of what a person follows; None where there is nothing to say."""
        told = [part for watch in watches if (part := self._part(watch, until))]
        if not told:
            return None
        last = watches[-1]  # in the language of what was asked for last
        subject = say(last.language, "changes_title")
        names = list(dict.fromkeys(name for watch in watches if (name := self._name(watch.followed, last.language))))
        end = say(last.language, "watch_mail_end", address=self._address(last))
        return Mail(
            last.email,
            one_line(f"{subject}: {names[0]}" if len(names) == len(watches) == 1 else subject)[:_LONGEST_SUBJECT],
            "\n\n".join([*told, end]) + "\n",
            key=f"{last.id}.{max(watch.told_until for watch in watches):.0f}",
            unsubscribe=f"{self._address(last)}/stop",
        )

    def called(self, followed: Followed, language: str) -> str:
        """What is followed, in words."""
        return self._name(followed, language) or say(language, "watch_gone" if followed.document else "watch_all")

    def _name(self, followed: Followed, language: str) -> str:
        return name_of(self.catalogue, self.vocabulary, followed, language)

    def _note(self, claimed: Sequence[Watch], until: float) -> None:
        if not claimed[0].confirmed:
            self.watches.asked(claimed[0])
            return
        self.watches.told(claimed, until)
        if gone := [one for one in claimed if self._gone(one)]:
            self.watches.stop(gone)

    def _gone(self, watch: Watch) -> bool:
        return bool(watch.followed.document) and not readable(self.catalogue, watch.followed.document)

    def _part(self, watch: Watch, until: float) -> str:
        """What is to be said of one thing that is followed; empty for nothing."""
        language = watch.language
        if self._gone(watch):
            return say(language, "watch_mail_gone", document=watch.followed.document)
        parts = [self._told(change, language) for change in self._changed(watch, until)[:_MOST_CHANGES]]
        if not (parts or self.watches.ends_soon(watch)):
            return ""
        name = self.called(watch.followed, language)
        since = dated(language, _day(watch.told_until))
        parts = parts or [say(language, "watch_mail_nothing")]
        last = dated(language, _day(self.watches.ends_at(watch)))
        ends = [say(language, "watch_mail_ends", day=last, address=self._address(watch))]
        ends = ends if self.watches.ends_soon(watch) else []
        return "\n\n".join([say(language, "watch_mail_since", what=name, day=since), *parts, *ends])

    def _changed(self, watch: Watch, until: float) -> list[Change]:
        changes = changes_of(self.catalogue, self.vocabulary, watch.followed)
        since = takewhile(lambda change: change.at.timestamp() > watch.told_until, changes)
        return [change for change in since if change.at.timestamp() <= until]

    def _told(self, change: Change, language: str) -> str:
        return "\n".join(self._lines(change, language))

    def _lines(self, change: Change, language: str) -> Iterator[str]:
        """A change as lines of a mail: what it is, where it stands, what is new, and what it rests on."""
        document, said = change.document, change.document.metadata
        words = words_of(self.catalogue, change, language)
        query = {"version": change.before.version.number} if change.before else {}
        yield f"* {said.title}"
        yield say(language, "change_changed" if change.before else "change_new")
        yield f"{self.settings.address}/library/{quote(document.id)}?{urlencode({**query, 'language': language})}"
        if words.summary:
            yield words.summary
        yield from (f"{_SIGNS[sign]}{text}" for sign, text in words.lines[:_MOST_LINES])
        if said.sources:
            yield f"{say(language, 'field_sources')}:"
        for source in said.sources:
            yield f"- {source.title}, {source.publisher}, {dated(language, source.date)}: {source.url}"

    def _address(self, watch: Watch) -> str:
        return f"{self.settings.address}{PATH}/{watch.token}"


def keep_sending(mails: WatchMails, stop: Event, duty: Callable[[], bool] = lambda: True) -> Thread | None:
    """Let a thread send what is due, where that is its `duty`, until `stop` is set; none without a mail server."""
    if not mails.settings.smtp_host:
        return None

    def work() -> None:
        while True:
            try:
                if mails.watches.made and duty():
                    mails.send_due()
            except KnownError as error:
                _log.warning("mails to those who follow something are not sent: %s", error)
            except Exception:  # noqa: BLE001 - a door: logged, and the next look comes
                _log.exception("mails to those who follow something are not sent")
            if stop.wait(_LOOK):
                return

    thread = Thread(target=work, name="watches", daemon=True)
    thread.start()
    return thread


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()
