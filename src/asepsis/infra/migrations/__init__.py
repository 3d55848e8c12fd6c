"""The schema's history, run by Alembic; each revision is one file and is never changed once published."""

__all__: list[str] = []
