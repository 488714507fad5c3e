"""What a model gains once its equations are known: softmaxes, states, shared expressions, parts of a named model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import (
    Affine,
    Build,
    Const,
    Dot,
    Full,
    Map,
    Over,
    Pick,
    Plus,
    Ref,
    Softmax,
    Sum,
    Tensor,
    rebuilt,
    size_of,
    substitute,
    walk,
)


def recognised(tensor: Tensor) -> Tensor:
    """Writes exp(z) / sum_j exp(z_j), for the whole vector or component by component, as softmax(z)."""
    tensor = rebuilt(tensor, recognised)
    component = isinstance(tensor, Build)
    quotient = _quotient(tensor.body if isinstance(tensor, Build) else tensor)
    if quotient is None or len(tensor.shape) != 1:
        return tensor
    top, bottom = quotient
    if not isinstance(top, Map) or (top.function, top.order) != ("exp", 0):
        return tensor
    vector = _whole_vector(tensor.variable, tensor.label, top.argument) if isinstance(tensor, Build) else top.argument
    if bottom.shape or vector.shape != tensor.shape or not _adds_exponentials(bottom, vector):
        return tensor
    return Softmax(vector) if component or top.shape else tensor


def _whole_vector(variable: str, label: str, component: Tensor) -> Tensor:
    index = (Affine.of(variable),)
    if isinstance(component, Pick) and component.indices == index and variable not in component.argument.free:
        return component.argument
    return Build(variable, label, component)


def _adds_exponentials(total: Tensor, vector: Tensor) -> bool:
    """Whether a scalar is the sum of exp over all components of a vector."""
    if isinstance(total, Dot):
        ones = (Full(Fraction(1), vector.shape), Map("exp", 0, vector))
        return total.axes == 1 and (total.left, total.right) in (ones, ones[::-1])
    if not isinstance(total, Sum) or total.conditions or not isinstance(total.body, Map):
        return False
    whole = (total.lower, total.upper) == (Affine((), 1), size_of(vector.shape[0]))
    component = total.body.argument
    return (
        whole
        and (total.body.function, total.body.order) == ("exp", 0)
        and not component.shape
        and component is _component(vector, Affine.of(total.variable))
    )


def _component(vector: Tensor, index: Affine) -> Tensor:
    return substitute(vector.body, {vector.variable: index}) if isinstance(vector, Build) else Pick(vector, (index,))


def _quotient(tensor: Tensor) -> tuple[Tensor, Tensor] | None:
    """Numerator and denominator of a quotient, as the elaborator writes it."""
    if isinstance(tensor, Over):
        return tensor.left, tensor.right
    if isinstance(tensor, Dot) and isinstance(tensor.left, Over) and tensor.axes == 0:
        return tensor.right, tensor.left.right
    return None


def with_recurrence(quantities: dict[str, Quantity], first: int) -> dict[str, Quantity]:
    """Marks the states: quantities on a cycle of definitions that are asked for at another time, or in terms of their start."""
    shifts: dict[str, set[tuple[str, int]]] = {
        key: {
            (n.quantity, n.time.constant)
            for n in walk(q.definition)
            if isinstance(n, Ref) and n.time is not None and n.time.names() == {"t"}
        }
        for key, q in quantities.items()
        if q.definition is not None
    }
    result = dict(quantities)
    for key, uses in shifts.items():
        for used, shift in uses:
            if shift and used in shifts and key in _reachable(used, shifts):
                old = result[used].recurrence
                result[used] = replace(result[used], recurrence=min(old, shift) if shift < 0 else max(old, shift))
    for key, quantity in quantities.items():
        for used in _starts(quantity, first):
            if used in shifts and not result[used].recurrence and key in _reachable(used, shifts):
                result[used] = replace(result[used], recurrence=-1)
    return result


def _starts(quantity: Quantity, first: int) -> set[str]:
    """The quantities that a definition mentions before the first step: ``h_t = W^t h_0``."""
    refs = (n for n in walk(quantity.definition) if isinstance(n, Ref)) if quantity.definition is not None else ()
    return {n.quantity for n in refs if n.time is not None and not n.time.names() and n.time.constant < first}


def circular(quantities: Mapping[str, Quantity], first: int) -> set[str]:
    """The quantities that stand on a circle of definitions at one time.

    A definition that mentions a quantity before the first step (``h_t = W^t h_0``) means an initial value by that.
    """
    same: dict[str, set[tuple[str, int]]] = {}
    for key, quantity in quantities.items():
        nodes = walk(quantity.definition) if quantity.definition is not None else ()
        same[key] = {(n.quantity, 0) for n in nodes if isinstance(n, Ref) and _at_one_time(n, quantity, quantities, first)}
    return {key for key, used in same.items() if any(key in _reachable(k, same) for k, _ in used)}


def _at_one_time(ref: Ref, quantity: Quantity, quantities: Mapping[str, Quantity], first: int) -> bool:
    """Whether a definition needs what it mentions at its own time, or at one time whatever its own is."""
    if ref.time is None:
        return True
    if ref.time.names():
        from_the_end = "t" in ref.time.names() and any("#" not in name for name in ref.time.names() - {"t"})  # t - T, no t - j
        return quantity.timed and (ref.time == Affine.of("t") or from_the_end)
    known = quantities.get(ref.quantity)
    return ref.time.constant >= first and not any(at == ref.time for at, _ in (known.special if known is not None else ()))


def with_free_start(quantities: dict[str, Quantity], first: int) -> dict[str, Quantity]:
    """Leaves the initial state free where a document says that it is zero: that is a hypothesis, and verdicts name it."""

    def is_zero_start(quantity: Quantity, at: Affine, value: Tensor) -> bool:
        zero = isinstance(value, Dot) and isinstance(value.left, Const) and value.left.value == 0
        return quantity.recurrence < 0 and not at.names() and at.constant < first and zero

    return {
        key: replace(q, special=tuple((at, v) for at, v in q.special if not is_zero_start(q, at, v)))
        for key, q in quantities.items()
    }


def _reachable(start: str, shifts: Mapping[str, set[tuple[str, int]]]) -> set[str]:
    seen, stack = {start}, [start]
    while stack:
        for used, _ in shifts.get(stack.pop(), ()):
            if used not in seen:
                seen.add(used)
                stack.append(used)
    return seen


def with_shared_expressions(quantities: dict[str, Quantity]) -> dict[str, Quantity]:
    """Uses a quantity wherever its defining expression stands inside another definition.

    Notes define ``y_t = softmax(V h_t)`` first and ``z_t = V h_t`` later; only then does the derivative of y by z mean something.
    Of a sum the order of its terms does not matter, nor what is added to it: ``\\tanh(a_t + b)`` is made with ``a_t = U x_t + W h_{t-1}``.
    """
    result = dict(quantities)
    for key, quantity in quantities.items():
        body = result[key].definition  # with what stands for a part of it by now
        if body is None or isinstance(body, Ref) or not body.shape or not quantity.timed:
            continue
        named = Ref(key, Affine.of("t"), quantity.shape)
        for other, target in result.items():
            if other == key or target.definition is None:
                continue
            if target.definition is body and list(quantities).index(other) < list(quantities).index(key):
                continue
            found = _with(named, body, target.definition)
            if found is not target.definition and key not in _uses_now(result, key, other):
                result[other] = replace(target, definition=found)
    return result


def _with(named: Tensor, body: Tensor, node: Tensor) -> Tensor:
    """An expression with a quantity wherever what defines it stands in it."""
    if node is body:
        return named
    if isinstance(node, Plus) and isinstance(body, Plus):
        more = Counter(node.terms)
        more.subtract(body.terms)
        if min(more.values()) >= 0:
            return Plus((named, *more.elements())) if more.total() else named
    return rebuilt(node, lambda part: _with(named, body, part))


def _uses_now(quantities: Mapping[str, Quantity], key: str, other: str) -> set[str]:
    """{key} when replacing inside `other` would make `key` depend on itself at one time."""
    seen, stack = set(), [key]
    while stack:
        definition = quantities[stack.pop()].definition
        for node in walk(definition) if definition is not None else ():
            if isinstance(node, Ref) and node.time == Affine.of("t") and node.quantity not in seen:
                seen.add(node.quantity)
                stack.append(node.quantity)
    return {key} if other in seen else set()


def completed(model: Model, base: Model) -> Model:
    """The model with what it lacks taken from a named one."""
    missing = {
        key: q for key, q in base.quantities.items() if key not in model.quantities or model.quantities[key].definition is None
    }
    return replace(
        model,
        quantities={**model.quantities, **missing},
        sizes={**base.sizes, **model.sizes},
        index_letters=model.index_letters | base.index_letters,
        first=base.first,
        horizon=base.horizon,
        horizon_offset=base.horizon_offset,
    )
