"""What a file that somebody sends really is, told by its bytes, and what of it is kept.

What others say of it (its name, its type, its size) is never believed. Pictures are read block by block and
put together again from those blocks that a picture consists of. What tells of people and places is not among
them (Exif with its position, XMP, IPTC, who made it with what, earlier states of it, comments), nor is
anything that stands behind the end, where another kind of file could hide.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Callable, Iterator

LONGEST_NAME = 60  # characters, without the ending

_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
}
_PNG = b"\x89PNG\r\n\x1a\n"
# The chunks that a picture consists of; others hold texts, times and Exif.
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
_EXIF = b"Exif\x00\x00"
_ORIENTATION = 0x0112
_ENDING = re.compile(r"\.\w{1,5}\Z")
_SEPARATORS = re.compile(r"[/\\]")
_UNSAFE = re.compile(r'[<>:"|?*]')


class UnknownContent(ValueError):
    """Bytes that are no whole picture or PDF of the kinds that are taken."""


def recognise(data: bytes) -> tuple[str, bytes]:
    """The content type of a file, and its bytes as they are to be kept; raises `UnknownContent`."""
    for content_type, begins, rebuild in _KINDS:
        if begins(data):
            try:
                return content_type, rebuild(data)
            except (IndexError, struct.error) as error:
                raise UnknownContent("it ends too early") from error
    raise UnknownContent("no known beginning")


class _Blocks:
    """Counts the blocks of a file: nobody is to wait for what was made of many small ones on purpose."""

    def __init__(self, data: bytes) -> None:
        self.left = 10_000 + len(data) // 128

    def one_more(self) -> None:
        """Raise `UnknownContent` when there are more than any picture of this size has."""
        self.left -= 1
        if self.left < 0:
            raise UnknownContent("too many small blocks")


def visible(text: str) -> str:
    """A text on one line without what nobody sees: controls, marks that turn the direction of writing."""
    shown = (" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", text))
    return " ".join("".join(one for one in shown if unicodedata.category(one)[0] != "C").split())


def safe_name(given: str, content_type: str) -> str:
    """A name that says what the file is and leads nowhere: no folders, nothing invisible, its own ending."""
    last = _SEPARATORS.split(visible(given))[-1]
    stem = _ENDING.sub("", _UNSAFE.sub("_", last)).strip(" .")
    return f"{stem[:LONGEST_NAME].strip() or 'file'}.{_ENDINGS[content_type]}"


# --- PNG


def _png(data: bytes) -> bytes:
    kept = [_PNG]
    place = len(_PNG)
    first = True
    blocks = _Blocks(data)
    while True:
        blocks.one_more()
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data) or first != (kind == b"IHDR"):
            raise UnknownContent("not the chunks of a PNG")
        first = False
        if kind in _PNG_KEPT:
            kept.append(data[place:end])
        place = end
        if kind == b"IEND":
            return b"".join(kept)


# --- JPEG

_EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
# What a picture is decoded with: frames and codes (0xC8 is not in use), scans, tables, numbers of lines.
_JPEG_KEPT = frozenset((set(range(0xC0, 0xD0)) - {0xC8}) | set(range(0xDA, 0xE0)))
# A marker that ends a scan: neither an escaped byte of it nor one without a length, which stands within.
_ENDS_SCAN = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
_FILLED = re.compile(rb"\xff+")


def _jpeg(data: bytes) -> bytes:
    kept = [b"\xff\xd8"]
    place = 2
    orientation = None
    pictured = False
    blocks = _Blocks(data)
    while True:
        blocks.one_more()
        filled = _FILLED.match(data, place)
        if filled is None:
            raise UnknownContent("not the segments of a JPEG")
        place = filled.end()
        marker = data[place]
        place += 1
        if marker == _EOI:
            if not pictured:
                raise UnknownContent("a JPEG without a picture")
            if orientation:
                kept.insert(1, _only_orientation(orientation))
            return b"".join([*kept, b"\xff\xd9"])
        (length,) = struct.unpack_from(">H", data, place)
        body, place = data[place + 2 : place + length], place + length
        if length < 2 or place > len(data):
            raise UnknownContent("not the segments of a JPEG")
        if marker == _APP1 and body.startswith(_EXIF):
            orientation = _orientation(body[len(_EXIF) :]) or orientation
        if body := _without_strangers(marker, body):
            kept.append(bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body)
        if marker == _SOS:
            end = _end_of_scan(data, place)
            kept.append(data[place:end])
            place, pictured = end, True


def _without_strangers(marker: int, body: bytes) -> bytes:
    """What is kept of a JPEG's segment; of those that applications made for themselves, only what says how
    colours and dots are meant, without the small picture that may be with it: it can be one of before."""
    if marker in _JPEG_KEPT:
        return body
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
        return body[:12] + b"\0\0"
    if marker == _APP2 and body.startswith(b"ICC_PROFILE\0"):
        return body
    if marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        return body[:12]
    return b""


def _end_of_scan(data: bytes, place: int) -> int:
    """Where the next marker stands that is not part of the compressed picture."""
    found = _ENDS_SCAN.search(data, place)
    if found is None:
        raise UnknownContent("a JPEG without an end")
    return found.start()


def _orientation(tiff: bytes) -> int | None:
    """Which way up the camera was held: the one thing in Exif that the picture needs."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (place,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, place)
        for number in range(min(entries, 200)):
            tag, kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, place + 2 + 12 * number)
            if tag == _ORIENTATION and kind == 3 and 1 < value <= 8:
                return int(value)
    except struct.error:
        pass
    return None


