"""The campaign's command: ``python -m bench.faults``."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from bench.faults.files import files_and_limits
from bench.faults.hostile import hostile_workloads
from bench.faults.results import damaged_results
from bench.faults.signals import signals
from bench.faults.table import details, table
from bench.faults.trial import Outcome, Trial, adopt_orphans, run_trial
from unknot.cli.commands import run_command

KINDS: dict[str, tuple[Callable[[Path, Random, int], Iterator[Trial | Outcome]], int, int]] = {
    "signals": (signals, 1, 10),
    "files": (files_and_limits, 1, 2),
    "workloads": (hostile_workloads, 1, 3),
    "results": (damaged_results, 60, 1000),
}
"""The functions that create the trials of a kind, and the repetitions: with --fast, and in full."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fast", is_flag=True, help="About a minute: each fault once.")
@click.option("--seed", default=0, show_default=True, help="Seed of the random choices.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Run only one kind."
)
@click.option("--jobs", default=2, show_default=True, help="Trials at the same time.")
def main(fast: bool, seed: int, kinds: tuple[str, ...], jobs: int) -> None:
    """Run trials of faults, and print their outcomes; the exit code is 1 if a trial failed."""
    told = Console(stderr=True, highlight=False)
    outcomes: list[Outcome] = []
    began = time.monotonic()
    for kind in kinds or KINDS:
        make, short, full = KINDS[kind]
        with TemporaryDirectory(prefix="faults-") as folder:
            random = Random(f"{seed} {kind}")
            made = list(make(Path(folder), random, short if fast else full))
            for outcome in outcomes_of(made, jobs):
                outcomes.append(outcome)
                for line in details([outcome]):
                    told.print(line, markup=False, soft_wrap=True)
    print("\n".join(table(outcomes)))
    failed = sum(bool(outcome.faults) for outcome in outcomes)
    seconds = time.monotonic() - began
    print(f"\n{len(outcomes):,} trials in {seconds:.0f} s, seed {seed}: {failed} failed")
    sys.exit(int(failed > 0))


def outcomes_of(made: Sequence[Trial | Outcome], jobs: int) -> Iterator[Outcome]:
    """The outcome of each trial, in order; trials that need no process already have one."""
    trials = [one for one in made if isinstance(one, Trial)]
    # Forked: each worker adopts the orphans of its trials alone, and has the trials as they are.
    with multiprocessing.get_context("fork").Pool(jobs, Worker.begin, (trials,)) as pool:
        run = pool.imap(Worker.run, range(len(trials)))
        for one in made:
            yield next(run) if isinstance(one, Trial) else one
        pool.close()
        pool.join()


class Worker:
    """A process that runs trials, one at a time."""

    trials: Sequence[Trial] = ()

    @classmethod
    def begin(cls, trials: Sequence[Trial]) -> None:
        cls.trials = trials
        adopt_orphans()

    @classmethod
    def run(cls, number: int) -> Outcome:
        return run_trial(cls.trials[number])


if __name__ == "__main__":
    run_command(main, "python -m bench.faults")
