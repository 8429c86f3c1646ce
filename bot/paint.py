"""A process of its own that makes one picture: an SVG on its standard input, its PNG on the standard output.

Its arguments are the fonts. It is run by its path and imports nothing of the program, so that it is there
within a hundredth of a second.
"""

from __future__ import annotations

import sys

import resvg_py


def main() -> None:
    """Make the picture, as large as the SVG says."""
    svg = sys.stdin.buffer.read().decode()
    png = resvg_py.svg_to_bytes(
        svg_string=svg, skip_system_fonts=True, font_files=sys.argv[1:], font_family="DejaVu Sans"
    )
    sys.stdout.buffer.write(png)


if __name__ == "__main__":
    main()
