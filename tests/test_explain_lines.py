"""Every line of every explanation, on random networks, against definitions and derivatives.

A line in symbols is read by sympy, and each of its symbols gets the value that the plain
implementation of `strategies` (which shares nothing with neurograph) finds for it by definition or
complex step. Both sides must agree, at the network's own numbers and again at others, so that the
line is a law and not a coincidence. A line in numbers is evaluated in interval arithmetic, every
number within half a unit of its last digit: the interval must hold the value.
"""

import ast
import copy
import functools
import math
import random
import re

import mpmath
import pytest
import strategies as st
import sympy
from hypothesis import given, settings
from sympy.parsing.sympy_parser import parse_expr

import neurograph as ng
from neurograph.documents.lines import expression
from neurograph.explanations import explain
from neurograph.explanations.explanation import numeric

DIGITS = 9


# -- reading lines ------------------------------------------------------------------------------


def as_python(text, symbols):
    """Return the text of an expression as Python, and the symbols by their stand-ins."""
    stand_ins = {}

    def stand_in(match):
        return stand_ins.setdefault(match[0], f"S{len(stand_ins)}S")

    found = "|".join(map(re.escape, sorted(symbols, key=len, reverse=True)))
    # A symbol is no part of a longer word.
    text = re.sub(rf"(?<![\w∂{{])(?:{found})(?!\w|/∂)", stand_in, text)
    return text.replace("^", "**").replace("ln(", "log("), stand_ins


class _Choices(ast.NodeTransformer):
    """Writes ``a if c else b`` as a Piecewise, which is what sympy calls it."""

    def visit_IfExp(self, node):
        """Return the call of Piecewise."""
        self.generic_visit(node)
        source = f"Piecewise(({ast.unparse(node.body)}, {ast.unparse(node.test)}),"
        source += f"({ast.unparse(node.orelse)}, True))"
        return ast.parse(source, mode="eval").body


@functools.cache
def by_sympy(python, names):
    """Return an expression as sympy reads it, as a function of its symbols."""
    tree = _Choices().visit(ast.parse(python, mode="eval"))
    symbols = {name: sympy.Symbol(name, real=True) for name in names}
    parsed = parse_expr(ast.unparse(tree), local_dict={**symbols, "max": sympy.Max})
    unknown = {str(symbol) for symbol in parsed.free_symbols} - set(names)
    assert not unknown, f"{unknown} in {python!r}"
    return sympy.lambdify(list(symbols.values()), parsed, modules="mpmath")


def read_by_sympy(text, *points):
    """Return the values of an expression in symbols at some points, read by sympy."""
    python, stand_ins = as_python(text, points[0])
    evaluate = by_sympy(python, tuple(stand_ins.values()))
    return [
        float(evaluate(*(mpmath.mpf(values[symbol]) for symbol in stand_ins))) for values in points
    ]


def half_unit(text):
    """Return half a unit of the last digit that a number is shown to."""
    mantissa, _, exponent = text.lower().partition("e")
    places = max(DIGITS, len(mantissa.partition(".")[2])) if not exponent else 5
    return mpmath.mpf(10) ** (int(exponent or 0) - places) / 2


def interval(node, source):
    """Return the interval of a numeric expression, each number within its last digit."""
    iv = mpmath.iv
    match node:
        case ast.Constant():
            text = ast.get_source_segment(source, node)
            half = half_unit(text)
            return iv.mpf([mpmath.mpf(text) - half, mpmath.mpf(text) + half])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -interval(operand, source)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as power)):
            return interval(left, source) ** power
        case ast.BinOp(left=left, op=op, right=right):
            a, b = interval(left, source), interval(right, source)
            return {ast.Add: a.__add__, ast.Sub: a.__sub__, ast.Mult: a.__mul__,
                    ast.Div: a.__truediv__}[type(op)](b)  # fmt: skip
        case ast.IfExp(test=ast.Compare(left=left, ops=[op], comparators=[right])):
            a, b = (interval(part, source).mid for part in (left, right))
            holds = {ast.Gt: a > b, ast.GtE: a >= b, ast.Lt: a < b, ast.LtE: a <= b}[type(op)]
            return interval(node.body if holds else node.orelse, source)
        case ast.Call(func=ast.Name(id="max")):
            parts = [interval(part, source) for part in node.args]
            return iv.mpf([max(p.a for p in parts), max(p.b for p in parts)])
        case ast.Call(func=ast.Name(id="tanh"), args=[inner]):
            e = iv.exp(2 * interval(inner, source))
            return (e - 1) / (e + 1)
        case ast.Call(func=ast.Name(id=name), args=[inner]):
            return getattr(iv, name)(interval(inner, source))
    raise AssertionError(f"cannot evaluate {ast.dump(node)}")


def check_numbers(text, value):
    """Evaluate a line in numbers: the value must be what its digits allow."""
    source = text.replace("^", "**").replace("ln(", "log(")
    found = interval(ast.parse(source, mode="eval").body, source)
    assert found.a <= value <= found.b, f"{text} is in {found}, not {value}"


