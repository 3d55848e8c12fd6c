"""Who answers for a group at a time."""

from datetime import UTC, datetime

import pytest

from asepsis.core.errors import ConfigError
from asepsis.policy.config import Shift
from asepsis.policy.rota import Rota, check_shifts


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("more", "moment", "there"),
    [
        ({}, "2026-11-27T12:00", True),
        ({"first": "2026-11-27", "last": "2026-11-27"}, "2026-11-27T23:59", True),
        ({"first": "2026-11-28"}, "2026-11-27T23:59", False),
        ({"last": "2026-11-26"}, "2026-11-27T00:00", False),
        ({"days": ("fri",)}, "2026-11-27T12:00", True),
        ({"days": ("sat", "sun")}, "2026-11-27T12:00", False),
        ({"hours": "08:00-18:00"}, "2026-11-27T08:00", True),
        ({"hours": "08:00-18:00"}, "2026-11-27T18:00", False),
        ({"hours": "08:00-18:00"}, "2026-11-27T07:59", False),
        ({"hours": "22:00-06:00"}, "2026-11-27T23:00", True),
        ({"hours": "22:00-06:00"}, "2026-11-27T12:00", False),
        ({"hours": "22:00-06:00", "days": ("fri",)}, "2026-11-28T05:59", True),
        ({"hours": "22:00-06:00", "days": ("fri",)}, "2026-11-27T05:59", False),
        ({"hours": "22:00-06:00", "last": "2026-11-27"}, "2026-11-28T05:00", True),
    ],
)
def test_a_shift_covers_its_time(more, moment, there):
    rota = Rota((Shift("privacy", "corp:sue", **more), Shift("medical", "corp:eve")))
    assert rota.groups("corp:sue", at(moment)) == ({"privacy"} if there else set())
    assert rota.on_duty("privacy", at(moment)) == (("corp:sue",) if there else ())


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"group": ""}, "group"),
        ({"principal": ""}, "principal"),
        ({"first": "27.11.2026"}, "first"),
        ({"last": "2026-13-01"}, "last"),
        ({"hours": "8-18"}, "hours"),
        ({"hours": "08:00"}, "hours"),
        ({"hours": "25:00-26:00"}, "hours"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(more, field):
    with pytest.raises(ConfigError) as caught:
        check_shifts((Shift(**{"group": "g", "principal": "p", **more}),))
    assert caught.value.place == f"policy.rota[0].{field}"
