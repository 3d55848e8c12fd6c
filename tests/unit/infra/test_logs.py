"""Logs: one line, and of a foreign exception never its message."""

import io
import json
import logging

import pytest

from asepsis.core.errors import InputError
from asepsis.infra import logs

PHI = "078-05-1120"


@pytest.fixture
def stream():
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions
    yield io.StringIO()
    root.handlers[:], root.level, logging.raiseExceptions = before


class Terminal(io.StringIO):
    def isatty(self):
        return True


def fail():
    try:
        raise ValueError(f"cannot parse {PHI}")  # noqa: TRY301 a foreign error, raised where it is met
    except ValueError as error:
        raise InputError("expected a number", place="body") from error


def log_failure():
    try:
        fail()
    except InputError:
        logging.getLogger("asepsis.gateway").exception("call failed", extra={"fields": {"call": "c1", "size": 3}})


def test_a_record_is_one_line_of_json(stream):
    logs.set_up(stream=stream)
    logging.getLogger("asepsis.x").info("ready on %s", "a\nb", extra={"fields": {"port": 1}})
    line = json.loads(stream.getvalue())
    assert stream.getvalue().count("\n") == 1
    assert (line["level"], line["logger"], line["message"], line["port"]) == ("info", "asepsis.x", "ready on a b", 1)


def test_of_an_exception_type_code_and_places_are_written(stream):
    logs.set_up(stream=stream)
    log_failure()
    ours, foreign = json.loads(stream.getvalue())["exception"]
    assert (ours["type"], ours["code"]) == ("asepsis.core.errors.InputError", "input")
    assert ours["message"] == "body: expected a number"
    assert foreign["type"] == "builtins.ValueError"
    assert all(":" in frame for frame in foreign["frames"])
    assert PHI not in stream.getvalue()


def test_on_a_terminal_people_read_lines():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = Terminal()
    logs.set_up(stream=stream)
    try:
        log_failure()
    finally:
        root.handlers[:], root.level = before
    assert "error   asepsis.gateway: call failed  call=c1  size=3" in stream.getvalue()
    assert "InputError input: body: expected a number" in stream.getvalue()
    assert PHI not in stream.getvalue()


def test_the_arguments_of_other_libraries_are_not_written(stream):
    logs.set_up(stream=stream)
    logging.getLogger("aiohttp.client").warning("bad header %r", PHI)
    logging.getLogger("other").warning(f"bad {PHI}")  # noqa: G004 what careless libraries do
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["message"] == "bad header %r"
    assert second["message"] == "a message of other"
    assert PHI not in stream.getvalue()


def test_fields_that_json_does_not_know_are_named_by_type(stream):
    logs.set_up(stream=stream)
    logging.getLogger("asepsis").warning("odd", extra={"fields": {"thing": object()}})
    assert json.loads(stream.getvalue())["thing"] == "object"


def test_a_group_shows_what_it_holds():
    said = logs.describe(ExceptionGroup(PHI, [ValueError(PHI), InputError("expected x")]))
    assert [inner[0]["type"] for inner in said[0]["inner"]] == ["builtins.ValueError", "asepsis.core.errors.InputError"]
    assert PHI not in json.dumps(said)


def test_a_circle_of_causes_ends():
    one, two = ValueError(), TypeError()
    one.__cause__, two.__cause__ = two, one
    assert [said["type"] for said in logs.describe(one)] == ["builtins.ValueError", "builtins.TypeError"]


def test_below_the_level_nothing_is_written(stream):
    logs.set_up(level="warning", stream=stream)
    logging.getLogger("asepsis").info("quiet")
    assert stream.getvalue() == ""
    with pytest.raises(ValueError, match="LOUD"):
        logs.set_up(level="loud", stream=stream)
