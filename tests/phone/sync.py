"""The loop: send, fetch, prove; and what to do about everything that can be in the way.

`once` is one round. It never sleeps: its outcome says how long to wait, and the app's own clock
wakes it again. Whatever happens, the next round goes on from what the store says.
"""

import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from tests.phone.advice import Do, Refused, Waits
from tests.phone.book import Book
from tests.phone.carrying import Carrying
from tests.phone.exchange import SYNC, Exchange, read
from tests.phone.fetching import Fetched, Fetching
from tests.phone.files import Files
from tests.phone.lost import Lost
from tests.phone.outbox import Kept, Outbox
from tests.phone.sending import Pushed, Sending
from tests.phone.transport import NoAnswer
from tests.phone.wire import Json, moment

MOST_CALLS: Final = 50  # a round stays under the sixty calls a minute
MOST_WALKS: Final = 3
EVERY: Final = 900  # seconds, while no config says otherwise
CONFIG_EVERY: Final = 86_400
SIGN_OF_LIFE: Final = timedelta(days=1)  # directives and the lease come with a push alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a round came to. Done means: nothing unsent, and the rows are proved."""

    is_done: bool
    unsent: int
    wait: int  # seconds until the next round
    stopped_by: Do | None = None
    code: str = ""
    files: int = 0  # that the server has not stored yet: data never wait for them


@dataclass(slots=True)
class _Round:
    """What one round has learnt so far."""

    most_ops: int | None = None
    only_sends: bool = False
    has_asked_config: bool = False  # one that fails keeps nothing else from this round
    walks: int = 0
    batch: list[Kept] = field(default_factory=list)
    end: Outcome | None = None  # of the data: what is left of the round carries files
    asked: set[str] = field(default_factory=set)


