"""`python -m ddpm` is the command `ddpm`."""

from ddpm.cli import main

main()
