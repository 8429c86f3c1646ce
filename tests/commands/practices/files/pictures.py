"""Small real files: each picture has a secret in a comment, in Exif, or both."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode

#: 8 by 4, turned by its Exif (orientation 6), with a position, a camera and a comment.
JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4QB+RXhpZgAATU0AKgAAAAgAAwEPAAIAAAANAAAAMgESAAMAAAABAAYAAIglAAQAAAAB"
    "AAAAQAAAAABTZWNyZXRDYW1lcmEAAAACAAEAAgAAAAJOAAAAAAIABQAAAAMAAABeAAAAAAAAADAAAAABAAAADAAAAAEAAAAD"
    "AAAAAf/+AA1zZWNyZXQgbm90Zf/bAEMAGxIUFxQRGxcWFx4cGyAoQisoJSUoUTo9MEJgVWVkX1VdW2p4mYFqcZBzW12FtYaQ"
    "nqOrratngLzJuqbHmairpP/bAEMBHB4eKCMoTisrTqRuXW6kpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSk"
    "pKSkpKSkpKSkpKSkpP/AABEIAAQACAMBIgACEQEDEQH/xAAfAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgv/xAC1EAAC"
    "AQMDAgQDBQUEBAAAAX0BAgMABBEFEiExQQYTUWEHInEUMoGRoQgjQrHBFVLR8CQzYnKCCQoWFxgZGiUmJygpKjQ1Njc4OTpD"
    "REVGR0hJSlNUVVZXWFlaY2RlZmdoaWpzdHV2d3h5eoOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbH"
    "yMnK0tPU1dbX2Nna4eLj5OXm5+jp6vHy8/T19vf4+fr/xAAfAQADAQEBAQEBAQEBAAAAAAAAAQIDBAUGBwgJCgv/xAC1EQAC"
    "AQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6"
    "Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TF"
    "xsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4+fr/2gAMAwEAAhEDEQA/AKI4GBRRRXOewf/Z"
)
#: A progressive one: its picture comes in several scans.
JPEG_PROGRESSIVE = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4QB+RXhpZgAATU0AKgAAAAgAAwEPAAIAAAANAAAAMgESAAMAAAABAAYAAIglAAQAAAAB"
    "AAAAQAAAAABTZWNyZXRDYW1lcmEAAAACAAEAAgAAAAJOAAAAAAIABQAAAAMAAABeAAAAAAAAADAAAAABAAAADAAAAAEAAAAD"
    "AAAAAf/bAEMAGxIUFxQRGxcWFx4cGyAoQisoJSUoUTo9MEJgVWVkX1VdW2p4mYFqcZBzW12FtYaQnqOrratngLzJuqbHmair"
    "pP/bAEMBHB4eKCMoTisrTqRuXW6kpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpP/C"
    "ABEIAAQACAMBIgACEQEDEQH/xAAVAAEBAAAAAAAAAAAAAAAAAAAAA//EABUBAQEAAAAAAAAAAAAAAAAAAAME/9oADAMBAAIQ"
    "AxAAAAGAOz//xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAEFAn//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAEDAQE/"
    "AX//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAECAQE/AX//xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAY/An//xAAU"
    "EAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAE/IX//2gAMAwEAAgADAAAAEAP/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAED"
    "AQE/EH//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAECAQE/EH//xAAXEAEAAwAAAAAAAAAAAAAAAAABABEh/9oACAEBAAE/"
    "EDCif//Z"
)
#: 8 by 4, with a comment.
GIF = b64decode(
    "R0lGODlhCAAEAIEAAMgeHgAA/wAAAAAAACH+C3NlY3JldCBub3RlACwAAAAACAAEAAAIDQADABhIsKDBgwgJBgQAOw=="
)
#: 8 by 4, with Exif.
WEBP = b64decode(
    "UklGRrIAAABXRUJQVlA4WAoAAAAIAAAABwAAAwAAVlA4TBUAAAAvB8AAAA8wHoP8j//5Dx7c/z+i/+EARVhJRnYAAABNTQAq"
    "AAAACAADAQ8AAgAAAA0AAAAyARIAAwAAAAEABgAAiCUABAAAAAEAAABAAAAAAFNlY3JldENhbWVyYQAAAAIAAQACAAAAAk4A"
    "AAAAAgAFAAAAAwAAAF4AAAAAAAAAMAAAAAEAAAAMAAAAAQAAAAMAAAAB"
)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*extra: tuple[bytes, bytes], shade: int = 90) -> bytes:
    """A grey PNG of 8 by 4, with further chunks in it; another `shade` is another file."""
    rows = b"".join(b"\0" + bytes([shade]) * 8 for _ in range(4))
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 4, 8, 0, 0, 0, 0)),
            *(_chunk(kind, data) for kind, data in extra),
            _chunk(b"IDAT", zlib.compress(rows)),
            _chunk(b"IEND", b""),
        ]
    )
