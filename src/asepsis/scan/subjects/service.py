"""The resolver of a configuration."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Randomness
from asepsis.scan.subjects import sources
from asepsis.scan.subjects.config import SubjectsConfig
from asepsis.scan.subjects.resolver import RosterResolver
from asepsis.scan.subjects.roster import Member, Roster

__all__ = ["Query", "build"]

Query = Callable[[str, str], Iterable[Mapping[str, object]]]
"""Asks the database that a secret's URI names; raises ConfigError."""


def build(config: SubjectsConfig, randomness: Randomness, /, *, query: Query) -> RosterResolver | None:
    """Returns the resolver, None where there is no roster; raises ConfigError for one that can't be read."""
    if not config.roster:
        return None
    return RosterResolver(Roster(_members(config, query), randomness))


def _members(config: SubjectsConfig, query: Query) -> Iterable[Member]:
    if config.format == "csv":
        return sources.from_csv(Path(config.roster), config.columns)
    if config.format == "fhir":
        return sources.from_fhir(Path(config.roster))
    if not config.query:
        raise ConfigError("expected a query for a roster in a database", place="scan.subjects.query")
    return sources.from_rows(query(config.roster, config.query), config.columns, place="scan.subjects.query")
