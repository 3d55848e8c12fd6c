from asepsis.testing.keys import NamedKeys


def test_a_name_gives_one_key_and_another_name_another():
    keys = [
        NamedKeys().key("a", tenant="t"),
        NamedKeys().key("b", tenant="t"),
        NamedKeys().key("a", tenant="u"),
        NamedKeys("other").key("a", tenant="t"),
    ]
    assert len(set(keys)) == 4
    assert all(len(key) == 32 for key in keys)
    assert NamedKeys().key("a", tenant="t") == keys[0]
