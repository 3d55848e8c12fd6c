"""The settings of the roster."""

from typing import Literal

import msgspec

__all__ = ["Columns", "SubjectsConfig"]


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which columns of a CSV file or a query hold what; one that is not there is left out, but for `member`."""

    member: str = "member_id"
    mrn: str = "mrn"
    ssn: str = "ssn"
    plan: tuple[str, ...] = ("member_id", "subscriber_id", "mbi")
    given: str = "first_name"
    family: str = "last_name"
    born: str = "birth_date"


class SubjectsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The roster that subjects are resolved by: a path, or for `sql` the URI of a secret that holds a database's URL.

    Empty resolves nobody. `query` is what is asked of a database.
    """

    roster: str = ""
    format: Literal["csv", "fhir", "sql"] = "csv"
    query: str = ""
    columns: Columns = Columns()