# -- what symbols stand for, by the plain implementation -----------------------------------------


def name_of(name):
    """Return a name as symbols have it: as it is if it is one word, else in braces."""
    text = str(name)
    return text if re.fullmatch(r"\w+", text) else f"{{{text}}}"


class Meaning:
    """The value of every symbol of a plain network in one sample."""

    def __init__(self, plain, sample, tag=""):
        self.plain, self.sample, self.tag = plain, sample, tag
        self.net, self.out, self.error = plain.run(sample)
        self.one = copy.copy(plain)
        self.one.inputs, self.one.targets = [plain.inputs[sample]], [plain.targets[sample]]
        self.values = {}
        self.fill()

    def parameter(self, owner):
        """Return the symbol of a weight or bias."""
        shared = [o for group in self.plain.parameters() if owner in group for o in group]
        if owner.tie is not None and (len(shared) > 1 or isinstance(owner, st.Unit)):
            return owner.tie
        if isinstance(owner, st.Unit):
            return f"b_{name_of(owner.name)}"
        return f"w_{{{owner.pre}->{owner.post}}}"

    def of_out(self, name):
        """Return the symbol of an out."""
        stands_alone = name in self.plain.input_names or name in self.plain.bias_names
        word = re.fullmatch(r"[^\W\d]\w*", str(name))
        return (str(name) if stands_alone and word else f"out_{name_of(name)}") + self.tag

    def of_net(self, name):
        """Return the symbol of a net."""
        return f"net_{name_of(name)}{self.tag}"

    def own_error(self, name):
        """Return the symbol of E as a neuron alone acts on it: its share, or all of it."""
        plain = self.plain
        alone = name in plain.output_names and not plain.out_of[name]
        if alone and plain.unit[name].activation != "softmax":
            return f"E_{name_of(name)}{self.tag}"
        return self.total

    @property
    def total(self):
        """The symbol of the error."""
        return f"E{self.tag}" if self.tag else "E_total"

    def fill(self):
        """Find the value of every symbol."""
        plain, values, sample = self.plain, self.values, self.sample
        values[self.total] = complex(self.error).real
        for unit in plain.units:
            name, text = unit.name, name_of(unit.name)
            out = self.of_out(name)
            values[out] = complex(self.out[name]).real
            by_out = plain.sensitivity("out", name, sample)
            values[f"∂{self.total}/∂{out}"] = by_out
            if unit.bias is not None:
                values[self.parameter(unit)] = unit.bias
            if name in plain.output_names:
                target = plain.targets[sample][name]
                n = len(plain.output_names)
                values[f"target_{text}{self.tag}"] = target
                loss = st.LOSSES[plain.loss](target, self.out[name], n)
                values[f"E_{text}{self.tag}"] = complex(loss).real
            if not plain.into[name]:
                continue
            net = self.of_net(name)
            values[net] = complex(self.net[name]).real
            delta = plain.sensitivity("net", name, sample)
            values[f"δ_{text}{self.tag}"] = delta
            values[f"∂{self.own_error(name)}/∂{net}"] = delta
            if unit.activation != "softmax":
                f = st.ACTIVATIONS[unit.activation]
                slope = complex(f(complex(values[net], st.STEP))).imag / st.STEP
                values[f"∂{out}/∂{net}"] = slope
            if unit.bias is not None:
                values[f"∂{net}/∂{self.parameter(unit)}"] = 1.0
        for wire in plain.wires:
            self.fill_wire(wire)
        for owners in plain.parameters():
            symbol = f"∂{self.total}/∂{self.parameter(owners[0])}"
            values[symbol] = self.one.gradient(owners)
            for owner in owners:
                values[f"{self.own_gradient(owner)}{self.tag}"] = self.one.gradient([owner])

    def own_gradient(self, owner):
        """Return the symbol of what one use of a parameter adds to its gradient."""
        if isinstance(owner, st.Wire):
            return f"own_gradient_{{{owner.pre}->{owner.post}}}"
        return f"own_gradient_b_{name_of(owner.name)}"

    def fill_wire(self, wire):
        """Find the values of the symbols of one connection."""
        values, weight = self.values, self.parameter(wire)
        out, net = self.of_out(wire.pre), self.of_net(wire.post)
        values[weight] = wire.weight
        values[f"∂{net}/∂{weight}"] = values[out]
        values[f"∂{net}/∂{out}"] = wire.weight
        back = wire.weight * values[f"δ_{name_of(wire.post)}{self.tag}"]
        name = f"{wire.pre}->{wire.post}"
        owner = weight if weight.startswith("w_") else f"{{{name}}}"
        values[f"message_{owner}{self.tag}"] = wire.weight * values[out]
        values[f"error_message_{owner}{self.tag}"] = back
        error = self.own_error(wire.post)
        if error != self.total:
            values[f"∂{error}/∂{out}"] = back


