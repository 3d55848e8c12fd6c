import pytest

from asepsis.tools.flow.addressing import addressees


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