class Sync:
    """One agent's phone and the server."""

    def __init__(self, exchange: Exchange, outbox: Outbox, book: Book, files: Files) -> None:
        self.exchange = exchange
        self.store = exchange.store
        self.outbox = outbox
        self.book = book
        self.lost = Lost(self.store, outbox)
        self.files = files
        self.sending = Sending(exchange, outbox, files)
        self.fetching = Fetching(exchange, book)
        self.carrying = Carrying(exchange, files, book)
        self.waits = Waits()
        self.failures = 0

    def once(self) -> Outcome:
        """One round, of as many calls as a minute allows."""
        this = _Round()
        for _ in range(MOST_CALLS):
            try:
                end = self._step(this)
            except Refused as refused:
                end = self._refused(refused, this)
            except NoAnswer:
                self.lost.note_silence(this.batch)
                end = self._later()
            if end is not None:
                return end
        return this.end or self._stopped(Do.WAIT, wait=self.waits.first)

    def _step(self, this: _Round) -> Outcome | None:
        """The next call that makes sense; an outcome when there is none left."""
        if this.end is not None:
            return self._carry(this.end, this)
        if self.lost.is_wiped or self.store.fact("token") is None:
            return self._stopped(Do.OBEY if self.lost.is_wiped else Do.LOG_IN)
        if self.store.fact("must_compare") and not self.lost.drains:
            self._compare_places()
            return None
        this.batch = self.sending.batch(most_ops=this.most_ops)
        if this.batch:
            return self._push(this)
        if not self.lost.drains:
            return self._look(this)
        if not self.carrying.step(this.asked):  # what the line takes now; the order does not wait
            self.lost.go_on(now=self.exchange.clock())
        return None

    def _look(self, this: _Round) -> Outcome | None:
        """Everything is sent: what has the server to say?"""
        if self._lacks_config(this):
            self._refresh_config(this)
            return None
        if self._owes_a_sign_of_life():
            return self._push(this)
        if this.only_sends:
            return self._carry(self._stopped(Do.ONLY_SEND, wait=self._every()), this)
        return self._fetched(self.fetching.page(), this)

    def _refresh_config(self, this: _Round) -> None:
        """The configuration; where the server fails to make it, the old one serves."""
        this.has_asked_config = True
        try:
            self.fetching.config()
        except Refused as refused:
            if refused.code != "internal":
                raise

    def _push(self, this: _Round) -> Outcome | None:
        is_all = len(this.batch) == len(self.outbox.open_ops())
        with_page = is_all and not this.only_sends and not self.lost.drains
        asked_with = self.book.cursor
        pushed = self.sending.push(this.batch, pull=self.fetching.wanted() if with_page else None)
        self.failures = 0
        self.store.remember(fix_clock=None, update_app=None)
        for order in pushed.body["directives"]:
            self._obey(order)
        if pushed.retry_after is not None:
            return self._stopped(Do.WAIT, wait=pushed.retry_after)
        if this.batch and not pushed.answered:
            return self._later()  # no progress: never the same at once again
        if not this.batch and pushed.body["next_seq"] < self.outbox.next_seq():
            self._doubt()  # a restored server, heard of without a page
        if with_page and "pull" in pushed.body:
            return self._page_of(pushed, asked_with, this)
        return None

    def _page_of(self, pushed: Pushed, asked_with: str | None, this: _Round) -> Outcome | None:
        """The page that came with a push; what is wrong with it is no fault of the push."""
        page = pushed.body["pull"]
        if "problem" in page:
            problem = page["problem"] or {}
            status, after = int(problem.get("status", 500)), problem.get("retry_after")
            return self._refused(Refused(problem, status=status, retry_after=after), this)
        return self._fetched(self.fetching.take(page, asked_with=asked_with), this)

    def _fetched(self, fetched: Fetched, this: _Round) -> Outcome | None:
        self.failures = 0
        if fetched.is_of_another_history:
            self._doubt()
        if not fetched.is_last:
            return None
        if not fetched.agrees:
            return self._walk(this, "digest")
        if self.book.cursor is None or self.outbox.open_ops() or self._lacks_config(this):
            return None  # a walk was ordered, something was captured meanwhile, or lacks
        self._tidy()
        if self.outbox.ask_again(now=self.exchange.present):
            return None
        wait = fetched.next_sync_after or self._every()
        return self._carry(Outcome(is_done=True, unsent=0, wait=wait), this)

    def _carry(self, end: Outcome, this: _Round) -> Outcome | None:
        """The data are done: one more call for a file, or the end of the round."""
        if self.carrying.step(this.asked):
            this.end = end
            return None
        left = len(self.files.unfinished())
        if not left or end.stopped_by is Do.WAIT:  # sooner than it said nobody comes again
            return replace(end, files=left)
        soon = self.waits.after(max(self.carrying.failures - 1, 0))
        return replace(end, files=left, wait=min(end.wait, soon))

    def _refused(self, refused: Refused, this: _Round) -> Outcome | None:
        """Follow the advice of a refusal; None: the round goes on."""
        advice = refused.advice
        if advice is Do.WAIT:
            end = self._later(refused)
            return end if self.outbox.open_ops() else self._carry(end, this)
        if advice is Do.LOG_IN and self.lost.was_heard(this.batch):
            self.store.wipe()
            return None
        if advice in {Do.LOG_IN, Do.REPORT}:
            return self._stopped(advice, code=refused.code)
        if advice is Do.WALK:
            if refused.code == "epoch_changed":
                self._doubt()
            return self._walk(this, refused.code)
        if advice is Do.HALVE:
            return self._halve(this, refused)
        return self._mend(refused, this)

    def _mend(self, refused: Refused, this: _Round) -> Outcome | None:
        """The rarer refusals, each with a repair of its own."""
        problem = refused.problem
        if refused.advice is Do.RESEND:
            self.outbox.reopen_from(int(problem["expected_seq"]), now=self.exchange.clock())
            self.files.doubt()
        elif refused.advice is Do.BEGIN_ANEW:
            self._begin_anew()
        elif refused.advice is Do.ONLY_SEND:
            self.store.remember(update_app=problem if "min" in problem else None)
            this.only_sends = True
        elif refused.advice is Do.OBEY:
            self.lost.obey(problem.get("wipe"))
            return None if self.lost.drains else self._stopped(Do.OBEY, code=refused.code)
        elif self.store.fact("plain"):
            return self._stopped(Do.REPORT, code=refused.code)
        else:
            self.store.remember(plain=True)
        return None

    def _doubt(self) -> None:
        """The server was restored: what it had since its backup it may have no more.

        So places are compared, files asked for, and config and pool of codes fetched anew.
        """
        self.files.doubt()
        self.outbox.doubt()
        self.store.remember(must_compare=True, epoch=None, config_read_at=None, codes_of=None)

    def _compare_places(self) -> None:
        """After a login and a restore: does the server stand where this outbox stands?"""
        standing = read(self.exchange.call("GET", SYNC))
        self.store.remember(must_compare=None)
        if standing["next_seq"] > self.outbox.next_seq():
            self._begin_anew()  # this storage is an older copy of another one
        elif standing["next_seq"] < self.outbox.next_seq():
            self.outbox.reopen_from(standing["next_seq"], now=self.exchange.clock())

    def _begin_anew(self) -> None:
        """Another installation, and a login for it; the ids of what is unsent stay."""
        with self.store.transaction():
            self.outbox.begin_anew(str(uuid.uuid4()))
            self.store.remember(token=None)

    def _walk(self, this: _Round, code: str) -> Outcome | None:
        this.walks += 1
        if this.walks > MOST_WALKS:
            return self._stopped(Do.REPORT, code=code)
        self.book.begin_walk()
        return None

    def _halve(self, this: _Round, refused: Refused) -> Outcome | None:
        """Send fewer; a lone operation that is too large is never sent again."""
        if not this.batch:
            return self._stopped(Do.REPORT, code=refused.code)
        if len(this.batch) == 1:
            self.outbox.give_up(this.batch[0].op_id, refused.code, now=self.exchange.clock())
        else:
            this.most_ops = len(this.batch) // 2
        return None

    def _obey(self, order: Json) -> None:
        """A directive; those that this app does not know are ignored."""
        match order.get("do"):
            case "resync":
                self.book.begin_walk()
            case "wipe" | "drain_then_wipe" as wipe:
                self.lost.obey(wipe)
            case "update_app":
                self.store.remember(update_app=dict(order))
            case "fix_clock":
                self.store.remember(fix_clock=True)
            case "refetch":
                self.store.remember(config_read_at=None)

    def _owes_a_sign_of_life(self) -> bool:
        return self._is_older(self.store.fact("pushed_at"), SIGN_OF_LIFE)

    def _lacks_config(self, this: _Round) -> bool:
        if this.has_asked_config:
            return False
        config = self.store.fact("config") or {}
        every = timedelta(seconds=config.get("intervals", {}).get("config", CONFIG_EVERY))
        return self._is_older(self.store.fact("config_read_at"), every)

    def _is_older(self, instant: str | None, span: timedelta) -> bool:
        """Whether something never was, or so long ago; what lies ahead was by another clock."""
        if instant is None:
            return True
        age = self.exchange.clock() - moment(instant)
        return not timedelta() <= age < span

    def _every(self) -> int:
        config = self.store.fact("config") or {}
        return int(config.get("intervals", {}).get("sync", EVERY))

    def _tidy(self) -> None:
        """Words from the book, before their rows go; then what need not be kept any longer.

        Of the erased nothing is.
        """
        self.outbox.hear(self.book.rows("op_result"), now=self.exchange.present)
        self.outbox.forget(now=self.exchange.present)
        self.outbox.forget_about(self.book.erased())
        self.files.forget()

    def _later(self, refused: Refused | None = None) -> Outcome:
        self.failures += 1
        asked = None if refused is None else refused.retry_after
        wait = self.waits.after(self.failures - 1) if asked is None else asked
        return self._stopped(Do.WAIT, wait=wait, code="" if refused is None else refused.code)

    def _stopped(self, by: Do, *, wait: int = 0, code: str = "") -> Outcome:
        unsent = len(self.outbox.open_ops())
        return Outcome(is_done=False, unsent=unsent, wait=wait, stopped_by=by, code=code)
