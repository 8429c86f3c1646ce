"""What a file really is, and what of it is kept."""

from __future__ import annotations

import struct
import sys
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.core.contents import LONGEST_NAME, UnknownContent, recognise, safe_name
from tests.commands.practices.files.pictures import GIF, JPEG, JPEG_PROGRESSIVE, PDF, WEBP, png

if TYPE_CHECKING:
    from _typeshed import TraceFunction

HTML = b"<!DOCTYPE html><script>alert(1)</script>"
PNG = png((b"tEXt", b"Comment\0a Secret place"), (b"eXIf", b"II*\0 Secret"))
WHOLE = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/gif": GIF,
    "image/webp": WEBP,
    "application/pdf": PDF,
}


@pytest.mark.parametrize(("content_type", "data"), WHOLE.items())
def test_the_five_kinds(content_type: str, data: bytes) -> None:
    """Told by their bytes; what is kept is of the same kind, and is kept as it is the next time."""
    told, kept = recognise(data)
    assert told == content_type
    assert recognise(kept) == (content_type, kept)


@pytest.mark.parametrize("data", [PNG, JPEG, JPEG_PROGRESSIVE, GIF, WEBP])
def test_pictures_tell_no_secrets(data: bytes) -> None:
    """Neither the place and the camera of Exif nor comments are kept."""
    assert b"ecret" in data
    assert b"ecret" not in recognise(data)[1]
    assert b"GPS" not in recognise(data)[1]


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a WebP."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def animated(*extra: bytes) -> bytes:
    """A WebP that moves, with further chunks in its one frame."""
    frame = chunk(b"ANMF", bytes(16) + WEBP[30:59] + b"\0" + b"".join(extra))
    whole = b"WEBP" + chunk(b"VP8X", b"\x02" + bytes(9)) + chunk(b"ANIM", bytes(6)) + frame
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


@pytest.mark.parametrize(
    "stranger",
    [
        segment(0xE0, b"JFXX\0\x10 the secret small picture"),
        segment(0xE0, b"Exif\0\0MM the secret place"),
        segment(0xE2, b"MPF\0 more secret pictures"),
        segment(0xE2, b"FPXR\0 secret"),
        segment(0xE3, b"META\0\0 the secret camera"),
        segment(0xEB, b"JP\0\1 c2pa: who made it, a secret"),
        segment(0xEC, b"Ducky\0 a secret comment"),
        segment(0xEF, b"secret"),
        segment(0xC8, b"secret"),
        segment(0xF7, b"secret"),
    ],
)
def test_of_a_photograph_only_what_it_consists_of_is_kept(stranger: bytes) -> None:
    """Whatever an application has put beside it, under whichever number."""
    assert recognise(JPEG[:2] + stranger + JPEG[2:]) == recognise(JPEG)


def test_how_a_photograph_is_to_be_shown_is_kept() -> None:
    """Its profile and kind of colours, and its dots to the inch; without the small picture beside these."""
    jfif, profile, adobe = (
        JPEG[2:20],
        segment(0xE2, b"ICC_PROFILE\0\1\1sRGB"),
        segment(0xEE, b"Adobe" + b"\1" * 7),
    )
    small = segment(0xE0, jfif[4:16] + b"\1\1secret")
    for meant, kept in ((jfif, jfif), (small, jfif), (profile, profile), (adobe, adobe)):
        assert kept in recognise(JPEG[:2] + meant + JPEG[20:])[1]
        assert b"secret" not in recognise(JPEG[:2] + meant + JPEG[20:])[1]


@pytest.mark.parametrize(
    "stranger",
    [
        b"\x21\xff\x0bICCRGBG1012\x06secret\0",
        b"\x21\xff\x0bNETSCAPE2.0\x03\1\0\0\x06secret\0",
        b"\x21\xf9\x04\0\0\0\0\x06secret\0",
        b"\x21\x01\x0c" + bytes(12) + b"\x06secret\0",
        b"\x21\x77\x06secret\0",
    ],
)
def test_of_a_moving_picture_only_what_it_consists_of_is_kept(stranger: bytes) -> None:
    """How long it is shown and how often is; what applications and people have written is not."""
    moving = b"\x21\xff\x0bNETSCAPE2.0\x03\1\0\0\0\x21\xf9\x04\0\x0a\0\0\0"
    begin = 13 + 4 * 3  # a table of four colours
    plain = GIF[:begin] + moving + GIF[begin:]
    assert moving in recognise(plain)[1]
    assert recognise(GIF[:begin] + stranger + moving + GIF[begin:]) == recognise(plain)


def test_frames_tell_no_secrets() -> None:
    """A picture within a moving one is read as closely as the whole."""
    assert recognise(animated(chunk(b"EXIF", b"secret"), chunk(b"abcd", b"secrets"))) == recognise(animated())
    assert recognise(animated()) == ("image/webp", animated())


