"""What a file really is, and what of it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.practices.files.contents import LONGEST_NAME, UnknownContent, recognise, safe_name
from tests.commands.practices.files.pictures import GIF, JPEG, JPEG_PROGRESSIVE, PDF, WEBP, png

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
