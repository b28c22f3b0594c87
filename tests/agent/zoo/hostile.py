"""Objects that tell when any of their code runs."""

# ruff: noqa: SIM905

from __future__ import annotations

import contextvars
import sys
import types
from typing import Any

__all__ = ["RAN", "hostile"]

RAN: list[str] = []
"""What ran, since it was last emptied."""

LOUD = (
    "__getattribute__ __getattr__ __setattr__ __delattr__ __dir__ __eq__ __ne__ __lt__ __hash__ "
    "__bool__ __len__ __iter__ __next__ __contains__ __getitem__ __missing__ __call__ __repr__ "
    "__str__ __format__ __index__ __int__ __get__ __sizeof__ __reduce_ex__ __del__ keys items "
    "values get copy update startswith partition"
).split()
"""What an object can be made to run, also by one who is asked for a string or a dict."""

LOUD_PROPERTIES = (
    "__class__ __dict__ __code__ __globals__ __self__ __func__ __closure__ "
    "gi_code gi_frame gi_running cr_code ag_code f_code f_locals f_back tb_next tb_frame name "
    "_state _callbacks _coro _result cell_contents args __traceback__ __name__ __file__"
).split()


def loud(name: str, usual: Any) -> Any:
    def run(*arguments: Any, **keywords: Any) -> Any:
        RAN.append(name)
        return usual(*arguments, **keywords) if usual is not None else None

    return run


def loud_body(base: Any, but: tuple[str, ...] = ()) -> dict[str, Any]:
    body = {name: loud(name, getattr(base, name, None)) for name in LOUD if name not in but}
    body.update(
        (name, property(loud(name, lambda self: None)))
        for name in LOUD_PROPERTIES
        if name not in but
    )
    return body


META_METHODS = (
    "__getattribute__ __eq__ __hash__ __repr__ __call__ __dir__ __instancecheck__ "
    "__subclasscheck__ __subclasses__ mro"
).split()

Meta: Any = type(
    "Meta",
    (type,),
    {
        **{name: loud(f"Meta.{name}", getattr(type, name)) for name in META_METHODS},
        "__class__": property(loud("Meta.__class__", type)),
        "__mro__": property(loud("Meta.__mro__", type)),
        "__bases__": property(loud("Meta.__bases__", type)),
        "__flags__": property(loud("Meta.__flags__", type)),
    },
)
"""A metaclass that tells everything that is asked of its classes."""


def make(base: Any, name: str = "Loud", **body: Any) -> Any:
    """A loud class."""
    return Meta(name, (base,), {**loud_body(base), **body})


Text: Any = type("Text", (str,), loud_body(str, but=("__class__", "__dict__")))


def forged(module: str, name: str) -> Any:
    """An instance of a class that pretends to be one of the interpreter's."""
    return object.__new__(make(object, name, __module__=module, __qualname__=name))


def store(thing: Any, **attributes: Any) -> Any:
    for name, value in attributes.items():
        object.__setattr__(thing, name, value)
    return thing


def function_with_loud_names() -> Any:
    def function() -> list[int]:
        return [1]

    function.__qualname__ = Text("function")
    function.__name__ = Text("function")
    function.__code__ = function.__code__.replace(co_filename=Text("file"))
    vars(function)[Text("attribute")] = [1]
    return function


def quiet(thing: Any) -> None:
    thing.stored = [1]


def reset(thing: Any) -> None:
    thing.elsewhere = None


def elsewhere(thing: Any) -> None:
    thing.elsewhere = [1]


def with_loud_constants(function: Any, loud_one: Any) -> Any:
    """The same with another constant than 1, such as nobody writes."""
    code = function.__code__
    constants = tuple(loud_one if each == 1 else each for each in code.co_consts)
    return types.FunctionType(code.replace(co_consts=constants), {"__name__": "loud_module"})


def with_stored_attributes(loud_one: Any, module: Any) -> Any:
    """One whose class, bases, and module are full of what must not be asked.

    The lines that are to be found are among that.
    """
    cls = make(
        make(object, "LoudBase", hidden=property(loud_one, loud_one)),
        "LoudStores",
        __module__="loud_module",
        __slots__=("elsewhere", "neither", "stored"),
        __annotations__={Text("stored"): loud_one, "elsewhere": loud_one},
        begin=classmethod(with_loud_constants(quiet, loud_one)),
        reset=staticmethod(with_loud_constants(reset, loud_one)),
        descriptor=loud_one,
    )
    names = {"a": loud_one, "b": cls, "c": with_loud_constants(elsewhere, loud_one)}
    dict_of: Any = vars(types.ModuleType)["__dict__"]
    dict_of.__get__(module).update(names)
    return store(object.__new__(cls), stored=[1], elsewhere=[2], neither=[3])


def loud_generator(value: Any) -> Any:
    local = value
    yield local, value


def hostile() -> dict[str, Any]:
    """All of them. What ran while they were made is forgotten."""
    plain = make(object)
    slotted = Meta("LoudSlots", (object,), {"__slots__": ("slot", "__dict__")})
    thing = store(object.__new__(plain), first=[1], second=[2])
    many = store(object.__new__(plain), **{f"a{number}": [number] for number in range(40)})
    a_list = list.__new__(make(list))
    list.append(a_list, [1])
    a_dict = dict.__new__(make(dict))
    dict.__setitem__(a_dict, "key", [1])
    a_set = set.__new__(make(set))
    set.add(a_set, plain)
    module = types.ModuleType.__new__(make(types.ModuleType))
    types.ModuleType.__init__(module, "loud_module")
    sys.modules["loud_module"] = module
    context = contextvars.Context()
    context.run(contextvars.ContextVar(Text("loud")).set, thing)
    generator = loud_generator(thing)
    next(generator)
    error = make(Exception)
    found = {
        "instance": thing,
        "instance with many attributes": many,
        "instance with slots": store(object.__new__(slotted), slot=[1], attribute=[2]),
        "class": plain,
        "list": a_list,
        "dict": a_dict,
        "set": a_set,
        "tuple": tuple.__new__(make(tuple), ([1], thing)),
        "text as key": {Text("key"): [1], ("a", thing): [2]},
        "text as attribute": type("Holder", (), {Text("inner"): [1]}),
        "exception": Exception(thing),
        "loud exception": Exception.__new__(error, [1]),
        "module": module,
        "context": context,
        "generator": generator,
        "function": function_with_loud_names(),
        "bound method": types.MethodType(thing, thing),
        "instance with stored attributes": with_stored_attributes(thing, module),
    }
    for name in ("generator", "coroutine", "function", "frame", "hamt_bitmap_node", "cell"):
        found[f"forged {name}"] = store(forged("builtins", name), attribute=[1], other=thing)
    for name in ("Future", "Task"):
        found[f"forged {name}"] = store(forged("asyncio", name), attribute=[1], other=thing)
    RAN.clear()
    return found
