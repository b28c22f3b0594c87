"""A variant looks the same everywhere, and unlike the others."""

from __future__ import annotations

from unknot.report.palette import styles


def test_known_variants_look_the_same_whoever_stands_beside_them() -> None:
    alone = styles(["cyclic"])["cyclic"]
    assert styles(["unknown", "cyclic", "severed"])["cyclic"] == alone


def test_unknown_variants_never_take_the_look_of_one_beside_them() -> None:
    table = styles(["1.0", "severed", "2.0", "pinned", "3.0", "4.0"])
    assert len({look.colour for look in table.values()}) == len(table)


def test_looks_differ_without_colour() -> None:
    table = styles([str(number) for number in range(7)])
    assert len({look.mark for look in table.values()}) == 7
    assert len({look.line for look in table.values()}) == 7


def test_no_look_is_the_colour_of_a_verdict() -> None:
    """By hue: no series is green, red, orange or yellow, whatever its variant leaves behind."""
    for look in styles(["severed", "cyclic", "pinned", *map(str, range(7))]).values():
        red, green, blue = (int(look.colour[at : at + 2], 16) for at in (1, 3, 5))
        assert blue >= max(red, green), look


def test_more_variants_than_looks_still_all_have_one() -> None:
    assert len(styles([str(number) for number in range(30)])) == 30
