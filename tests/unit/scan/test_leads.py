"""What stands before codes."""

import pytest

from asepsis.scan.leads import is_lead


@pytest.mark.parametrize(
    "text",
    [
        ", e-mail ",
        "Phone:",
        "MRN",
        "(ext.)",
        " of ",
        "until",
        "IBAN ",
        "security number",
        "license plate",
        "</name><dob>",
    ],
)
def test_leads(text):
    assert is_lead(text)


@pytest.mark.parametrize("text", ["", "<", "the", "<b>Ann</b>", "phone 7", "plate 7", "jdoe", "e-mails to Ann", "idea"])
def test_others(text):
    assert not is_lead(text)
