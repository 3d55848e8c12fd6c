import pytest

from asepsis.deid.field_names import spoken


@pytest.mark.parametrize(
    "name", ["birthDate", "member_id", "SSN", "priorAuthorization", "valueQuantity", "paid-amount", "family"]
)
def test_what_standards_call_fields_is_spoken_of(name):
    assert spoken(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Dana Reyes",
        "DanaReyes",
        "dana_reyes",
        "529-14-8830",
        "note2",
        "Größe",
        "",
        "x" * 65,
        "member\n",
        "id_REYES",
        "S_M_I_T_H",
        "J-O-H-N",
        "J_name_Q",
    ],
)
def test_what_may_be_anybodys_words_is_not(name):
    assert spoken(name) == "*"
