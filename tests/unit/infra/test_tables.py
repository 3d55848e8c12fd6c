"""The tables as the code sees them; that the migrations make the same is tested with the database."""

from asepsis.infra.tables import METADATA


def test_every_table_names_its_tenant_first_and_allows_no_gaps():
    for table in METADATA.tables.values():
        assert next(iter(table.columns)).name == "tenant"
        assert not any(column.nullable for column in table.columns)
