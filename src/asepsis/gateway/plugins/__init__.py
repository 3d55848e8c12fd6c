"""The built-in upstream plugins: how the providers' APIs want to be asked."""

__all__ = ["anthropic", "openai"]