def test_a_photograph_stays_upright() -> None:
    """Which way up it was taken is kept out of Exif: without it, many photographs lie on their side."""
    _, kept = recognise(JPEG)
    exif = kept[2 : 2 + 36]
    assert exif[:4] == b"\xff\xe1\x00\x22"
    assert exif[4:] == b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    assert kept.count(b"Exif") == 1


@pytest.mark.parametrize("data", [PNG, JPEG, JPEG_PROGRESSIVE, GIF, WEBP])
def test_nothing_hides_behind_a_picture(data: bytes) -> None:
    """What stands behind its end, where archives and pages can hide, is not kept."""
    assert recognise(data + HTML) == recognise(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG",
        HTML,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"PK\x03\x04" + b"\0" * 40,
        b"MZ" + b"\0" * 80,
        b"\0" + PNG,
        b"GIF89a=1;" + HTML,
        b"\xff\xd8\xff" + HTML,
        b"\xff\xd8\xff\xd9",
        b"RIFF\x04\0\0\0WEBP",
        b"RIFF\xff\xff\xff\xffWEBPVP8 ",
        b"%PDF-1.7 and no more",
        b"BM" + b"\0" * 60,
    ],
)
def test_everything_else_is_refused(data: bytes) -> None:
    """Nothing at all, half a file, pages, pictures that can hold scripts, archives, programs, polyglots."""
    with pytest.raises(UnknownContent):
        recognise(data)


@pytest.mark.parametrize("data", WHOLE.values())
def test_half_a_file_is_refused(data: bytes) -> None:
    """Wherever it was cut off."""
    for length in range(len(data) - 1):
        with pytest.raises(UnknownContent):
            recognise(data[:length])


def steps(data: bytes) -> int:
    """How many lines of the program are carried out for a file, whether it is kept or refused."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        recognise(data)
    except UnknownContent:
        pass
    finally:
        sys.settrace(before)
    return count


SCAN = JPEG.index(b"\xff\xda") + 14  # where the compressed picture begins
MANY = 500_000


@pytest.mark.parametrize(
    "data",
    [
        JPEG[:SCAN] + b"\xff\0" * MANY + JPEG[SCAN:],
        JPEG[:SCAN] + b"\xff\xd0" * MANY + JPEG[SCAN:],
        JPEG[:2] + b"\xff" * MANY + JPEG[2:],
        JPEG[:2] + b"\xff\xd0" * MANY + JPEG[2:],
        JPEG[:2] + b"\xff\xfe\0\2" * MANY + JPEG[2:],
        PNG[:33] + (bytes(4) + b"tEXt" + bytes(4)) * MANY + PNG[33:],
        GIF[:25] + b"\x21\xfe\0" * MANY + GIF[25:],
        GIF[:25] + b"\x21\xfe" + b"\1x" * MANY + b"\0" + GIF[25:],
        animated(chunk(b"abcd", b"") * MANY),
    ],
)
def test_nobody_waits_for_a_contrived_picture(data: bytes) -> None:
    """One made to take long is read in less than half a step for each of its bytes, or refused."""
    assert steps(data) < len(data) / 2


def test_pictures_of_many_blocks_are_kept() -> None:
    """Large ones come in thousands of blocks, which is no reason."""
    many = GIF[:25] + (b"\x21\xf9\x04" + bytes(5)) * 5_000 + GIF[25:]
    assert recognise(many)[0] == "image/gif"


@given(
    st.sampled_from(sorted(WHOLE)), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4)
)
def test_odd_bytes_do_no_harm(content_type: str, changes: list[tuple[int, int]]) -> None:
    """A file with some bytes changed is kept or refused, and never anything else."""
    data = bytearray(WHOLE[content_type])
    for place, value in changes:
        data[place % len(data)] = value
    try:
        told, kept = recognise(bytes(data))
    except UnknownContent:
        return
    assert told in WHOLE
    assert len(kept) <= len(data) + 36


@pytest.mark.parametrize(
    ("given_name", "content_type", "name"),
    [
        ("Plan.pdf", "application/pdf", "Plan.pdf"),
        ("photo.JPEG", "image/jpeg", "photo.jpg"),
        ("photo.exe", "image/png", "photo.png"),
        ("invoice.pdf.exe", "application/pdf", "invoice.pdf.pdf"),
        ("../../etc/passwd", "image/png", "passwd.png"),
        ("C:\\Users\\ada\\x.gif", "image/gif", "x.gif"),
        ("a\u202egnp.exe", "image/png", "agnp.png"),
        ("two\nlines\0.png", "image/png", "two lines.png"),
        ('<b>"x|y"?*', "image/png", "_b__x_y___.png"),
        ("....", "image/png", "file.png"),
        ("", "image/webp", "file.webp"),
        ("Übersicht für Köln.png", "image/png", "Übersicht für Köln.png"),
        ("x" * 300, "image/png", "x" * LONGEST_NAME + ".png"),
    ],
)
def test_names_lead_nowhere(given_name: str, content_type: str, name: str) -> None:
    """No folders, nothing invisible, and an ending that says what the file is."""
    assert safe_name(given_name, content_type) == name
