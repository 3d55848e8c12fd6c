from asepsis.core.ports import Said
from asepsis.ledger.sealing.files import segments_of
from asepsis.ledger.sealing.keyring import DAY_MS
from asepsis.ledger.sealing.retention import SCHEDULE, cutoffs, sweep

DAY = 86_400_000


class Keys:
    """Keys by their days; `held` days stay."""

    def __init__(self, rows, held=()):
        self.rows = rows
        self.held = set(held)

    def expire(self, record, day, /, *, tenant):
        assert tenant == "t"
        old = [one for one, row in self.rows.items() if row.record == record and row.day < day]
        gone = [one for one in old if self.rows[one].day not in self.held]
        for one in gone:
            del self.rows[one]
        return len(gone), len(old) - len(gone)

    def records(self, *, tenant):
        return [row.record for row in self.rows.values()]

    def days(self, before, /, *, tenant):
        return {row.day for row in self.rows.values() if row.day < before}


def test_content_goes_a_day_at_a_time_and_its_files_with_it(kit):
    for number in range(3):
        kit.keep(f"e{number}", Said("a", "user", "x", ("ann",)))
        kit.clock.advance(milliseconds=DAY)
        kit.keyring.renew()
    keys = Keys(kit.keys.rows)
    assert sweep(keys, kit.root, "t", days=30, clock=kit.clock) == (0, 0, 0)
    assert sweep(keys, kit.root, "t", days=2, clock=kit.clock) == (1, 0, 1)
    assert len(list(segments_of(kit.root, "t"))) == 2
    kit.clock.advance(milliseconds=10 * DAY)
    assert sweep(keys, kit.root, "t", days=2, clock=kit.clock) == (2, 0, 2)


def test_files_of_days_with_held_keys_stay(kit):
    held = kit.clock.now() // DAY_MS
    for number in range(2):
        kit.keep(f"e{number}", Said("a", "user", "x", ("ann",)))
        kit.clock.advance(milliseconds=DAY)
        kit.keyring.renew()
    kit.clock.advance(milliseconds=10 * DAY)
    assert sweep(Keys(kit.keys.rows, {held}), kit.root, "t", days=2, clock=kit.clock) == (1, 1, 0)
    assert len(list(segments_of(kit.root, "t"))) == 2


def test_the_schedule_cites_why(kit):
    assert {one.name for one in SCHEDULE} == {"decision", "custody", "content", "token"}
    assert all("CFR" in one.why for one in SCHEDULE)


def test_each_type_of_content_has_its_own_time_and_what_is_not_known_has_none(kit):
    today = kit.clock.now() // DAY
    assert cutoffs([], days=30, clock=kit.clock) == [("content", 30, today - 30)]
    assert cutoffs(["document", "content.1d"], days=30, clock=kit.clock) == [
        ("content", 30, today - 30),
        ("content.1d", 1, today - 1),
    ]


def test_a_body_goes_when_its_own_time_is_over_and_its_file_when_all_are(kit):
    for record in ("content", "content.1d", "content.9d", "content.1d+", "document"):
        kit.keep(record, Said("a", "user", "x", ("ann",)), record=record)
    keys, files = Keys(kit.keys.rows), lambda: len(list(segments_of(kit.root, "t")))
    left = lambda: sorted(one.record for one in keys.rows.values())  # noqa: E731 asked again and again
    kit.clock.advance(milliseconds=2 * DAY)
    assert sweep(keys, kit.root, "t", days=4, clock=kit.clock) == (1, 0, 0)
    assert left() == ["content", "content.1d+", "content.9d", "document"]
    kit.clock.advance(milliseconds=3 * DAY)
    kit.keyring.renew()
    kit.keep("later", Said("a", "user", "x", ("ann",)), record="content.1d")
    assert sweep(keys, kit.root, "t", days=4, clock=kit.clock) == (2, 0, 0)
    assert left() == ["content.1d", "content.9d", "document"]
    kit.clock.advance(milliseconds=5 * DAY)
    del keys.rows[next(one for one, row in keys.rows.items() if row.record == "document")]
    assert sweep(keys, kit.root, "t", days=4, clock=kit.clock) == (2, 0, 2)
    assert (left(), files()) == ([], 0)


def test_a_file_of_a_day_between_goes_while_an_older_one_is_still_read(kit):
    for record in ("content.99d", "content", "content"):
        kit.keep(record, Said("a", "user", "x", ("ann",)), record=record)
        kit.clock.advance(milliseconds=2 * DAY)
        kit.keyring.renew()
    kit.clock.advance(milliseconds=9 * DAY)
    assert sweep(Keys(kit.keys.rows), kit.root, "t", days=2, clock=kit.clock) == (2, 0, 2)
    assert len(list(segments_of(kit.root, "t"))) == 1
