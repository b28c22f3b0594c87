"""Operations that leave a cycle, each followed by what it is after its advice was taken."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple


class Note:
    """Has whatever attributes it is given."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value


def fail() -> None:
    raise LookupError("no such thing")


# Local variables and arguments that an exception's traceback keeps.


def remember(note: Note) -> None:
    seen: BaseException | None = None
    try:
        fail()
    except LookupError as raised:
        note.reason = raised
        seen = raised
    str(seen)


def argument_and_local() -> None:
    remember(Note())


def argument_and_local_after() -> None:
    def recall(note: Note) -> None:
        seen: BaseException | None = None
        try:
            fail()
        except LookupError as raised:
            note.reason = raised
            seen = raised
        finally:
            del note, seen

    recall(Note())


def outermost() -> None:
    promise: Future[int] = Future()
    promise.set_exception(KeyError("gone"))
    try:
        middle(promise)
    except KeyError:
        pass


def middle(promised: Future[int]) -> None:
    innermost(promised)


def innermost(answer: Future[int]) -> None:
    answer.result()


def outermost_after() -> None:
    promise: Future[int] = Future()
    promise.set_exception(KeyError("gone"))
    try:
        middle_after(promise)
    except KeyError:
        pass
    finally:
        del promise


def middle_after(promised: Future[int]) -> None:
    try:
        innermost_after(promised)
    finally:
        del promised


def innermost_after(answer: Future[int]) -> None:
    try:
        answer.result()
    finally:
        del answer


def in_a_container() -> None:
    problems: dict[str, BaseException] = {}
    try:
        fail()
    except LookupError as raised:
        problems["first"] = raised


def in_a_container_after() -> None:
    problems: dict[str, BaseException] = {}
    try:
        fail()
    except LookupError as raised:
        problems["first"] = raised
    finally:
        del problems


def closed_over() -> Callable[[], object] | None:
    problem: BaseException | None = None

    def show() -> object:
        return problem

    try:
        fail()
    except LookupError as raised:
        problem = raised
    return None if show() else show


def closed_over_after() -> Callable[[], object] | None:
    problem: BaseException | None = None

    def show() -> object:
        return problem  # noqa: F821

    try:
        fail()
    except LookupError as raised:
        problem = raised
    finally:
        is_shown = show() is not None
        del problem
    return None if is_shown else show


class Promise(Future[int]):
    pass


def subclass_of_a_library_s() -> None:
    kept = Promise()
    try:
        fail()
    except LookupError as raised:
        kept.set_exception(raised)


def subclass_of_a_library_s_after() -> None:
    kept = Promise()
    try:
        fail()
    except LookupError as raised:
        kept.set_exception(raised)
    finally:
        del kept


# A method's own object is no local variable to delete.


class Runner:
    def __init__(self) -> None:
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            fail()
        except LookupError as raised:
            self.problem = raised


def method() -> None:
    Runner().run()


def method_after() -> None:
    runner = Runner()
    runner.run()
    runner.problem = None


# References back to an owner, whatever they are called.


class Zoo:
    def __init__(self) -> None:
        self.yak: Any = None


class Ape:
    def __init__(self, house: Zoo) -> None:
        self.a = house


def handed_to_a_part() -> None:
    zoo = Zoo()
    zoo.yak = Ape(zoo)


def handed_to_a_part_after() -> None:
    zoo = Zoo()
    zoo.yak = Ape(zoo)
    zoo.yak.a = None


class Car:
    def __init__(self) -> None:
        self._wheel = Wheel(self)


class Wheel:
    def __init__(self, of: Car) -> None:
        self.turns_with: Car | None = of


def made_by_its_owner() -> None:
    Car()


def made_by_its_owner_after() -> None:
    Car()._wheel.turns_with = None


class Picture:
    hung: Frame | None = None


class Frame:
    """Takes what was there before it, and hands itself over."""

    def __init__(self, picture: Picture) -> None:
        self.a = picture
        picture.hung = self


def hands_itself_over() -> None:
    Frame(Picture())


def hands_itself_over_after() -> None:
    Frame(Picture()).a.hung = None


def set_on_a_library_s_object() -> None:
    ape = Ape(Zoo())
    event = threading.Event()
    ape.a = event  # type: ignore[assignment]
    event.keeper = ape  # type: ignore[attr-defined]


def set_on_a_library_s_object_after() -> None:
    ape = Ape(Zoo())
    event = threading.Event()
    ape.a = event  # type: ignore[assignment]
    event.keeper = ape  # type: ignore[attr-defined]
    del event.keeper  # type: ignore[attr-defined]


# What cannot be changed, and what breaks if it is.


class Hooks(NamedTuple):
    before: Callable[[], None]
    after: Callable[[], None] | None


class Walker:
    def __init__(self) -> None:
        self.table: dict[str, Hooks] = {"node": Hooks(self.enter, None)}

    def enter(self) -> None:
        pass


def immutable() -> None:
    Walker()


def immutable_after() -> None:
    Walker().table.clear()


@dataclass(frozen=True)
class Fixed:
    hook: Callable[[], None]


class Frozen:
    def __init__(self) -> None:
        self.fixed: Fixed | None = Fixed(self.enter)

    def enter(self) -> None:
        pass


def frozen() -> None:
    Frozen()


def frozen_after() -> None:
    Frozen().fixed = None


class Logger:
    """Makes its methods when they are first asked for, and keeps them."""

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name != "warn":
            raise AttributeError(name)
        made = partial(self.log, name)
        setattr(self, name, made)
        return made

    def log(self, level: str) -> None:
        pass


def cached_method() -> None:
    Logger().warn()


def cached_method_after() -> None:
    partial(Logger().log, "warn")()


class Application:
    def __init__(self) -> None:
        self._handlers: dict[type, Callable[[], None]] = {LookupError: self.handle}

    def handle(self) -> None:
        pass


def own_method_in_a_table() -> None:
    Application()


def own_method_in_a_table_after() -> None:
    Application()._handlers.clear()


# A library that keeps what a subclass of its own hands to it.


class Job(threading.Thread):
    def __init__(self) -> None:
        super().__init__(target=self.work)

    def work(self) -> None:
        pass


class Overridden(threading.Thread):
    def run(self) -> None:
        pass


def handed_to_a_library() -> None:
    Job()


def handed_to_a_library_after() -> None:
    Overridden()


class Alarm(threading.Timer):
    def __init__(self) -> None:
        super().__init__(60, partial(self.ring))

    def ring(self) -> None:
        pass


def partial_handed_to_a_library() -> None:
    Alarm()


def partial_handed_to_a_library_after() -> None:
    threading.Timer(60, fail)
