"""Whom data is about: from what was found in it to the keys of members, through a roster."""

__all__: list[str] = []
