"""What rounds say of bytes."""

from __future__ import annotations

from collections.abc import Sequence

from unknot.measuring.rounds import Round, Rounds


def rounds(blocks: int, gained: Sequence[int], survived: Sequence[int]) -> Rounds:
    """Rounds of 50 operations that keep so many blocks, and gain so many bytes each."""
    return Rounds(
        Round(
            ops=50,
            base={},
            live={},
            garbage={},
            survived={},
            base_blocks=0,
            live_blocks=blocks,
            survived_blocks=0,
            asyncgen_finalizers=0,
            settled=True,
            outside={},
            bytes_gained=before,
            bytes_survived=after,
        )
        for before, after in zip(gained, survived, strict=True)
    )


def test_bytes_that_a_collection_gives_back_are_kept_only_where_blocks_are() -> None:
    caches = [304, 288, 336, 288], [-32, -32, 0, -16]
    assert rounds(0, *caches).per_op.bytes == 0
    assert rounds(50, *caches).per_op.bytes == 296 / 50


def test_a_table_that_doubles_in_one_round_does_not_hide_what_is_kept() -> None:
    doubled = [328_912, 148_400, 148_400, 148_400]
    assert rounds(1100, doubled, [0] * 4).per_op.bytes == 2968
