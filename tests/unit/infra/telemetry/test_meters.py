"""Metrics with bounded labels."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from asepsis.core.events import Outcome
from asepsis.core.types import Count, Kind, Verdict
from asepsis.infra.telemetry.meters import Meters


def samples(meters):
    body, kind = meters.prometheus()
    assert kind.startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_calls_findings_and_incidents(calls, items):
    meters = Meters(["gpt-5.2"])
    opened = calls.opened(verdict=Verdict.DENY, found=(Count(Kind.SSN, 2),))
    first, second = items(
        opened, calls.closed(opened, outcome=Outcome.DENIED, found=(Count(Kind.SSN, 1),), verdict=Verdict.DENY)
    )
    meters.opened(first.call)
    meters.ended(second.call)
    meters.unclosed()
    meters.lag("siem", 7)
    meters.failed("siem")
    meters.dropped("otlp", 3)
    found = samples(meters)
    labels = (("application", "care-notes"), ("outcome", "denied"), ("surface", "openai.chat"), ("verdict", "deny"))
    assert found["asepsis_calls_total", *labels] == 1
    assert found["asepsis_findings_total", ("direction", "request"), ("kind", "SSN")] == 2
    assert found["asepsis_findings_total", ("direction", "answer"), ("kind", "SSN")] == 1
    assert found["asepsis_unclosed_total",] == 1
    assert found["asepsis_ledger_lag_entries", ("consumer", "siem")] == 7
    assert found["asepsis_export_failures_total", ("consumer", "siem")] == 1
    assert found["asepsis_export_dropped_total", ("consumer", "otlp")] == 3


def test_durations_and_tokens(calls, items):
    meters = Meters(["gpt-5.2"])
    opened = calls.opened()
    (_, item) = items(opened, calls.closed(opened))
    meters.ended(item.call)
    found = samples(meters)
    genai = (("gen_ai_operation_name", "chat"), ("gen_ai_provider_name", "openai"), ("gen_ai_request_model", "gpt-5.2"))
    seconds = found["gen_ai_client_operation_duration_seconds_sum", ("error_type", ""), *genai]
    assert seconds == pytest.approx(item.call.closed.total_us / 1e6)
    assert (
        found["gen_ai_client_token_usage_sum", *genai, ("gen_ai_token_type", "output")] == item.call.closed.tokens_out
    )


def test_a_call_that_never_closed_has_no_duration(calls, items):
    meters = Meters()
    opened = calls.opened()
    (_, item) = items(opened, calls.unclosed(opened))
    meters.ended(item.call)
    found = samples(meters)
    assert [name for name, *_ in found if "duration" in name] == []
    assert [name for name in found if ("outcome", "unclosed") in name]


def test_a_model_that_is_not_configured_is_other(calls, items):
    meters = Meters(["gpt-5.2"])
    for number in range(50):
        opened = calls.opened(model=f"made-up-{number}")
        (_, item) = items(opened, calls.closed(opened))
        meters.ended(item.call)
    models = {value for labels in samples(meters) for name, value in labels[1:] if name == "gen_ai_request_model"}
    assert models == {"other"}


def test_many_applications_do_not_fill_the_memory(calls, items):
    meters = Meters()
    for number in range(200):
        opened = calls.opened(application=f"application-{number}")
        (_, item) = items(opened, calls.closed(opened))
        meters.ended(item.call)
    found = samples(meters)
    counted = {labels: value for labels, value in found.items() if labels[0] == "asepsis_calls_total"}
    assert len(counted) == 65
    assert sum(counted.values()) == 200


def test_the_age_of_an_anchor_is_told(calls, items):
    meters = Meters()
    meters.anchored("acme", 12.5)
    assert samples(meters)["asepsis_ledger_anchor_age_seconds", ("tenant", "acme")] == 12.5


def test_how_long_entries_wait_for_a_timestamp_is_told(calls, items):
    meters = Meters()
    meters.unstamped("acme", 3.5)
    assert samples(meters)["asepsis_ledger_unstamped_seconds", ("tenant", "acme")] == 3.5


def test_calls_of_tools_are_counted_by_what_was_decided_and_as_calls_that_may_be_asked_about():
    meters = Meters(asks_budget=2)
    meters.approval("asked")
    for verdict in (Verdict.ALLOW, Verdict.ALLOW, Verdict.ASK):
        meters.tool(verdict)
    text = meters.prometheus()[0].decode()
    assert 'asepsis_tool_calls_total{verdict="allow"} 2.0' in text
    assert 'asepsis_tool_calls_total{verdict="ask"} 1.0' in text
    assert "asepsis_asks_per_200_calls 1.0" in text
    for _ in range(197):
        meters.tool(Verdict.ALLOW)
    assert "asepsis_asks_per_200_calls 0.0" in meters.prometheus()[0].decode()


def test_asks_are_counted_against_the_last_two_hundred_calls(calls, items):
    meters = Meters(asks_budget=2)
    for item in items(*(calls.opened() for _ in range(3))):
        meters.opened(item.call)
    for what in ("asked", "asked", "decided"):
        meters.approval(what)
    assert "asepsis_asks_per_200_calls 2.0" in meters.prometheus()[0].decode()
    assert "asepsis_asks_budget 2.0" in meters.prometheus()[0].decode()
    assert 'asepsis_approvals_total{what="asked"} 2.0' in meters.prometheus()[0].decode()
    for item in items(*(calls.opened() for _ in range(200))):
        meters.opened(item.call)
    assert "asepsis_asks_per_200_calls 0.0" in meters.prometheus()[0].decode()