def meanings(plain, sample, rate):
    """Return the value of every symbol that an explanation may use.

    With a sample (from 1) symbols belong to it; otherwise to the whole batch, with those of each
    sample tagged.
    """
    if not plain.batch or sample is not None:
        values = dict(Meaning(plain, (sample or 1) - 1).values)
    else:
        values = {}
        for k in range(len(plain.inputs)):
            values |= Meaning(plain, k, f"[{k + 1}]").values
        values["E_total"] = complex(plain.total_error()).real
        meaning = Meaning(plain, 0)
        for owners in plain.parameters():
            values[f"∂E_total/∂{meaning.parameter(owners[0])}"] = plain.gradient(owners)
            for owner in owners:
                values[meaning.own_gradient(owner)] = plain.gradient([owner])
    values["η"] = rate
    meaning = Meaning(plain, 0)
    for owners in plain.parameters():
        symbol = meaning.parameter(owners[0])
        old = owners[0].weight if isinstance(owners[0], st.Wire) else owners[0].bias
        step = rate * plain.gradient(owners) if owners[0].trainable else 0.0
        values[f"{symbol}+"] = old - step
    return values


# -- the property ---------------------------------------------------------------------------------


def addresses(net):
    """Return every address of a network after both passes, and those of new parameters."""
    known = ["loss"]
    for neuron in map(net.neuron, net.nodes):
        known += [f"{neuron.name}.{kind}" for kind in ng.addresses.NEURON_QUANTITIES
                  if kind in neuron]  # fmt: skip
        known += [f"{neuron.name}.new_bias"] if neuron.bias is not None else []
    for connection in map(net.connection, net.edges):
        known += [f"{connection.name}.{kind}" for kind in ng.addresses.CONNECTION_QUANTITIES
                  if kind in connection]  # fmt: skip
        known.append(f"{connection.name}.new_weight")
    return known


def perturbed(plain):
    """Return the same network with other numbers."""
    numbers = random.Random(7)
    other = copy.deepcopy(plain)
    for owners in other.parameters():
        shift = numbers.uniform(0.05, 0.3)
        for owner in owners:
            if isinstance(owner, st.Wire):
                owner.weight += shift
            else:
                owner.bias += shift
    for sample in other.inputs:
        for name in sample:
            sample[name] += numbers.uniform(0.05, 0.3)
    other.__post_init__()
    return other


def close(one, other):
    """Whether two numbers agree but for the rounding of floats."""
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-11)


def check(plain, net, address, sample, rate, here, there):
    """Check every line of the explanation of one address."""
    explanation = explain(net, address, depth=0, sample=sample, learning_rate=rate)
    for line in explanation.root.equations:
        left = line.left.text
        assert close(line.value, here[left]), (address, left)
        for form in line.forms:
            text = expression(form, line.terms)
            for values, found in zip((here, there), read_by_sympy(text, here, there), strict=True):
                assert close(found, values[left]), f"{address}: {left} = {text}"
        if line.forms:
            check_numbers(numeric(line, DIGITS), line.value)
        assert line.is_exact
    check_paths(explanation, here, there)
    return explanation


def check_paths(explanation, here, there):
    """Check the contributions of paths, each by itself and all together."""
    if explanation.path_sum is None:
        return
    total = sum(path.contribution for path in explanation.paths) + explanation.other_paths
    assert close(total, explanation.value)
    lines = explanation.path_sum.lines
    for path, line in lines:
        if line.forms:
            check_numbers(numeric(line, DIGITS), path.contribution)
    if lines and len(lines) == explanation.n_paths and all(line.forms for _, line in lines):
        texts = [expression(line.forms[0], line.terms) for _, line in lines]
        left = explanation.root.equations[0].left.text
        found = [read_by_sympy(text, here, there) for text in texts]
        for values, shares in zip((here, there), zip(*found, strict=True), strict=True):
            assert close(sum(shares), values[left])


@settings(st.CHECKED, max_examples=20)
@given(st.plain_networks())
def test_every_line_is_true_and_its_numbers_add_up(plain):
    """Each line of each address holds at two points, and evaluates to its value."""
    net, rate = plain.network(), 0.5
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    before = st.snapshot(net)
    other = perturbed(plain)
    samples = [None, len(plain.inputs)] if plain.batch else [None]
    for sample in samples:
        here, there = (meanings(one, sample, rate) for one in (plain, other))
        for address in addresses(net):
            per_sample = not re.search(r"loss$|gradient$|new_|weight$|bias$", address)
            per_sample |= bool(re.search(r"\.(loss|out_gradient)$", address))
            if plain.batch and sample is None and per_sample:
                with pytest.raises(ng.InvalidValueError, match="has a value for each of"):
                    explain(net, address, depth=0)
                continue
            if sample is not None and "new_" in address:
                continue
            check(plain, net, address, sample, rate, here, there)
    assert st.snapshot(net) == before
