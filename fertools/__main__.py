"""``python -m fertools`` is the command `fertools`."""

from .cli import main

if __name__ == "__main__":
    main()
