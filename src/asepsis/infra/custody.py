"""The keys of whoever sealed bodies are about, and the legal holds on them, in the control database.

INVARIANT: a key is destroyed in the transaction that looks for holds and that writes the Event: one that is held, or
that wraps together with one that is held, is never destroyed, whoever asks and whatever else happens meanwhile.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from asepsis.core.errors import Unavailable
from asepsis.core.events import BodiesErased, BodiesExpired, HoldReleased, HoldSet, Payload
from asepsis.infra.histories import forget
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ALL, Hold, OwnerKey
from asepsis.infra.tables import HOLD, OPENING, OWNER_GROUP, OWNER_KEY
from asepsis.infra.upsert import insert

__all__ = ["CustodyRows", "Destroyed"]

_DAY_MS: Final = 86_400_000
_GROUP: Final = 16
_MOST_VALUES: Final = 500
"""SQLite takes some hundred values in one query."""

# Asked for each batch of bodies: made once.
_THERE: Final = (
    sa.select(sa.func.count())
    .select_from(OWNER_KEY)
    .where(
        OWNER_KEY.c.tenant == sa.bindparam("tenant"),
        OWNER_KEY.c.key.in_(sa.bindparam("keys", expanding=True)),
    )
)


class Destroyed(NamedTuple):
    """How many keys were destroyed, and how many stayed because they are held."""

    keys: int
    held: int


class CustodyRows:
    """The key store; safe with threads and processes, each call is one transaction."""

    def __init__(self, engine: sa.Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox

    def add(self, keys: Sequence[OwnerKey], groups: Iterable[tuple[str, tuple[bytes, ...]]], /) -> None:
        """Adds keys, and the groups of keys that wrap together; raises Unavailable."""
        members = [{"tenant": tenant, "group": _name(ids), "key": one} for tenant, ids in groups for one in ids]
        try:
            with self._engine.begin() as connection:
                if keys:
                    connection.execute(sa.insert(OWNER_KEY), [_fields(one) for one in keys])
                if members:
                    if connection.dialect.name == "postgresql":
                        # Beside `_alone`: what destroys keys either sees the group or was before it, and not half.
                        connection.exec_driver_sql("LOCK TABLE legal_hold IN ROW EXCLUSIVE MODE")
                    connection.execute(insert(connection, OWNER_GROUP).on_conflict_do_nothing(), members)
        except (exc.DBAPIError, Unavailable) as error:
            raise Unavailable("cannot store the keys of sealed bodies", code="sealing_keys") from error

    def lacks(self, keys: Mapping[str, Collection[bytes]], /) -> bool:
        """Whether one of some keys is not there, by the tenants that have them; raises Unavailable."""
        try:
            with self._engine.connect() as connection:
                return any(_there(connection, tenant, some) < len(some) for tenant, some in keys.items())
        except (exc.DBAPIError, Unavailable) as error:
            raise Unavailable("cannot look for the keys of sealed bodies", code="sealing_keys") from error

    def get(self, keys: Sequence[bytes], /, *, tenant: str) -> dict[bytes, OwnerKey]:
        """Returns those of the keys that are there, by their ids."""
        found: dict[bytes, OwnerKey] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(keys), _MOST_VALUES):
                some = OWNER_KEY.c.key.in_(keys[start : start + _MOST_VALUES])
                query = sa.select(OWNER_KEY).where(OWNER_KEY.c.tenant == tenant, some)
                found.update((row["key"], OwnerKey(**row)) for row in connection.execute(query).mappings())
        return found

    def page(self, after: bytes, most: int, /, *, tenant: str) -> list[tuple[bytes, bytes]]:
        """Returns up to so many keys with ids above one, in their order: id, and window key wrapped."""
        query = sa.select(OWNER_KEY.c.key, OWNER_KEY.c.via).where(OWNER_KEY.c.tenant == tenant, OWNER_KEY.c.key > after)
        with self._engine.connect() as connection:
            return [(row.key, row.via) for row in connection.execute(query.order_by(OWNER_KEY.c.key).limit(most))]

    def rewrap(self, changes: Sequence[tuple[bytes, bytes, bytes]], /, *, tenant: str) -> int:
        """Changes how the windows of keys are wrapped, from one to another, where they still are; returns how many."""
        here = (OWNER_KEY.c.tenant == tenant, OWNER_KEY.c.key == sa.bindparam("which"))
        statement = sa.update(OWNER_KEY).where(*here, OWNER_KEY.c.via == sa.bindparam("before"))
        done = 0
        with self._engine.begin() as connection:
            for key, before, after in changes:
                found = connection.execute(
                    statement.values(via=sa.bindparam("after")), {"which": key, "before": before, "after": after}
                )
                done += found.rowcount
        return done

    def tell(self, told: Payload, /, *, tenant: str) -> None:
        """Has an Event told."""
        self._outbox.put(tenant, told)

    def count(self, owner: str, /, *, tenant: str) -> Destroyed:
        """Returns how many keys of an owner would be destroyed, and how many are held."""
        with self._engine.connect() as connection:
            return _count(connection, _of_owner(owner, tenant))

    def due(self, record: str, day: int, /, *, tenant: str) -> Destroyed:
        """Returns how many keys of a type of record from before a day would be destroyed, and how many are held."""
        with self._engine.connect() as connection:
            return _count(connection, _before(record, day, tenant))

    def erase(self, owner: str, told: BodiesErased, /, *, tenant: str) -> Destroyed:
        """Destroys the keys of an owner, but for those that are held, and has that told; sessions about them, too."""
        with self._alone() as connection:
            done = _destroy(connection, _of_owner(owner, tenant))
            held = sa.select(HOLD.c.hold).where(HOLD.c.tenant == tenant, HOLD.c.owner.in_((ALL, owner)))
            sessions = forget(connection, owner, tenant=tenant) if connection.execute(held).first() is None else 0
            told = BodiesErased(told.owner, done.keys, done.held, told.basis, told.by, sessions)
            self._outbox.put_with(connection, tenant, told)
            return done

    def expire(self, record: str, day: int, /, *, tenant: str) -> Destroyed:
        """Destroys the keys of a type of record from before a day, but for those that are held; told where any were."""
        with self._alone() as connection:
            done = _destroy(connection, _before(record, day, tenant))
            if done.keys:
                self._outbox.put_with(connection, tenant, BodiesExpired(record, day, done.keys, done.held))
            return done

    def records(self, *, tenant: str) -> list[str]:
        """Returns the types of record of all keys that are left."""
        # From one to the next by the index, however many keys there are.
        found: list[str] = []
        next_one = sa.select(sa.func.min(OWNER_KEY.c.record)).where(OWNER_KEY.c.tenant == tenant)
        with self._engine.connect() as connection:
            while one := connection.scalar(next_one.where(OWNER_KEY.c.record > found[-1]) if found else next_one):
                found.append(one)
        return found

    def days(self, before: int, /, *, tenant: str) -> list[int]:
        """Returns the days before a day of which keys are left, in their order."""
        query = sa.select(OWNER_KEY.c.day).where(OWNER_KEY.c.tenant == tenant, OWNER_KEY.c.day < before).distinct()
        with self._engine.connect() as connection:
            return list(connection.scalars(query.order_by(OWNER_KEY.c.day)))

    def hold(self, hold: Hold, told: HoldSet, /) -> None:
        """Sets a hold, and has it told."""
        with self._alone() as connection:
            connection.execute(sa.insert(HOLD).values({name: getattr(hold, name) for name in hold.__struct_fields__}))
            self._outbox.put_with(connection, hold.tenant, told)

    def release(self, hold: str, told: HoldReleased, /, *, tenant: str) -> bool:
        """Takes a hold away, and has it told; False where there is none of that id."""
        with self._alone() as connection:
            here = (HOLD.c.tenant == tenant, HOLD.c.hold == hold)
            gone = connection.execute(sa.delete(HOLD).where(*here)).rowcount > 0
            if gone:
                self._outbox.put_with(connection, tenant, told)
            return gone

    def again(self, told: Payload, at: int, /, *, tenant: str) -> int:
        """Does again what an Event of a time in milliseconds tells, and tells nothing; returns how many keys went.

        For keys that come from a backup: what was destroyed after it was taken is destroyed again.
        """
        with self._alone() as connection:
            if isinstance(told, BodiesErased) and told.sessions:
                forget(connection, told.owner, tenant=tenant)
            if isinstance(told, BodiesErased) and told.keys:
                made = (*_of_owner(told.owner, tenant), OWNER_KEY.c.day <= at // _DAY_MS)
                return _destroy(connection, made).keys
            if isinstance(told, BodiesExpired):
                return _destroy(connection, _before(told.record, told.day, tenant)).keys
            if isinstance(told, HoldSet):
                row = {"tenant": tenant, "hold": told.hold, "owner": told.owner, "reason": told.reason, "set_at": at}
                connection.execute(insert(connection, HOLD).values(row).on_conflict_do_nothing())
            if isinstance(told, HoldReleased):
                connection.execute(sa.delete(HOLD).where(HOLD.c.tenant == tenant, HOLD.c.hold == told.hold))
        return 0

    def holds(self, *, tenant: str) -> tuple[Hold, ...]:
        """Returns the holds, the oldest first."""
        query = sa.select(HOLD).where(HOLD.c.tenant == tenant).order_by(HOLD.c.set_at, HOLD.c.hold)
        with self._engine.connect() as connection:
            return tuple(Hold(**row) for row in connection.execute(query).mappings())

    def opens(self, reader: str, day: int, /, *, tenant: str, most: int) -> bool:
        """Counts an opening of a reader on a day; False, with nothing counted, where that were more than `most`."""
        if most < 1:
            return False
        with self._engine.begin() as connection:
            add = insert(connection, OPENING).values(tenant=tenant, reader=reader, day=day, count=1)
            statement = add.on_conflict_do_update(
                index_elements=["tenant", "reader", "day"],
                set_={"count": OPENING.c.count + 1},
                where=OPENING.c.count < most,
            )
            return connection.execute(statement.returning(OPENING.c.count)).first() is not None

    @contextmanager
    def _alone(self) -> Iterator[sa.Connection]:
        """A transaction beside which no other one sets or releases a hold, or destroys a key."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
                connection.exec_driver_sql("LOCK TABLE legal_hold IN SHARE ROW EXCLUSIVE MODE")
            yield connection


