import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog import notes
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import KeyType, SigningKey
from asepsis.ledger.tlog.policies import MAX_POLICY, parse

LOG = SigningKey("example.com/log", KeyType.ED25519, bytes(32))
KEYS = {
    name: SigningKey(f"w.example/{name}", KeyType.COSIGNATURE, bytes([number] * 32))
    for number, name in enumerate(("X1", "X2", "X3", "Y1", "Y2"), 1)
}
TEXT = Checkpoint("example.com/log", 7, bytes(32)).render()


def policy(*lines):
    witnesses = [f"witness {name} {key.verifier.render()}" for name, key in KEYS.items()]
    return parse("".join(f"{line}\n" for line in (f"log {LOG.verifier.render()}", *witnesses, *lines)).encode())


TWO_LEVELS = (
    "# two owners",
    "",
    "  group X-witnesses \t 2 X1 X2 X3 ",
    "group Y-witnesses any Y1 Y2",
    "group X-and-Y all X-witnesses Y-witnesses",
    "quorum X-and-Y",
)


def note(*names, log=LOG):
    return notes.parse(notes.render(TEXT, [log.sign(TEXT), *(KEYS[name].sign(TEXT, time=9) for name in names)]))


def test_a_quorum_of_two_levels():
    found = policy(*TWO_LEVELS)
    keys = found.check(note("X1", "X3", "Y2"))
    assert keys == tuple(KEYS[name].verifier for name in ("X1", "X3", "Y2"))
    for names in ((), ("X1", "Y1"), ("X1", "X2", "X3"), ("Y1", "Y2")):
        with pytest.raises(NotTrusted):
            found.check(note(*names))


def test_one_witness_or_none():
    assert policy("quorum none").check(note()) == ()
    assert policy("quorum X2").met([KEYS["X2"].verifier])
    assert not policy("quorum X2").met([KEYS["X1"].verifier])


def test_a_log_of_the_policy_has_to_sign():
    other = SigningKey("example.com/log", KeyType.ED25519, bytes([9] * 32))
    with pytest.raises(NotTrusted):
        policy("quorum none").check(note(log=other))
    assert parse(b"quorum none\n").check(note(log=other)) == ()


def test_urls():
    text = f"log {LOG.verifier.render()} https://l\nwitness a {KEYS['X1'].verifier.render()} https://w\nquorum a\n"
    found = parse(text.encode())
    assert (found.logs[0].url, found.witnesses["a"].url) == ("https://l", "https://w")


def test_names_are_octets():
    key = KEYS["X1"].verifier.render().encode()
    found = parse(
        b"witness \xe2\x84\xaa " + key + b"\nwitness K " + KEYS["X2"].verifier.render().encode() + b"\nquorum K\n"
    )
    assert len(found.witnesses) == 2
    assert parse(b"witness \xff " + key + b"\nquorum \xff\n").met([KEYS["X1"].verifier])


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("quorum none", "quorum none"),
        ("quorum unknown",),
        ("quorum",),
        ("group g 1", "quorum g"),
        ("group g 0 X1", "quorum g"),
        ("group g 2 X1", "quorum g"),
        ("group g 01 X1", "quorum g"),
        ("group g some X1", "quorum g"),
        ("group g any X1 X1", "quorum g"),
        ("group g any none", "quorum g"),
        ("group g any h", "group h any X1", "quorum g"),
        ("group g any X1", "group h any X1", "quorum h"),
        ("group X1 any X2", "quorum X1"),
        ("group none any X2", "quorum none"),
        ("quorum none more",),
        (f"log {LOG.verifier.render()}", "quorum none"),
        (f"witness again {KEYS['X1'].verifier.render()}", "quorum none"),
        (f"witness log {LOG.verifier.render()}", "quorum none"),
        (f"log {KEYS['X1'].verifier.render()}", "quorum none"),
        (f"witness z {SigningKey('z', KeyType.COSIGNATURE, bytes([8] * 32)).verifier.render()} a b", "quorum none"),
        ("what is this", "quorum none"),
        ("quorum none\x01",),
        ("#" * MAX_POLICY, "quorum none"),
    ],
    ids=range(24),
)
def test_what_is_no_policy(lines):
    with pytest.raises(NotTrusted):
        policy(*lines)
    with pytest.raises(NotTrusted):
        parse(b"quorum none")


def test_a_line_that_is_none_is_told_by_its_number():
    with pytest.raises(NotTrusted, match="line 2: expected"):
        parse(b"# first\nnonsense\nquorum none\n")


def test_a_policy_may_be_as_long_as_is_allowed():
    rest = b"\nquorum none\n"
    whole = b"#" + b"x" * (MAX_POLICY - len(rest) - 1) + rest
    assert parse(whole).quorum == "none"
    with pytest.raises(NotTrusted):
        parse(b"#" + whole)


def test_control_characters_are_refused_and_no_others():
    for bad in (b"\x01", b"\x1f", b"\x7f", b"\r"):
        with pytest.raises(NotTrusted):
            parse(b"# " + bad + b"\nquorum none\n")
    for good in (b"\x80", b"\xff", b" ", b"\t", "\u2003".encode()):
        assert parse(b"# " + good + b"\nquorum none\n").quorum == "none"


def test_words_are_parted_by_spaces_and_tabs_alone():
    key = KEYS["X1"].verifier.render()
    found = parse(f"witness\ta\u2003b {key}\nquorum a\u2003b\n".encode())
    assert list(found.witnesses) == ["a\u2003b"]
    assert found.witnesses["a\u2003b"].url == ""


@pytest.mark.parametrize("what", ["log", "witness", "group"])
def test_there_may_be_so_many_of_each_and_no_more(what):
    kind = KeyType.ED25519 if what == "log" else KeyType.COSIGNATURE
    first = SigningKey("w.example/0", KeyType.COSIGNATURE, bytes(31) + b"x").verifier.render()
    lines = [f"witness first {first}"] if what == "group" else []
    for number in range(257):
        key = SigningKey("k.example", kind, number.to_bytes(32, "big")).verifier.render()
        name = f"n{number}"
        before = f"n{number - 1}" if number else "first"
        lines.append(
            {"log": f"log {key}", "witness": f"witness {name} {key}", "group": f"group {name} 1 {before}"}[what]
        )
    text = "".join(f"{line}\n" for line in lines[:-1]) + "quorum none\n"
    assert parse(text.encode()).quorum == "none"
    with pytest.raises(NotTrusted):
        parse("".join(f"{line}\n" for line in lines).encode() + b"quorum none\n")
