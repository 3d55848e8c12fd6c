from asepsis.core.ports import Said
from asepsis.ledger.sealing.files import segments_of
from asepsis.ledger.sealing.keyring import DAY_MS
from asepsis.ledger.sealing.retention import CONTENT, SCHEDULE, cutoff, sweep

DAY = 86_400_000


class Keys:
    """Keys by their days; `held` days stay."""

    def __init__(self, rows, held=()):
        self.rows = rows
        self.held = set(held)

    def expire(self, record, day, /, *, tenant):
        assert (record, tenant) == (CONTENT, "t")
        old = [one for one, row in self.rows.items() if row.day < day]
        gone = [one for one in old if self.rows[one].day not in self.held]
        for one in gone:
            del self.rows[one]
        return len(gone), len(old) - len(gone)

    def oldest(self, *, tenant):
        return min((row.day for row in self.rows.values()), default=None)


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
    assert cutoff(30, kit.clock) == kit.clock.now() // DAY - 30
