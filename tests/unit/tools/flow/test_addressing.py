import pytest

from asepsis.tools.flow.addressing import addressed, addressees


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("forward the lab results to our medical director", {"director"}),
        ("send my boss a summary of the fax", {"boss"}),
        ("mail it to the care team and to her attorney.", {"team", "attorney"}),
        ("send it to the sender of the fax", {"sender"}),
        ("mail the doctor who sent it that we have it", set()),
        ("send it to ann@plan.test", set()),
        ("add it to the file", set()),
        ("credit it to the account", set()),
        ("send them what we know", set()),
    ],
)
def test_who_is_written_to_by_what_they_are(said, found):
    assert addressees(said) == found


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("send omar haddad a message about ana ruiz", "omar haddad"),
        ("send ana ruiz's claims to omar haddad", "omar haddad"),
        ("send the report of ana ruiz to omar haddad", "omar haddad"),
        ("send omar haddad the address of ana ruiz", "omar haddad"),
        ("tell omar haddad whether ana ruiz is covered", "omar haddad"),
        ("mail ana ruiz and omar haddad", "ana ruiz omar haddad"),
        ("notify ana ruiz's supervisor", ""),
    ],
)
def test_who_is_written_to_is_not_whom_it_is_about(text, who):
    said = addressed(text)
    assert [name for name in ("ana", "ruiz", "omar", "haddad") if name in said] == who.split()


@pytest.mark.parametrize("text", ["tell compliance about it", "send the fax to legal", "warn everyone about the fax"])
def test_an_office_is_whoever_it_is_and_nobody_by_name(text):
    assert len(addressees(text)) == 1
