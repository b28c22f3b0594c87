"""A long cycle is shortened to its ends and its cut, and says how much is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unknot.heap.excerpt import LONGEST, excerpt
from unknot.heap.paths import PathStep


def path_of(length: int) -> list[PathStep]:
    return [PathStep("app.Link", f".next{at}", "app.Link") for at in range(length)]


def test_a_short_cycle_is_shown_whole() -> None:
    path = path_of(LONGEST)
    assert excerpt(path, {3}) == [(step, at == 3) for at, step in enumerate(path)]


@given(st.integers(LONGEST + 1, 20_000), st.data())
def test_shown_and_left_out_are_all_of_it_in_order(length: int, data: st.DataObject) -> None:
    cut = data.draw(st.sets(st.integers(0, length - 1), max_size=3))
    path = path_of(length)
    at = 0
    for step, is_cut in excerpt(path, cut):
        if step.source:
            assert (step, is_cut) == (path[at], at in cut)
            at += 1
        else:
            assert not is_cut
            at += int(step.label.split()[1].replace(",", ""))
    assert at == length


@given(st.integers(LONGEST + 1, 20_000), st.data())
def test_a_long_one_is_short_and_shows_its_first_cut(length: int, data: st.DataObject) -> None:
    cut = data.draw(st.sets(st.integers(0, length - 1), min_size=1, max_size=50))
    shown = excerpt(path_of(length), cut)
    assert len(shown) < LONGEST
    assert path_of(length)[min(cut)] in [step for step, is_cut in shown if is_cut]


def test_what_is_left_out_reads_as_a_number() -> None:
    texts = [step.text for step, _ in excerpt(path_of(10_000))]
    assert "… 9,984 more …" in texts
