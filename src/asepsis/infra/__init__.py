"""Every adapter to the outside: config, secrets, plugins, database, keys, clock, ids, snapshots, logs."""

__all__ = [
    "clock",
    "commands",
    "config",
    "database",
    "durable",
    "ids",
    "keys",
    "logs",
    "places",
    "plugins",
    "randomness",
    "records",
    "schema",
    "secrets",
    "snapshot",
    "vault",
]
