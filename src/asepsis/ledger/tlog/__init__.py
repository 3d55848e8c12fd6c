"""The published form of a log, by the C2SP specifications: tree, tiles, signed notes, checkpoints, proofs, policies.

Pure: bytes go in, bytes or a verdict come out. Every parser has a limit on what it reads, and the one error of every
verifier is NotTrusted, whatever it was given.
"""

__all__ = ["checkpoints", "encoding", "keys", "notes", "offline", "policies", "proofs", "tiles", "tree"]
