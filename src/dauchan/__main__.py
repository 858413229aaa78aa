"""`python -m dauchan` is the command `dauchan`."""

from dauchan.cli import main

main()
