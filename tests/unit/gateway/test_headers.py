"""Headers and query parameters: only those that are listed, only in plain form, only without a finding."""

import pytest

from asepsis.gateway.errors import Denied
from asepsis.gateway.headers import answer_headers, query_string, request_headers

SSN = "123-45-6789"


def rule(caught):
    return caught.value.code


def test_only_listed_headers_go_upstream(scanner):
    headers = (("cookie", "a=b"), ("anthropic-version", "2023-06-01"), ("authorization", "Bearer x"), ("x-note", "y"))
    assert request_headers(headers, scanner) == (("anthropic-version", "2023-06-01"),)


def test_a_request_header_with_a_finding_is_denied(scanner):
    with pytest.raises(Denied) as caught:
        request_headers((("idempotency-key", f"for {SSN}"),), scanner)
    assert rule(caught) == "gateway.header"
    assert SSN not in str(caught.value)


@pytest.mark.parametrize("value", ["é", "a\tb", "a\r\nx: y", "x" * 513])
def test_a_header_that_is_not_plain_is_denied(scanner, value):
    with pytest.raises(Denied) as caught:
        request_headers((("openai-project", value),), scanner)
    assert rule(caught) == "gateway.header"


def test_a_finding_in_a_header_that_does_not_pass_denies_nothing(scanner):
    assert request_headers((("x-note", SSN),), scanner) == ()


def test_only_listed_headers_go_to_the_client(scanner):
    headers = [("set-cookie", "a=b"), ("x-request-id", "r1"), ("x-ratelimit-limit-requests", "60"), ("server", "x")]
    assert answer_headers(headers, scanner) == [("x-request-id", "r1"), ("x-ratelimit-limit-requests", "60")]


def test_an_answer_header_with_a_finding_is_left_out_and_the_others_stay(scanner):
    headers = [("x-request-id", f"ssn {SSN}"), ("request-id", "é"), ("retry-after", "3")]
    assert answer_headers(headers, scanner) == [("retry-after", "3")]


def test_allowed_query_parameters_pass(scanner):
    assert query_string("limit=20&after_id=m_1", frozenset({"limit", "after_id"}), scanner) == "?limit=20&after_id=m_1"
    assert query_string("", frozenset(), scanner) == ""


@pytest.mark.parametrize(
    "query", ["limit=20&note=x", "note=", "limit=a%20b", "limit=", "limit=" + "1" * 129, "limit=%2e%2e%2f"]
)
def test_any_other_query_is_denied(scanner, query):
    with pytest.raises(Denied) as caught:
        query_string(query, frozenset({"limit"}), scanner)
    assert rule(caught) == "gateway.query"


def test_a_query_parameter_with_a_finding_is_denied(scanner):
    with pytest.raises(Denied) as caught:
        query_string(f"limit={SSN}", frozenset({"limit"}), scanner)
    assert rule(caught) == "gateway.header"


@pytest.mark.parametrize("query", ["limit", "&", "garbage", "a" * 300])
def test_a_query_that_cannot_be_read_never_passes_as_it_is(scanner, query):
    try:
        sent = query_string(query, frozenset({"limit"}), scanner)
    except Denied:
        return
    assert sent in ("", "?")


def test_more_parameters_than_can_be_read_are_denied_by_their_own_rule(scanner):
    with pytest.raises(Denied) as caught:
        query_string("&".join(["limit=1"] * 17), frozenset({"limit"}), scanner)
    assert rule(caught) == "gateway.query"