def _there(connection: sa.Connection, tenant: str, keys: Collection[bytes]) -> int:
    """Returns how many of some keys are there."""
    ids = sorted(keys)
    several = [ids[start : start + _MOST_VALUES] for start in range(0, len(ids), _MOST_VALUES)]
    return sum(connection.execute(_THERE, {"tenant": tenant, "keys": some}).scalar_one() for some in several)


def _name(ids: tuple[bytes, ...]) -> bytes:
    return hashlib.sha256(b"".join(ids)).digest()[:_GROUP]


def _of_owner(owner: str, tenant: str) -> tuple[sa.ColumnElement[bool], ...]:
    return OWNER_KEY.c.tenant == tenant, OWNER_KEY.c.owner == owner


def _before(record: str, day: int, tenant: str) -> tuple[sa.ColumnElement[bool], ...]:
    return OWNER_KEY.c.tenant == tenant, OWNER_KEY.c.record == record, OWNER_KEY.c.day < day


def _held() -> sa.ColumnElement[bool]:
    """Whether a key is held: by its owner's name, by a hold on all, or because it wraps together with one that is."""
    own = sa.exists().where(HOLD.c.tenant == OWNER_KEY.c.tenant, HOLD.c.owner.in_((ALL, OWNER_KEY.c.owner)))
    mine, other, its = OWNER_GROUP.alias("mine"), OWNER_GROUP.alias("other"), OWNER_KEY.alias("its")
    together = sa.exists().where(
        mine.c.tenant == OWNER_KEY.c.tenant,
        mine.c.key == OWNER_KEY.c.key,
        other.c.tenant == mine.c.tenant,
        other.c.group == mine.c.group,
        its.c.tenant == other.c.tenant,
        its.c.key == other.c.key,
        HOLD.c.tenant == its.c.tenant,
        HOLD.c.owner == its.c.owner,
    )
    return sa.or_(own.correlate(OWNER_KEY), together.correlate(OWNER_KEY))


def _count(connection: sa.Connection, which: tuple[sa.ColumnElement[bool], ...]) -> Destroyed:
    query = sa.select(sa.func.count()).select_from(OWNER_KEY)
    whole = connection.scalar(query.where(*which)) or 0
    held = connection.scalar(query.where(*which, _held())) or 0
    return Destroyed(whole - held, held)


def _destroy(connection: sa.Connection, which: tuple[sa.ColumnElement[bool], ...]) -> Destroyed:
    gone = connection.execute(sa.delete(OWNER_KEY).where(*which, ~_held())).rowcount
    left = sa.select(sa.func.count()).select_from(OWNER_KEY).where(*which)
    return Destroyed(gone, connection.scalar(left) or 0)


def _fields(row: OwnerKey) -> dict[str, str | bytes | int]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
