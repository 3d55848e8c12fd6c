"""The command `python -m asepsis.scan.train`: from data to weights, a model card and a provenance record."""

from asepsis.scan.train.commands import train

if __name__ == "__main__":
    train()
