"""Training the model of names: generated documents, labelled corpora, a CRF, and what comes of it."""

__all__: list[str] = []
