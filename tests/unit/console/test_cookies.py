"""The console's cookies."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from asepsis.console import oidc
from asepsis.console.cookies import Cookies
from asepsis.testing.randomness import SeededRandomness

BEGUN = oidc.begin(SeededRandomness(), 5, path="/x", again=True)


def cookies(address="http://127.0.0.1:8081", key=b"k" * 32):
    return Cookies(address, key, SeededRandomness())


def carried(answer):
    """A request of a browser that got an answer's cookies."""
    pairs = "; ".join(value.decode().split(";")[0] for name, value in answer.raw_headers if name == b"set-cookie")
    return Request({"type": "http", "headers": [(b"cookie", pairs.encode())]})


@pytest.mark.parametrize(
    ("address", "name", "secure"),
    [("https://console.example", "__Host-asepsis-session", True), ("http://127.0.0.1:8081", "asepsis-session", False)],
)
def test_a_cookie_is_for_this_host_alone_and_for_no_script(address, name, secure):
    answer = Response()
    cookies(address).put_session(answer, "secret")
    said = answer.headers["set-cookie"]
    assert said.startswith(f"{name}=secret;")
    assert {"httponly", "path=/", "samesite=lax"} <= {one.strip().lower() for one in said.split(";")}
    assert ("Secure" in said, "Domain" in said, "Max-Age" in said) == (secure, False, False)
    assert cookies(address).session(carried(answer)) == "secret"


def test_a_sign_in_is_kept_sealed():
    answer = Response()
    cookies().put_begun(answer, BEGUN, seconds=600)
    assert BEGUN.verifier not in answer.headers["set-cookie"]
    assert cookies().begun(carried(answer)) == BEGUN
    assert cookies(key=b"x" * 32).begun(carried(answer)) is None


@pytest.mark.parametrize("value", ["", "x", "é", "A" * 5000, "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_what_was_not_sealed_here_is_none(value):
    header = f"asepsis-sign-in={value}".encode()
    assert cookies().begun(Request({"type": "http", "headers": [(b"cookie", header)]})) is None


def test_a_cookie_can_be_taken_back():
    answer = Response()
    cookies().drop(answer, "session")
    assert "Max-Age=0" in answer.headers["set-cookie"]
