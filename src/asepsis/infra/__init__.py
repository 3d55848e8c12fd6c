"""Every adapter to the outside: config, secrets, plugins, database, keys, clock, ids, snapshots, logs."""

__all__ = [
    "clock",
    "commands",
    "config",
    "database",
    "ids",
    "keys",
    "logs",
    "plugins",
    "randomness",
    "secrets",
    "snapshot",
]