def _only_orientation(value: int) -> bytes:
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, value, 0)
    body = _EXIF + b"MM\x00\x2a" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return bytes([0xFF, _APP1]) + struct.pack(">H", len(body) + 2) + body


# --- GIF

# Of the extensions, how long and over what a picture is shown, and how often all of them are.
_GIF_KEPT = re.compile(rb"\x21(\xf9\x04.{4}|\xff\x0b(NETSCAPE2\.0|ANIMEXTS1\.0)\x03\x01..)\x00", re.DOTALL)


def _gif(data: bytes) -> bytes:
    place = 13 + _colours(data[10])
    kept = [data[:place]]
    pictured = False
    blocks = _Blocks(data)
    while True:
        blocks.one_more()
        begin, kind = place, data[place]
        if kind == 0x3B:
            if not pictured:
                raise UnknownContent("a GIF without a picture")
            return b"".join([*kept, b"\x3b"])
        if kind == 0x21:
            place = _past_blocks(data, place + 2, blocks)
            if not _GIF_KEPT.fullmatch(data, begin, place):
                continue
        elif kind == 0x2C:
            place = _past_blocks(data, place + 11 + _colours(data[place + 9]), blocks)
            pictured = True
        else:
            raise UnknownContent("not the blocks of a GIF")
        kept.append(data[begin:place])


def _colours(flags: int) -> int:
    """How many bytes a table of colours takes."""
    return int(3 * 2 ** ((flags & 7) + 1)) if flags & 0x80 else 0


def _past_blocks(data: bytes, place: int, blocks: _Blocks) -> int:
    while length := data[place]:
        blocks.one_more()
        place += length + 1
    return place + 1


# --- WebP

_WEBP_PICTURE = (b"VP8 ", b"VP8L")


def _webp(data: bytes) -> bytes:
    (size,) = struct.unpack_from("<I", data, 4)
    end = 8 + size
    if end > len(data):
        raise UnknownContent("it ends too early")
    kept = []
    pictured = False
    blocks = _Blocks(data)
    for kind, body in _chunks(data, 12, end, blocks):
        if kind == b"VP8X":
            # It says which of the chunks there are that are left out here: Exif and XMP.
            body = bytes([body[0] & ~0x0C]) + body[1:]
        if kind == b"ANMF":
            body = _frame(body, blocks)
        if kind in (*_WEBP_PICTURE, b"ANMF"):
            pictured = True
        if kind in (*_WEBP_PICTURE, b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"):
            kept.append(_chunk(kind, body))
    if not pictured:
        raise UnknownContent("a WebP without a picture")
    whole = b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(whole) + 4) + b"WEBP" + whole


def _frame(body: bytes, blocks: _Blocks) -> bytes:
    """One picture of an animation: where and how long it is shown, and again chunks."""
    parts = [
        (kind, part)
        for kind, part in _chunks(body, 16, len(body), blocks)
        if kind in (*_WEBP_PICTURE, b"ALPH")
    ]
    if not any(kind in _WEBP_PICTURE for kind, _ in parts):
        raise UnknownContent("a frame without a picture")
    return body[:16] + b"".join(_chunk(kind, part) for kind, part in parts)


def _chunks(data: bytes, place: int, end: int, blocks: _Blocks) -> Iterator[tuple[bytes, bytes]]:
    """The chunks between two places: the kind of each, and what is in it."""
    while place + 8 <= end:
        blocks.one_more()
        kind, length = struct.unpack_from("<4sI", data, place)
        behind = place + 8 + length + length % 2
        if behind > end:
            raise UnknownContent("not the chunks of a WebP")
        yield kind, data[place + 8 : place + 8 + length]
        place = behind


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


# --- PDF


def _pdf(data: bytes) -> bytes:
    if b"%%EOF" not in data[-2048:]:
        raise UnknownContent("it ends too early")
    return data


_KINDS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], bytes]], ...] = (
    ("image/png", lambda data: data.startswith(_PNG), _png),
    ("image/jpeg", lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    ("image/gif", lambda data: data.startswith((b"GIF87a", b"GIF89a")), _gif),
    ("image/webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp),
    ("application/pdf", lambda data: data.startswith(b"%PDF-"), _pdf),
)
