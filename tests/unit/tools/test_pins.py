import msgspec
import pytest

from asepsis.tools.pins import definition, difference, digest_of


def drifted(tool, **fields):
    return msgspec.structs.replace(tool, **fields)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "send_message2"},
        {"description": "Sends a message. "},
        {"input_schema": {}},
        {"output_schema": {"type": "string"}},
    ],
)
def test_each_change_of_a_definition_is_another_digest_and_can_be_read(send, change):
    assert digest_of(drifted(send, **change)) != digest_of(send)
    assert difference(send, drifted(send, **change))


def test_the_order_of_keys_is_no_change(send):
    turned = dict(reversed(send.input_schema.items()))
    assert digest_of(drifted(send, input_schema=turned)) == digest_of(send)
    assert difference(send, send) == ""


def test_what_a_terminal_would_act_on_is_spelled_out(send):
    text = definition(drifted(send, description="a\x1b[2J\u200bb"))
    assert "\\u001b" in text
    assert "\\u200b" in text
