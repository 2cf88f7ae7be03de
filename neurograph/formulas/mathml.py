r"""MathML from the LaTeX of explanations, so that every formula is typeset in one place.

It reads what formulas and symbols are written with: fractions, roots, hats, indices, exponents,
names, parentheses, cases and a fixed set of commands.
"""

import re
import unicodedata

from neurograph.errors import FormulaError
from neurograph.escapes import html_words

__all__ = ["mathml"]

_TOKEN = re.compile(
    r"\\begin\{cases\}|\\end\{cases\}|\\[A-Za-z]+|\\.|\d+(?:(?:\.|\{,\})\d+)?|\s+|.", re.DOTALL
)

_OPERATORS = {
    "cdot": "⋅", "le": "≤", "ge": "≥", "to": "→", "approx": "≈", "sum": "∑",
    "cdots": "⋯",
}  # fmt: skip
_WORDS = ("ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "max", "min")
_IDENTIFIERS = {"partial": "∂", "infty": "∞"}
_ENDS = ("}", r"\right", r"\end{cases}", "&", r"\\")
_SPACES = {",": "0.17em", "quad": "1em"}
_MINUS = "<mo>−</mo>"
_APPLY = "<mo>&#x2061;</mo>"


def mathml(latex: str) -> str:
    r"""Return LaTeX as MathML: what belongs inside of ``<math>``, one element.

    Parameters
    ----------
    latex : str
        As `Formula.latex` and the symbols of explanations write it.

    Returns
    -------
    str

    Raises
    ------
    FormulaError
        On anything else, and where braces or parentheses do not match.

    Examples
    --------
    >>> mathml(r"\frac{1}{2}")
    '<mrow><mfrac><mn>1</mn><mn>2</mn></mfrac></mrow>'
    """
    reader = _LatexReader(latex)
    row = reader.row()
    if reader.place < len(reader.tokens):
        raise reader.refuse(f"{reader.tokens[reader.place]!r} matches nothing before it")
    return f"<mrow>{row}</mrow>"


class _LatexReader:
    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens: list[str] = _TOKEN.findall(latex)
        self.place = 0

    def refuse(self, why: str) -> FormulaError:
        return FormulaError(f"no LaTeX of an explanation: {self.latex[:80]!r}: {why}")

    def next(self) -> str:
        if self.place >= len(self.tokens):
            raise self.refuse("it ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def skip_space(self) -> None:
        while self.peek().isspace():
            self.place += 1

    def row(self) -> str:
        """Return elements up to, and without, a token that ends something."""
        found: list[str] = []
        while self.place < len(self.tokens):
            token = self.peek()
            if token.isspace():
                self.place += 1
            elif token in _ENDS:
                break
            else:
                element = self.scripted()
                # A sign, not a subtraction: browsers tell them apart by what is before them.
                if element == _MINUS and (not found or found[-1].startswith("<mo")):
                    element = _MINUS.replace("<mo", '<mo form="prefix"')
                found.append(element)
        return "".join(found)

    def scripted(self) -> str:
        """Return one element with the index and the exponent that follow it."""
        base = self.element()
        scripts: dict[str, str] = {}
        self.skip_space()
        while self.peek() in ("_", "^") and self.peek() not in scripts:
            sign = self.next()
            self.skip_space()
            scripts[sign] = _one(self.element())
            self.skip_space()
        below, above = scripts.get("_"), scripts.get("^")
        if below and above:
            return f"<msubsup>{_one(base)}{below}{above}</msubsup>"
        if below:
            if base == "<mo>∑</mo>":
                return f"<munder>{base}{below}</munder>"
            return f"<msub>{_one(base)}{below}</msub>"
        return f"<msup>{_one(base)}{above}</msup>" if above else base

    def element(self) -> str:
        token = self.next()
        if token == "{":
            return f"<mrow>{self.rest_of_group()}</mrow>"
        if token == r"\begin{cases}":
            return self.cases()
        if token.startswith("\\"):
            return self.command(token[1:])
        if token[0].isdigit():
            return f"<mn>{token.replace('{,}', ',')}</mn>"
        if token.isalpha():
            return f"<mi>{html_words(token)}</mi>"
        if token in "_^&}":
            raise self.refuse(f"{token!r} stands alone")
        return f"<mo>{html_words(token.replace('-', '−'))}</mo>"

    def rest_of_group(self) -> str:
        row = self.row()
        if self.next() != "}":
            raise self.refuse("a brace is not closed")
        return row

    def group(self) -> str:
        self.skip_space()
        if self.next() != "{":
            raise self.refuse("a command has no argument in braces")
        return f"<mrow>{self.rest_of_group()}</mrow>"

    def command(self, name: str) -> str:
        if name == "frac":
            return f"<mfrac>{_one(self.group())}{_one(self.group())}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self.group()}</msqrt>"
        if name == "hat":
            return f'<mover accent="true">{_one(self.group())}<mo>^</mo></mover>'
        if name in ("mathrm", "operatorname"):
            return f'<mi mathvariant="normal">{html_words(self.text())}</mi>'
        if name == "text":
            return f"<mtext>{html_words(self.text()).replace(' ', '&#xA0;')}</mtext>"
        if name == "left":
            return self.fenced()
        if name in _OPERATORS:
            return f"<mo>{_OPERATORS[name]}</mo>"
        if name in _IDENTIFIERS:
            return f"<mi>{_IDENTIFIERS[name]}</mi>"
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}"/>'
        if name in _WORDS:
            return f"<mi>{name}</mi>{_APPLY}"
        if greek := _greek(name):
            return f"<mi>{greek}</mi>"
        raise self.refuse(f"the command {name!r} is not known")

    def fenced(self) -> str:
        left = self.fence()
        row = self.row()
        if self.next() != r"\right":
            raise self.refuse(f"{left!r} is not closed")
        right = html_words(self.fence())
        return f"<mrow><mo>{html_words(left)}</mo><mrow>{row}</mrow><mo>{right}</mo></mrow>"

    def fence(self) -> str:
        self.skip_space()
        fence = self.next()
        if fence not in ("(", ")", "[", "]", "|"):
            raise self.refuse(f"{fence!r} is no parenthesis")
        return fence

    def cases(self) -> str:
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(f"<mtd>{self.row()}</mtd>")
            token = self.next()
            if token == r"\end{cases}":
                break
            if token == r"\\":
                rows.append([])
            elif token != "&":
                raise self.refuse(f"{token!r} stands where cases should end")
        table = "".join(f"<mtr>{''.join(cells)}</mtr>" for cells in rows)
        return f"<mrow><mo>{{</mo><mtable>{table}</mtable></mrow>"

    def text(self) -> str:
        """Return the text of a group, without the ways LaTeX spells special characters."""
        if self.next() != "{":
            raise self.refuse("text has no braces")
        found: list[str] = []
        depth = 1
        while True:
            token = self.next()
            if token == "{":
                depth += 1
            elif token == "}":
                depth -= 1
                if depth == 0:
                    return "".join(found)
            elif token == "$":
                continue
            elif token.startswith("\\"):
                found.append(self.character(token[1:]))
            else:
                found.append(token)

    def character(self, name: str) -> str:
        if len(name) == 1 and not name.isalpha():
            return name
        found = _SPELLED.get(name) or _greek(name)
        if not found:
            raise self.refuse(f"the character {name!r} is not known")
        return found


_SPELLED = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<",
    "textgreater": ">", "textbar": "|", "textasciigrave": "`", "partial": "∂", "to": "→",
    "cdot": "·", "times": "×", "ldots": "…", "vdots": "⋮", "cdots": "⋯",
    "quotedblbase": "„",
}  # fmt: skip


def _greek(name: str) -> str:
    word = "LAMDA" if name.lower() == "lambda" else name.upper()
    size = "CAPITAL" if name[:1].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {word}")
    except KeyError:
        return ""


def _one(element: str) -> str:
    """Return a row of one simple element as that element."""
    return re.sub(r"^<mrow>(<(m[nio])[^<>]*>[^<>]*</\2>)</mrow>$", r"\1", element)
