"""Text that was written by others, as each format shows it: one escape a format.

A name, a title or a cause may hold what a format takes for a command: a link, a formula, the end
of a table cell, an order to the terminal. Each function returns what shows the text as it is.
"""

import codecs
import html as standard
import json
import re
import unicodedata
from typing import Any

from neurograph.errors import InvalidValueError

__all__ = [
    "SPELLED",
    "csv_cell",
    "first_unprintable",
    "html_words",
    "in_ascii",
    "latex_name",
    "latex_words",
    "markdown_code",
    "markdown_words",
    "picture_words",
    "printable",
    "printable_json",
    "showable",
    "toml_key",
    "toml_text",
    "toml_value",
]


def first_unprintable(text: str) -> str:
    """Return the first character that a terminal may take for a command, or nothing.

    Control characters, and those that turn the direction of writing or have no form.
    """
    return next((character for character in text if not character.isprintable()), "")


def printable(text: str, keep: str = "") -> str:
    r"""Return text without commands to a terminal: unprintable characters by their number.

    Examples
    --------
    >>> print(printable("red: \x1b[31m"))
    red: \x1b[31m
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)


# ASCII

#: How ASCII writes the symbols of equations.
SPELLED = {
    "∂": "d", "δ": "delta", "η": "eta", "→": "->", "≈": "~", "∑": "sum", "…": "...", "─": "-",
}  # fmt: skip

#: The same for what is printed besides: the marks of prose.
_SPELLED = SPELLED | {
    "α": "alpha", "σ": "sigma", "Σ": "sum", "Π": "prod", "×": "*", "·": "*", "−": "-", "–": "-",
    "—": "-", "„": '"', "“": '"', "”": '"', "‘": "'", "’": "'", "′": "'", "²": "^2", "½": "1/2",
}  # fmt: skip


def in_ascii(text: str) -> str:
    """Return text with the symbols of equations spelt out.

    Examples
    --------
    >>> in_ascii("∂E_total/∂w1 = δ_h1*i1")
    'dE_total/dw1 = delta_h1*i1'
    """
    return "".join(SPELLED.get(character, character) for character in text)


def showable(text: str, encoding: str, *, errors: str = "neurograph.spelled") -> str:
    """Return text as an encoding can show it: what it lacks is written with what it has.

    Parameters
    ----------
    text : str
    encoding : str
    errors : str
        How, as for `str.encode`.

    Examples
    --------
    >>> showable("∂E/∂w5 → 0.08", "ascii")
    'dE/dw5 -> 0.08'
    """
    return text if text.isascii() else text.encode(encoding, errors).decode(encoding)


def _spell(error: UnicodeError) -> tuple[str, int]:
    """Write what an encoding lacks with what it has: an error handler for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    return "".join(_SPELLED.get(character, "?") for character in unknown), error.end


codecs.register_error("neurograph.spelled", _spell)


# Markdown

#: What Markdown takes for something else; an underscore inside a word it leaves alone.
_MARKDOWN = re.compile(
    r"""[\\`*{}\[\]<>#|~$&@] | (?<![^\W_])_ | _(?![^\W_])
    | :(?=//) | (?<=www)\. | ^[-+](?=\s|$) | ^[-=](?=[-=]*$)""",
    re.VERBOSE | re.IGNORECASE,
)
#: What begins a numbered list.
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)", re.ASCII)


def markdown_words(text: str) -> str:
    r"""Return text as Markdown shows it, on one line; in a cell of a table too.

    Examples
    --------
    >>> print(markdown_words("$a_1$ | [b](c)"))
    \$a_1\$ \| \[b\](c)
    """
    line = _MARKDOWN.sub(r"\\\g<0>", printable(" ".join(text.split())))
    return _NUMBERED.sub(r"\1\\\2", line)


def markdown_code(text: str, *, in_cell: bool = False) -> str:
    r"""Return text as code in Markdown; in a cell of a table a bar is escaped even there.

    Examples
    --------
    >>> markdown_code("w`1"), markdown_code("a|b", in_cell=True)
    ('``w`1``', '`a\\|b`')
    """
    text = printable(text)
    ticks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    code = f"{ticks}{space}{text}{space}{ticks}"
    return code.replace("|", r"\|") if in_cell else code


# HTML


def html_words(text: str) -> str:
    """Return text as HTML shows it, inside of an element or of an attribute in quotes."""
    return standard.escape(printable(text))


# Pictures


def picture_words(text: str) -> str:
    r"""Return text as Matplotlib shows it where it would set formulas between dollar signs.

    Examples
    --------
    >>> print(picture_words("$x$"))
    \$x\$
    """
    return printable(text).replace("$", r"\$")


# JSON and tables


def printable_json(document: str) -> str:
    r"""Return a JSON document with unprintable characters by their number.

    Examples
    --------
    >>> print(printable_json('"a\u202eb"'))
    "a\u202eb"
    """
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in document)


