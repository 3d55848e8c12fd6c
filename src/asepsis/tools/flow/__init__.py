"""The flow monitor: what each argument of a call derives from, and whether that may decide what it decides."""

__all__ = ["monitor", "types"]
