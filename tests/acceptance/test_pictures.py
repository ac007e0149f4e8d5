"""The pictures of docs/forms.md are what the files and their answers look like today."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.looking import Seen
from tests.pictures import CODE, FOLDER, SHOWN, pictures
from tests.tree import ROOT

pytestmark = pytest.mark.timeout(300)
MOST = 150 * 1024  # bytes of a picture


@pytest.fixture(scope="session")
def drawn(seen: Seen) -> dict[str, str]:
    """The pictures as they would be drawn now."""
    return pictures(seen.newcomer)


def test_pictures_are_of_today(drawn: dict[str, str]) -> None:
    """`python -m tests.pictures` would write the committed ones, no more and no fewer."""
    kept = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()}
    assert kept.keys() == drawn.keys() == {f"{form}-{kind}.svg" for form in SHOWN for kind in ("sent", "answered")}
    assert [name for name, text in drawn.items() if kept[name] != text] == []


def test_pictures_need_nothing_else(drawn: dict[str, str]) -> None:
    """Each is small, well formed, draws its own text and asks for no font, script, style or file."""
    for name, text in drawn.items():
        assert len(text.encode()) < MOST, name
        root = ET.fromstring(text)  # noqa: S314 - our own
        assert {element.tag.partition("}")[2] for element in root.iter()} == {"svg", "title", "rect", "text"}
        assert re.findall(r"url\(|href|https?:(?!//www\.w3\.org/2000/svg)", text) == []
        assert "viewBox" in root.attrib


def test_what_is_wrong_is_seen(drawn: dict[str, str]) -> None:
    """The wrong cell is framed in red and the reason stands beside it, with what to write where one is certain."""
    for form in ("police", "labour_department"):
        assert 'stroke="#C00000"' in drawn[f"{form}-answered.svg"]
        assert 'fill="#FFD966"' in drawn[f"{form}-answered.svg"]
        assert "#C00000" not in drawn[f"{form}-sent.svg"]
    for form, proposed in (("labour_department", "I: 0912345678"), ("women_union", "D: bản Nà Mường")):
        assert f">{proposed}</text>" in drawn[f"{form}-answered.svg"]


def test_pictures_show_no_real_code(drawn: dict[str, str], seen: Seen) -> None:
    """Mã hồ sơ in a picture are made up: none of them is that of a case in the home the picture was drawn from."""
    rows = [row for one in seen.newcomer["first"].values() for file in one["files"] for row in file["rows"]]
    shown = {code for text in drawn.values() for code in CODE.findall(text)}
    assert len(shown) >= 8
    assert shown & {row["code"] for row in rows} == set()


def test_the_page_shows_them_all() -> None:
    """docs/forms.md shows each picture, with words for whoever cannot see it."""
    text = (ROOT / "docs" / "forms.md").read_text("utf-8")
    shown = re.findall(r"!\[([^\]]{20,})\]\(pictures/([\w-]+\.svg)\)", text)
    assert [name for _, name in shown] == [f"{form}-{kind}.svg" for form in SHOWN for kind in ("sent", "answered")]