def toml_text(text: str) -> str:
    r"""Return text in quotes, as TOML reads it.

    Examples
    --------
    >>> print(toml_text('say "a\u202eb"'))
    "say \"a\U0000202eb\""
    """
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)


def toml_key(key: str) -> str:
    """Return a key as TOML writes it: bare where that will do, else in quotes.

    Examples
    --------
    >>> toml_key("w_1"), toml_key("h1.net")
    ('w_1', '"h1.net"')
    """
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_text(key)


def toml_value(value: Any, depth: int = 0) -> str:
    """Return a value as TOML writes it, lists and tables too.

    Parameters
    ----------
    value : str, bool, int, float, list, tuple or dict
    depth : int
        From 1 on, each table or list in a list has a line of its own, so deep in.

    Raises
    ------
    InvalidValueError
        If there is nothing in it, which TOML cannot say.

    Examples
    --------
    >>> print(toml_value({"name": "h1", "at": (1, 0.5), "fixed": True}))
    { name = "h1", at = [1, 0.5], fixed = true }
    """
    if value is None:
        raise InvalidValueError("None stands among what was stored with the network: TOML has none")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, dict):
        pairs = ", ".join(f"{toml_key(k)} = {toml_value(v, depth)}" for k, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if not isinstance(value, list | tuple):
        return repr(value)
    if not depth or not value or not isinstance(value[0], list | dict):
        return f"[{', '.join(toml_value(item, depth) for item in value)}]"
    indent = "    " * depth
    lines = "".join(f"{indent}{toml_value(item, depth + 1)},\n" for item in value)
    return f"[\n{lines}{indent[4:]}]"


def csv_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a number stays one.

    Examples
    --------
    >>> csv_cell("=1+1"), csv_cell("-0.5")
    ("'=1+1", '-0.5')
    """
    text = printable(text)
    if not text.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


# LaTeX

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "<": "\\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''", "`": r"\textasciigrave{}",
    "„": r"\quotedblbase{}",
    "∂": r"$\partial$", "“": "``", "”": "''", "→": r"$\to$", "·": r"$\cdot$", "–": "--", "’": "'",
    "−": "$-$", "′": r"$'$", "×": r"$\times$", "…": r"\ldots{}", "⋮": r"$\vdots$", "⋯": r"$\cdots$",
    **{high: f"$^{{{low}}}$" for high, low in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)},
    # After the end of a row these would be its options.
    "[": "{[}", "*": "{*}",
}  # fmt: skip
_IN_EVERY_FONT = {chr(code) for code in range(0x20, 0x7F)} | set(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿ"
)
#: The Greek letters that LaTeX has; the others look like Latin ones.
_SMALL = {
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
}  # fmt: skip
_CAPITALS = {
    "gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi", "omega",
}  # fmt: skip


def latex_words(text: str) -> str:
    r"""Return text as LaTeX shows it outside of formulas.

    Examples
    --------
    >>> print(latex_words(r"50 % of \input{x}"), latex_words("a->b"))
    50 \% of \textbackslash{}input\{x\} a$\to$b
    """
    return re.sub("->|.", _in_latex, text, flags=re.DOTALL)


def _in_latex(match: re.Match[str]) -> str:
    if match[0] == "->":
        return r"$\to$"
    # Two of these beside each other would be another character.
    doubled = match[0] in "-'" and match.string[: match.start()].endswith(match[0])
    return "{}" * doubled + _latex_character(match[0])


def latex_name(name: str) -> str:
    r"""Return a name as LaTeX for math mode: as it is if it is short, otherwise as text.

    Examples
    --------
    >>> print(*map(latex_name, ("h1", "my neuron", "a_b", "λ")))
    h1 \text{my neuron} \text{a\_b} \lambda
    """
    if re.fullmatch(r"[A-Za-z]{0,2}\d*", name, re.A):
        return name
    if len(name) == 1 and (greek := _greek(name)):
        return greek
    return rf"\text{{{latex_words(name)}}}"


def _latex_character(character: str) -> str:
    if character in _LATEX:
        return _LATEX[character]
    if greek := _greek(character):
        return f"${greek}$"
    if character in _IN_EVERY_FONT:
        return character
    return f"{{[}}U+{ord(character):04X}]"  # no font of plain LaTeX has it


def _greek(character: str) -> str:
    words = unicodedata.name(character, "").split()
    if words[:1] != ["GREEK"] or len(words) != 4 or words[2] != "LETTER":
        return ""
    name = "lambda" if words[3] == "LAMDA" else words[3].lower()
    if words[1] == "CAPITAL":
        return f"\\{name.capitalize()}" if name in _CAPITALS else ""
    return f"\\{name}" if name in _SMALL else ""
