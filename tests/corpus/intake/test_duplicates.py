"""Texts that say the same: the thresholds, held to the shipped documents and to edits of them."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Passage, Version
from corpus.intake.duplicates import KEPT, NEAR, SAME_DOCUMENT, Known, fingerprint, resemblance
from corpus.passages import split_markdown
from corpus.release.release import Shipped
from tests.conftest import PROJECT, House


def passages(*texts: str, section: str = "") -> list[Passage]:
    return [Passage("d", 1, number, section, text, "en") for number, text in enumerate(texts)]


def alike(one: str, other: str) -> float:
    return resemblance(fingerprint(passages(one)).sketch, fingerprint(passages(other)).sketch)


def sentences(count: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)  # noqa: S311 - no secret
    words = [f"w{number}" for number in range(3000)]
    return [" ".join(draw.choices(words, k=15)) + "." for _ in range(count)]


@pytest.fixture(scope="module")
def library(read_once: list[Shipped]) -> dict[str, list[Passage]]:
    return {
        shipped.id: split_markdown(Version(shipped.id, 1, shipped.metadata, shipped.body, shipped.digest))
        for shipped in read_once
    }


def test_layout_marks_and_case_do_not_change_what_a_text_is_known_by() -> None:
    one = fingerprint(passages("The fee is 250 EUR.\n- Class II", "It falls due at once.", section="Fees"))
    other = fingerprint(passages("the FEE is 250 eur\nclass ii it falls due at once", section="Costs › Fees"))
    assert one.words == other.words


def test_one_other_word_is_another_text() -> None:
    assert fingerprint(passages("The fee is 250 EUR.")).words != fingerprint(passages("The fee is 350 EUR.")).words


@given(st.lists(st.integers(0, 5000), max_size=900), st.lists(st.integers(0, 5000), max_size=900))
def test_the_estimate_is_near_the_true_share(one: list[int], other: list[int]) -> None:
    draw = random.Random(0)  # noqa: S311 - no secret
    hashes = [draw.getrandbits(64) for _ in range(5001)]
    first, second = ({hashes[at] for at in some} for some in (one, other))
    true = len(first & second) / max(len(first | second), 1)
    sketches = [np.unique(np.array(sorted(some), np.uint64))[:KEPT] for some in (first, second)]
    assert abs(resemblance(*sketches) - true) < 0.16  # five standard deviations


@pytest.mark.library
def test_documents_of_the_library_do_not_resemble_each_other(library: dict[str, list[Passage]]) -> None:
    sketches = [fingerprint(found).sketch for found in library.values()]
    assert max(resemblance(one, other) for one, other in combinations(sketches, 2)) < SAME_DOCUMENT / 2


@pytest.mark.parametrize(("every", "near"), [(10, True), (5, True), (2, False)])
def test_an_edited_text_is_known_by_what_was_kept_of_it(every: int, near: bool) -> None:
    text = sentences(100)
    fresh = iter(sentences(100, seed=1))
    edited = [next(fresh) if number % every == 0 else sentence for number, sentence in enumerate(text)]
    share = alike(" ".join(text), " ".join(edited))
    assert share >= SAME_DOCUMENT
    assert (share >= NEAR) is near


def test_texts_of_scripts_without_spaces_are_compared_too() -> None:
    text = "外国制造商须指定中国境内代理人并提交注册申请和技术资料以及检测报告"
    assert alike(text, text.replace("检测", "检验")) > NEAR
    assert alike(text, "食品进口商应当向海关提供原产地证明和卫生证书") == 0


def test_a_text_of_a_word_or_none_is_compared_without_fault() -> None:
    assert alike("Yes.", "Yes.") == 1
    assert alike("Yes.", "No.") == 0
    assert alike("", "") == 1


def test_what_lacks_a_fingerprint_is_given_one_and_what_goes_takes_it_along(house: House) -> None:
    known = Known(house.catalogue)
    assert known.sketches().keys() == {document.id for document in house.catalogue.documents()}
    found = fingerprint(house.catalogue.passages_of("japan/devices"))
    assert known.same_words(found.words) == ("japan/devices", 1)
    house.catalogue.purge({"japan/devices": []}, who="ana", why="")
    assert known.same_words(found.words) is None
    assert "japan/devices" not in known.sketches()


@pytest.mark.servers
def test_a_long_text_is_fingerprinted_in_little_memory() -> None:
    program = (
        "from corpus.documents import Passage; from corpus.intake.duplicates import fingerprint\n"
        "import random; draw = random.Random(0)\n"
        "texts = (' '.join(str(draw.random()) for _ in range(200)) for _ in range(5000))\n"
        "found = (Passage('d', 1, n, '', text, 'en') for n, text in enumerate(texts))\n"
        "print(len(fingerprint(found).sketch))\n"
        "status = open('/proc/self/status').read()\n"  # ru_maxrss would count the process that forked this one, too
        "print(int(status.partition('VmHWM:')[2].split()[0]) // 1024)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    kept, mebibytes = map(int, ran.stdout.split())
    assert kept == KEPT
    assert mebibytes < 200
