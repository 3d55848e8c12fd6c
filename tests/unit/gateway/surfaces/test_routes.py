"""Which request goes to which surface."""

import pytest

from asepsis.gateway.surfaces.routes import fallback, find


@pytest.mark.parametrize(
    ("path", "surface", "family"),
    [
        ("/v1/chat/completions", "openai.chat", "openai"),
        ("/v1/completions", "openai.completions", "openai"),
        ("/v1/embeddings", "openai.embeddings", "openai"),
        ("/v1/responses", "openai.responses", "openai"),
        ("/v1/responses/input_tokens", "openai.responses.input_tokens", "openai"),
        ("/v1/messages", "anthropic.messages", "anthropic"),
        ("/v1/messages/count_tokens", "anthropic.count_tokens", "anthropic"),
    ],
)
def test_each_surface_has_its_route_and_goes_to_the_same_path(path, surface, family):
    route = find("POST", path, {})
    assert (route.surface.name, route.surface.family, "/v1/" + route.path) == (surface, family, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/chat/completions"),
        ("POST", "/v1/models"),
        ("POST", "/v1/files"),
        ("POST", "/v1/chat/completions/"),
        ("POST", "/v1/chat/completions/x/messages"),
        ("POST", "/v1//messages"),
        ("POST", "/V1/messages"),
        ("DELETE", "/v1/models/m"),
        ("GET", "/v1/models/../files"),
        ("GET", "/v1/models/a/../../files"),
        ("GET", "/v1/models/%2e%2e/files"),
        ("GET", "/v1/models/"),
        ("GET", "/v1/models/a?b"),
        ("GET", "/v1/models/a\n"),
        ("GET", "/v1/responses/r_1"),
        ("HEAD", "/v1/models"),
    ],
)
def test_any_other_request_has_no_route(method, path):
    assert find(method, path, {}) is None


def test_models_are_read_from_the_family_that_the_caller_speaks():
    assert find("GET", "/v1/models/m-1", {}).surface.family == "openai"
    assert find("GET", "/v1/models/m-1", {"anthropic-version": "x"}).surface.family == "anthropic"
    assert find("GET", "/v1/models/org/m-1:free", {}).path == "models/org/m-1:free"


def test_only_some_query_parameters_may_come_along():
    assert find("POST", "/v1/chat/completions", {}).query == frozenset()
    assert find("POST", "/v1/messages", {}).query == {"beta"}
    assert find("GET", "/v1/models", {}).query == {"after_id", "before_id", "limit", "beta"}


def test_a_request_without_a_route_is_answered_in_its_own_language():
    assert fallback({}).family == "openai"
    assert fallback({"anthropic-version": "x"}).family == "anthropic"
