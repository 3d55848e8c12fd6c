"""Canonical JSON and Events over any values: one form, read back as it was, and no floats."""

import contextlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from asepsis.core import canonical
from asepsis.core.errors import InputError
from asepsis.core.events import PAYLOADS, Event, KillSet, build, read, read_payload
from asepsis.core.types import DecisionInput, Verdict

texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def shuffled(value):
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(one) for one in value] if isinstance(value, list) else value


@given(plain)
def test_plain_data_comes_back_as_it_was(value):
    assert json.loads(canonical.encode(value)) == value


@given(plain)
def test_the_order_of_keys_does_not_matter(value):
    assert canonical.encode(shuffled(value)) == canonical.encode(value)


@given(plain)
def test_encoding_what_was_read_gives_the_same_bytes(value):
    data = canonical.encode(value)
    assert canonical.encode(msgspec.json.decode(data)) == data


@given(texts, texts, texts, st.integers(0, 2**48), st.sampled_from(Verdict))
def test_events_come_back_as_they_were(target, name, reason, time, verdict):
    event = build(KillSet(target, name, reason), id="i", time=time, tenant=name, verdict=verdict)
    stored = read(event.encode())
    assert stored == event
    assert read_payload(stored) == KillSet(target, name, reason)
    assert stored.encode() == event.encode()


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_an_input_error(data):
    with contextlib.suppress(InputError):
        read_payload(read(data))


def parts_of(kind, seen):
    if isinstance(kind, inspect.StructType):
        if kind.cls in seen:
            return
        seen.add(kind.cls)
        for field in kind.fields:
            yield from parts_of(field.type, seen)
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from parts_of(one, seen)
    elif isinstance(kind, inspect.VarTupleType):
        yield from parts_of(kind.item_type, seen)
    else:
        yield kind


@pytest.mark.parametrize("struct", [Event, DecisionInput, *(payload for _, payload in PAYLOADS.values())])
def test_what_is_stored_is_made_of_integers_and_text_only(struct):
    allowed = (inspect.IntType, inspect.StrType, inspect.EnumType, inspect.BoolType, inspect.NoneType, inspect.RawType)
    for kind in parts_of(inspect.type_info(struct), set()):
        assert isinstance(kind, allowed), kind
