"""`python -m asepsis`."""

from asepsis.cli import main

main()
