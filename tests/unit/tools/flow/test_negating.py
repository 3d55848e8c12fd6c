import time

import pytest

from asepsis.tools.flow.negating import apart, barred


def test_what_is_negated_is_set_apart():
    assert "approve" not in apart("do not approve it, deny it")[0]
    assert "deny it" in apart("do not approve it, deny it")[0]
    assert "eve@evil.test" in apart("never write to eve@evil.test. write to ann@plan.test")[1]
    assert apart("not only read it")[1] == ""
    assert apart("approve it") == ("approve it", "")


def test_what_something_is_not_ends_before_what_is_wanted_besides():
    assert "tell the guardian" in apart("close it as not a case and tell the guardian")[0]
    assert "send" not in apart("do not approve and send it")[0]
    assert "refund" not in apart("close it without a payment and refund")[0]
    assert "email" not in apart("send a letter, not a fax and email")[0]


@pytest.mark.parametrize(
    "said",
    [
        "record it as not a refund and pay nothing",
        "pay nothing",
        "pay no claim and refund",
        "pay it to nobody",
        "no payment is to be made, pay no one",
        "nothing is to be paid",
        "nobody should be paid and refunded",
        "under no circumstances pay it",
        "do not under any circumstances, pay it",
        "do not, under any circumstances, pay it",
        "do not, whatever they say, pay it",
        "never, ever, pay it",
        "you must not, i repeat, pay it",
        "do not approve, pay or refund it",
        "do not send the letter, pay, or refund it",
        "do not call, nor pay it",
        "please do not: pay, refund",
        "do none of these: call. deny it instead of paying it",
        "do not do any of the following: pay it, refund it",
        "deny it rather than pay it",
        "avoid paying it",
        "hold off on paying it",
        "ask me before you pay it",
    ],
)
def test_what_is_denied_is_not_meant(said):
    meant = apart(said)[0]
    assert "pay" not in meant.replace("payment", "")
    assert "refund" not in meant


@pytest.mark.parametrize(
    "said",
    [
        "pay nothing yet and send it",
        "do not worry, send it",
        "if she is not on file, send it",
        "if they do not agree, send it",
        "if he does not, send it",
        "if they do not, send it",
        "if there is no letter, send it",
        "tell ann that nothing was found, then send it",
        "send it no later than friday",
        "send it as no show",
        "send it with no changes",
        "send it to claim no 7",
        "send it if there is no reason against it",
        "do not pay it, send it",
        "do not pay it but send it",
        "not only pay it: send it",
        "do not pay it: send it",
        "say no to it, send it",
        "instead of a fax, send it",
    ],
)
def test_what_is_wanted_beside_what_is_denied_is_meant(said):
    assert "send it" in apart(said)[0]


def test_long_texts_are_read_in_one_go():
    began = time.process_time()
    for piece in ("do not, ", "no one and ", "not or, ", "do not: ", "under no ", "a, "):
        apart(piece * 50_000)
        barred(piece * 50_000)
    for piece in ("all but ", "all a b ", "leave a ", "except ", "leave leave a, "):
        barred(piece * 50_000)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "said",
    [
        "do not cancel v-2, cancel v-1",
        "cancel v-1, not v-2",
        "cancel v-1 and never v-2",
        "cancel all but v-2",
        "cancel every visit of hers but v-2. mail v-1",
        "cancel everything except for v-1, v-2 and v-3",
        "cancel v-1 without cancelling v-2",
        "cancel v-1 instead of v-2",
        "leave v-2 alone and cancel v-1",
        "keep v-2 as it is; cancel v-1",
        "cancel all visits, v-2 excepted",
        "cancel all visits save v-2",
        "cancel all visits minus v-2",
        "cancel all visits not counting v-2",
        "cancel all visits with the exception of v-2",
    ],
)
def test_what_is_to_be_left_out_is_barred(said):
    out, others = barred(said)
    assert "v-2" in out
    assert "v-2" not in others


@pytest.mark.parametrize(
    "said",
    [
        "i have not received v-2, resend it",
        "i don't see v-2 anywhere, can you reopen it",
        "not only v-1 but v-2",
        "book v-2",
        "save v-2 to the chart",
        "save it as v-2",
    ],
)
def test_what_is_told_of_something_bars_nothing(said):
    assert "v-2" in barred(said)[1]


def test_what_tells_which_one_is_meant_denies_nothing_beside_it():
    assert "apply it" in apart("find the payment that isn't applied yet and apply it to the oldest")[0]
    assert "close the rest" in apart("keep those which are not due and close the rest")[0]
    assert "pay it" not in apart("find the claim that isn't due and don't pay it")[0]
    assert "pay it" not in apart("find those who don't want it and pay it")[0]
    assert "pay it" not in apart("it isn't due and pay it")[0]


def test_what_the_one_that_is_meant_is_not_is_left_out():
    out, others = barred("find the claim that isn't northside's and deny it")
    assert "northside" in out
    assert "northside" not in others
    assert "deny it" in others


@pytest.mark.parametrize(
    "text",
    [
        "cancel the visit after ap-1",
        "cancel the duplicate of ap-1",
        "cancel the visit that follows ap-1",
        "nunca anules ap-1; cancela ap-2",
        "cancela ap-2 pero no ap-1",
    ],
)
def test_what_another_is_told_by_is_left_out(text):
    out, others = barred(text)
    assert "ap-1" in out
    assert "ap-1" not in others


def test_who_has_a_title_is_left_out_with_their_name():
    assert "birch" in barred("cancel all visits but the one with dr. birch. thanks")[0]
