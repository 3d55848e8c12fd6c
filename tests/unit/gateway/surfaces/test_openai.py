"""What the OpenAI surfaces share, and those that do not stream."""

import msgspec
import pytest

from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.openai import PlainSurface, usage

PLAIN = PlainSurface("openai.embeddings")


@pytest.mark.parametrize(
    ("block", "figures"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4}, (3, 4)),
        ({"input_tokens": 3, "output_tokens": 4}, (3, 4)),
        ({"prompt_tokens": -3, "completion_tokens": "4"}, (0, 0)),
        (None, (0, 0)),
    ],
)
def test_either_form_of_usage_is_read(block, figures):
    assert usage({"usage": block}) == figures


def test_a_denial_has_the_shape_that_the_official_client_reads():
    error = msgspec.json.decode(PLAIN.denial(403, "asepsis_denied", "denied", "e1"))["error"]
    assert error == {
        "message": "denied",
        "type": "asepsis_error",
        "param": None,
        "code": "asepsis_denied",
        "event": "e1",
    }


def test_a_denial_is_raised_by_the_official_client_with_its_code():
    import httpx
    import openai

    body = msgspec.json.decode(PLAIN.denial(403, "asepsis_denied", "denied", "e1"))
    response = httpx.Response(403, json=body, request=httpx.Request("POST", "http://one/v1"))
    error = openai.OpenAI(api_key="k", base_url="http://one")._make_status_error_from_response(response)
    assert isinstance(error, openai.PermissionDeniedError)
    assert error.code == "asepsis_denied"


def test_nothing_streams():
    with pytest.raises(Denied) as caught:
        PLAIN.dialect()
    assert caught.value.code == "gateway.stream.surface"


def test_nothing_is_kept_called_or_taken_out():
    document = {"store": True, "choices": [{"message": {"tool_calls": [{"function": {"name": "f"}}]}}]}
    assert (PLAIN.state(document), PLAIN.tools(document), PLAIN.strip(document)) == ((), [], ())
