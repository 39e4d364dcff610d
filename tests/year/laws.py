"""The laws, held to what stands in the database at the moment it was written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from publisher.model.subscriber import LOOK_BACK, Cadence
from tests.year.books import Books, Reading
from tests.year.seen import Edition, Made, Place
from tests.year.site import Paper

_SLACK = timedelta(seconds=1)
MayBe = Callable[[int], bool]  # whether a post may be in an issue


class Laws:
    """The laws of one site; what breaks them goes to the books' faults."""

    def __init__(self, books: Books, papers: dict[str, Paper]) -> None:
        self._books = books
        self._papers = papers

    # A proposal

    def proposed(self, made: Made, now: datetime, *, is_fresh: bool) -> None:
        """A draft or a held issue: it has gone to nobody; where it was composed just now, its letters are right."""
        self._books.count(f"proposals {made.state}")
        if made.deliveries:
            self._books.fault(now, f"issue {made.id} is {made.state} and has deliveries")
        if made.state == "held" and not made.why:
            self._books.fault(now, f"issue {made.id} is held, and nothing says why")
        if is_fresh:
            self._letters(made, now)

    # A release

    def released(
        self,
        made: Made,
        now: datetime,
        *,
        late_by_hand: bool,
        approved: bool,
        proposed: bool,
        only: Collection[int] | None = None,
    ) -> None:
        """An issue that goes now.

        `late_by_hand`: it goes at this moment because somebody says so; `approved`: somebody
        did so once; `proposed`: it had stood as a proposal; `only`: the posts that it was approved
        with, where it goes by that word: whoever chose other columns since gets theirs with the next one.
        """
        books, paper = self._books, self._papers[made.newsletter]
        books.count(f"issues {made.cadence}")
        books.count("letters", len(made.deliveries))
        if not late_by_hand and now - made.due > paper.assembly.grace + _SLACK:
            books.fault(now, f"issue {made.id} was due {made.due:%m-%d %H:%M}, is sent late, and nobody said so")
        if not approved and paper.assembly.approve:
            books.fault(now, f"issue {made.id} is sent, and nobody approved it")
        if not made.deliveries:
            books.fault(now, f"issue {made.id} is released to nobody")
        self._letters(made, now)
        if made.cadence == Cadence.AS_IT_HAPPENS and not late_by_hand:
            self._stood(made, now)
        through = made.through_seq if proposed else 2**63
        more = {seq for edition in made.editions.values() for seq in edition.seqs}.difference(only or ())
        if only is not None and more:
            books.fault(now, f"issue {made.id}: posts that nobody approved", seqs=sorted(more))

        def may_be_in_it(seq: int) -> bool:
            return seq <= through and (only is None or seq in only)

        for reading in books.of_newsletter[made.newsletter]:
            variant = made.deliveries.get(reading.id)
            if variant is not None:
                self._got(reading, made, made.editions[variant], may_be_in_it, now)
            elif reading.active and reading.cadence == made.cadence:
                self._got_none(reading, made, may_be_in_it, now)

    def _letters(self, made: Made, now: datetime) -> None:
        """Each letter holds its posts as they are now, each of them once, and nothing that was withdrawn."""
        books, paper = self._books, self._papers[made.newsletter]
        for edition in made.editions.values():
            stories = [books.stories[seq] for seq in edition.seqs]
            wanted = tuple((story.seq, story.version) for story in stories)
            for told in (edition.in_text, edition.in_html):
                if told is None and made.state != "held":
                    books.fault(now, f"issue {made.id}: there is no letter", seqs=edition.seqs)
                if told is not None and sorted(told) != sorted(wanted):
                    books.fault(now, f"issue {made.id}: the letter tells {told}, not {wanted}", seqs=edition.seqs)
            if len(set(edition.seqs)) != len(edition.seqs):
                books.fault(now, f"issue {made.id}: a post stands twice in a letter", seqs=edition.seqs)
            bad = [s.seq for s in stories if s.withdrawn or not s.mailable or s.column not in paper.columns]
            if bad:
                books.fault(now, f"issue {made.id}: withdrawn, archive, or of no column of this newsletter", seqs=bad)
            if len(edition.seqs) > paper.assembly.maximum:
                books.fault(now, f"issue {made.id}: {len(edition.seqs)} posts in a letter", seqs=edition.seqs)
            if made.is_of_one and edition.seqs != (int(made.slot),):
                books.fault(now, f"issue {made.id}: not of post {made.slot} alone", seqs=edition.seqs)

    def _stood(self, made: Made, now: datetime) -> None:
        quiet = self._papers[made.newsletter].assembly.quiet
        held = {seq for edition in made.editions.values() for seq in edition.seqs}
        early = [seq for seq in held if now - self._books.stories[seq].stood_since < quiet - _SLACK]
        if early:
            self._books.fault(now, f"issue {made.id}: it did not wait until its post had stood {quiet}", seqs=early)

    def _got(self, reading: Reading, made: Made, edition: Edition, may_be_in_it: MayBe, now: datetime) -> None:
        books, assembly = self._books, self._papers[made.newsletter].assembly
        seqs = edition.seqs
        if not reading.active or reading.cadence != made.cadence:
            books.fault(now, f"issue {made.id} goes to somebody who does not want it", reading=reading)
        twice = [seq for seq in seqs if seq in reading.had]
        if twice:
            books.fault(now, f"issue {made.id}: had already", reading=reading, seqs=twice)
        foreign = [seq for seq in seqs if books.stories[seq].column not in reading.columns]
        if foreign:
            books.fault(now, f"issue {made.id}: of a column that was not chosen", reading=reading, seqs=foreign)
        old = [seq for seq in seqs if seq not in reading.must and not self._may(reading, seq)]
        if old:
            books.fault(now, f"issue {made.id}: no news when this reader joined", reading=reading, seqs=old)
        if made.cadence != Cadence.AS_IT_HAPPENS:
            if 0 < len(seqs) < assembly.minimum or (assembly.skip_empty and not seqs):
                books.fault(now, f"issue {made.id}: a letter of {len(seqs)} posts", reading=reading, seqs=seqs)
            self._nothing_passed_over(reading, made, seqs, may_be_in_it, now)
        reading.was_full = len(seqs) >= assembly.maximum
        books.had_posts(reading, seqs, made.id, now)

    def _may(self, reading: Reading, seq: int) -> bool:
        """Young enough that a reader may be told it who joined, came back, or chose its column later."""
        return self._books.stories[seq].first_seen >= reading.since - max(LOOK_BACK[reading.cadence], reading.look_back)

    def _nothing_passed_over(
        self, reading: Reading, made: Made, seqs: tuple[int, ...], may_be_in_it: MayBe, now: datetime
    ) -> None:
        """What is not in the letter is younger than all that is, and there was no more room."""
        waiting = [seq for seq in reading.must if may_be_in_it(seq) and seq not in seqs]
        if waiting and (len(seqs) < self._papers[made.newsletter].assembly.maximum or min(waiting) < max(seqs)):
            self._books.fault(now, f"issue {made.id}: passed over", reading=reading, seqs=sorted(waiting))

    def _got_none(self, reading: Reading, made: Made, may_be_in_it: MayBe, now: datetime) -> None:
        """Who gets no letter has less news than is enough for one."""
        assembly = self._papers[made.newsletter].assembly
        if made.cadence == Cadence.AS_IT_HAPPENS:
            waiting = reading.must & {seq for edition in made.editions.values() for seq in edition.seqs}
            enough = 1
        else:
            waiting = set(filter(may_be_in_it, reading.must))
            enough = assembly.minimum
        if len(waiting) >= enough:
            self._books.fault(now, f"issue {made.id}: left out", reading=reading, seqs=sorted(waiting))
        elif waiting:
            self._books.count("waited for its minimum")
        elif not waiting and not assembly.skip_empty and not reading.must and made.cadence != Cadence.AS_IT_HAPPENS:
            self._books.fault(now, f"issue {made.id}: is not told that nothing is new", reading=reading)

    # No issue

    def nothing_made(self, newsletter: str, cadence: Cadence, now: datetime) -> None:
        """A slot without an issue: nobody had enough news for a letter."""
        assembly = self._papers[newsletter].assembly
        self._books.count("slots without an issue")
        for reading in self._books.of_newsletter[newsletter]:
            if reading.active and reading.cadence == cadence and len(reading.must) >= assembly.minimum:
                self._books.fault(now, f"{newsletter} {cadence}: no issue", reading=reading, seqs=sorted(reading.must))

    def singles_made(self, newsletter: str, excused: Callable[[], set[int]], now: datetime) -> None:
        """After a look at what goes as it happens: nobody waits for a post that stood for its quiet time.

        `excused` are those that stand in a proposal, or in one that somebody cancelled.
        """
        quiet = self._papers[newsletter].assembly.quiet
        for reading in self._books.of_newsletter[newsletter]:
            if reading.active and reading.cadence is Cadence.AS_IT_HAPPENS and reading.must:
                stories = [self._books.stories[seq] for seq in reading.must]
                ready = {story.seq for story in stories if now - story.stood_since > quiet + _SLACK}
                if ready and (late := ready - excused()):
                    self._books.fault(now, "stood for its quiet time, and is not sent", reading=reading, seqs=late)

    # At any time

    def places(self, places: Mapping[int, Place], excused: Callable[[str], set[int]], now: datetime) -> None:
        """Where the database has each reader in the news: nothing that must still come counts as had."""
        kept_back = {newsletter: excused(newsletter) for newsletter in self._papers}
        for reading in self._books.readings.values():
            place = places[reading.id]
            if list(place.ahead) != sorted({seq for seq in place.ahead if seq > place.seen_seq}):
                self._books.fault(now, f"a place in the news that cannot be: {place}", reading=reading)
            gone = {seq for seq in reading.must if seq <= place.seen_seq or seq in place.ahead}
            if reading.cadence is Cadence.AS_IT_HAPPENS:
                gone -= kept_back[reading.newsletter]
            if reading.active and gone:
                self._books.fault(now, f"counts as had and was not, by {place}", reading=reading, seqs=sorted(gone))
            self._books.counts["longest place"] = max(self._books.counts.get("longest place", 0), len(place.ahead))

    # The end

    def at_the_end(self, excused: Callable[[str], set[int]], now: datetime) -> None:
        """When no post came for a while and all is approved, nothing waits but by minimum or maximum."""
        for reading in self._books.readings.values():
            must, enough = reading.must, self._papers[reading.newsletter].assembly.minimum
            if reading.cadence is Cadence.AS_IT_HAPPENS:
                must, enough = must - excused(reading.newsletter), 1
            if reading.active and len(must) >= enough and not reading.was_full:
                self._books.fault(now, "never came", reading=reading, seqs=sorted(must)[:10])
