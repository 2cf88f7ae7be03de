"""Tests of how explanations are written: text, Markdown, LaTeX, HTML with MathML."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
import strategies as st
from hypothesis import given, settings
from test_explain import after, odd_network
from test_explain_lines import addresses

import neurograph as ng
from neurograph.documents.latex import whole_document
from neurograph.explanations import explain, influence, what_if
from neurograph.formulas.mathml import mathml
from neurograph.scenario import find_scenarios, load_scenario


@pytest.fixture(scope="module")
def mazur():
    """Mazur's network after both passes, before the update."""
    return after("backward")


def trained(name):
    """Return the network of a scenario after one forward and one backward pass."""
    scenario = load_scenario(name)
    net = scenario.network()
    net.forward(scenario.inputs)
    net.backward(scenario.targets)
    return net


def gradients(net):
    """Return explanations of the total error and of a few gradients, and of one sample."""
    slots = [net.connection(ends).name for ends in net.edges]
    chosen = dict.fromkeys(["loss", *(f"{name}.gradient" for name in (slots[0], slots[-1]))])
    found = [explain(net, address) for address in chosen]
    if found[0].n_samples:
        found += [explain(net, address, sample=1) for address in chosen]
    return found


# -- LaTeX -----------------------------------------------------------------------------------------


def check_latex(text):
    """Check that braces, environments and delimiters are balanced, and no character is special."""
    bare = re.sub(r"\\[\\{}&%#$_]", "", text)
    assert bare.count("{") == bare.count("}")
    depth = 0
    for character in re.findall(r"[{}]", bare):
        depth += 1 if character == "{" else -1
        assert depth >= 0
    stack = []
    for way, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", text):
        if way == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    assert len(re.findall(r"\\left\W", text)) == len(re.findall(r"\\right\W", text))
    assert bare.count("$") % 2 == 0
    assert "#" not in bare
    assert "%" not in bare


def compiled(folder, body_or_document):
    """Compile a document where LaTeX is installed; return its log."""
    folder.mkdir(exist_ok=True)
    (folder / "e.tex").write_text(body_or_document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "e.tex"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace"
    )
    log = (folder / "e.log").read_text(encoding="latin-1")
    assert done.returncode == 0, log[-2000:]
    return log


def test_the_latex_of_every_scenario_compiles(tmp_path):
    """Every scenario's explanations are balanced LaTeX; with LaTeX at hand they compile."""
    bodies = []
    for name in find_scenarios():
        for explanation in gradients(trained(name)):
            bodies.append(explanation.latex())
            check_latex(bodies[-1])
            assert explanation.latex(document=True) == whole_document(bodies[-1])
    if shutil.which("pdflatex"):
        log = compiled(tmp_path, whole_document("\n".join(bodies)))
        assert "Overfull" not in log


def test_latex_of_any_name_is_balanced(tmp_path):
    """Special characters in names are spelled, so that LaTeX takes them as they are."""
    texts = [explain(odd_network(k), "total.out", depth=9).latex() for k in (0, 4, 8)]
    for text in texts:
        check_latex(text)
    assert r"\text{a b}" in texts[0]
    assert r"\lambda" in texts[2]
    if shutil.which("pdflatex"):
        compiled(tmp_path, whole_document("\n".join(texts)))


def test_latex_is_an_align_environment(mazur):
    """An equation stands in align, each side on a row of its own."""
    latex = explain(mazur, "h1.net").latex()
    assert (
        "\\begin{align*}\n"
        "\\mathrm{net}_{h1} &= w_{1} \\, i_{1} + w_{2} \\, i_{2} + b_{1} \\\\\n"
        "&= 0.15 \\cdot 0.05 + 0.2 \\cdot 0.1 + 0.35 \\\\\n"
        "&= 0.3775\n"
        "\\end{align*}"
    ) in latex


def test_formulas_come_from_their_table_rows(mazur):
    """The LaTeX of an activation is that of its formula, with the neuron's own symbols."""
    row = ng.get_activation("logistic")
    latex = explain(mazur, "h1.out", depth=0).latex()
    assert row.formula.latex({"net": r"\mathrm{net}_{h1}"}) in latex
    assert row.formula.latex({"net": "0.3775"}) in latex


# -- HTML ------------------------------------------------------------------------------------------

CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "msubsup": 3, "mn": 0, "mi": 0, "mo": 0}


def check_html(fragment):
    """Check that a fragment is well formed, runs nothing, and loads nothing."""
    root = ET.fromstring(f"<div>{fragment}</div>")
    for element in root.iter():
        assert element.tag not in ("script", "img", "link", "iframe", "style", "object")
        assert not [key for key in element.attrib if key.startswith("on") or key in ("src", "href")]
        if element.tag in CHILDREN:
            assert len(element) == CHILDREN[element.tag], ET.tostring(element)
    return root


def test_html_of_every_scenario_is_well_formed():
    """Every scenario's explanations are well-formed HTML with MathML that has no errors."""
    for name in find_scenarios():
        for explanation in gradients(trained(name)):
            root = check_html(explanation.html())
            assert len(list(root.iter("math"))) >= len(explanation.steps)


def test_an_html_page_is_complete_and_alone(mazur):
    """A page declares its type, language and encoding, and needs no network."""
    page = explain(mazur, "w1.gradient").html(document=True)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta charset="utf-8">' in page
    assert "<title>w1.gradient = 0.000438568</title>" in page
    assert not re.search(r"http|<script|url\(|@import", page)
    assert page.count("<details") == page.count("</details>") == 18


def test_names_are_no_markup():
    """What is in a name is shown, not run."""
    net = ng.Network()
    net.add_neuron("<script>alert(1)</script>", kind="input")
    net.add_neuron("o&\x07")
    net.connect("<script>alert(1)</script>", "o&\x07", 0.5)
    net.forward([1.0])
    explanation = explain(net, "o&\x07.net")
    check_html(explanation.html())
    assert "<script" not in explanation.html(document=True)
    assert "<script" not in explanation.markdown()


def test_mathml_of_the_formula_language():
    """Each construct of formulas becomes the element that means it."""
    assert mathml(r"\sqrt{2}^{x}") == (
        "<mrow><msup><msqrt><mrow><mn>2</mn></mrow></msqrt><mi>x</mi></msup></mrow>"
    )
    assert "<munder><mo>∑</mo><mi>k</mi></munder>" in mathml(r"\sum_k e^{-\mathrm{net}}")
    cases = mathml(r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}")
    assert cases.count("<mtr>") == 2
    assert cases.count("<mtd>") == 4
    assert '<mo form="prefix">−</mo>' in mathml(r"\left(-1\right)")


@pytest.mark.parametrize("table", [ng.ACTIVATIONS, ng.LOSSES], ids=["activations", "losses"])
def test_every_formula_of_the_tables_becomes_mathml(table):
    """The LaTeX of every formula and derivative of the tables is understood."""
    for row in table.values():
        for formula in (row.formula, row.derivative):
            check_html(f"<math>{mathml(formula.latex())}</math>")


@pytest.mark.parametrize("optimizer", ng.OPTIMIZERS)
def test_every_optimizer_becomes_mathml(mazur, optimizer):
    """A new weight is explained in HTML under every optimiser; a hat stands over its letter."""
    page = explain(mazur, "w5.new_weight", learning_rate=0.5, optimizer=optimizer).html()
    check_html(page)
    hats = page.count('<mover accent="true"><mi>m</mi><mo>^</mo></mover>')
    assert (hats > 0) == (optimizer in ("adam", "adamw"))


BROKEN = [
    (r"\frac{1}2", "a command has no argument in braces"),
    (r"\frac{1", "it ends too early"),
    (r"{1 & 2}", "a brace is not closed"),
    (r"\left(1", "it ends too early"),
    (r"\left(1}", r"'\(' is not closed"),
    (r"\nonsense", "the command 'nonsense' is not known"),
    (r"1}", "matches nothing before it"),
    (r"\text{\nonsense}", "the character 'nonsense' is not known"),
    (r"\left<1\right>", "'<' is no parenthesis"),
    (r"_1", "'_' stands alone"),
    (r"\mathrm x", "text has no braces"),
    (r"\begin{cases} 1 }", "stands where cases should end"),
]


@pytest.mark.parametrize(("latex", "message"), BROKEN)
def test_broken_latex_is_refused(latex, message):
    """What is no LaTeX of an explanation is refused with the reason."""
    with pytest.raises(ng.FormulaError, match=message):
        mathml(latex)


# -- text and Markdown -----------------------------------------------------------------------------


def test_ascii_tables_stay_aligned():
    """In ASCII the numbers of a comparison end below each other, however names are spelt out."""
    net = ng.Network()
    net.add_neuron("i1", kind="input")
    net.add_neuron("δ∂→", activation="identity")
    net.connect("i1", "δ∂→", 0.5, label="w1")
    net.forward([2.0])
    text = what_if(net, {"w1.weight": 0.25}).text(ascii=True)
    assert "deltad->.net" in text
    assert len({len(line) for line in text.splitlines()[2:]}) == 1


def test_text_fits_into_80_columns_in_unicode_and_ascii(mazur):
    """No line is wider than the terminal; the ASCII form is ASCII."""
    for address in addresses(mazur):
        explanation = explain(mazur, address, learning_rate=0.5)
        for text in (explanation.text(), explanation.text(ascii=True)):
            assert max(map(len, text.splitlines())) <= 80
        assert explanation.text(ascii=True).isascii()


def test_ascii_lines_up(mazur):
    """In ASCII the equals signs stand under each other too."""
    lines = explain(mazur, "h1.delta", depth=0).text(ascii=True).splitlines()
    columns = {line.index("=") for line in lines[3:7]}
    assert len(columns) == 1


def test_markdown_has_display_equations(mazur):
    """Markdown shows each step by its address, with LaTeX in display mode."""
    markdown = explain(mazur, "h1.out").markdown()
    assert markdown.startswith("## h1.out = 0.593269992\n")
    assert "**`h1.net`** the total net input of h1" in markdown
    assert markdown.count("$$") == 4
    check_latex(markdown.replace("## ", ""))


def test_notebooks_show_every_kind(mazur):
    """Notebook representations are the renderings themselves."""
    explanation = explain(mazur, "h1.out")
    assert explanation._repr_html_() == explanation.written("html", cell=True)
    assert explanation._repr_markdown_() == explanation.markdown()
    assert explanation._repr_latex_().startswith("$$\n\\begin{aligned}\n\\mathrm{out}_{h1}")
    assert str(explanation) == explanation.text()
    assert repr(explanation) == "<Explanation of h1.out = 0.593269992, 2 steps>"
    for report in (influence(mazur, "w5"), what_if(mazur, {"w5.weight": 0.5})):
        check_html(report.html())
        assert report._repr_html_() == report.written("html", cell=True)
        assert report._repr_markdown_() == report.markdown()
        assert str(report) == report.text()
        check_latex(report.latex())
        check_latex(report._repr_latex_())


def test_reports_are_formulas_for_notebooks(mazur, tmp_path):
    """What influences and what would change are displayed formulas that compile."""
    reports = influence(mazur, "w1"), what_if(mazur, {"w5.weight": 0.5, "w1.weight": 0.1})
    formulas = [report._repr_latex_() for report in reports]
    assert all(f.startswith("$$\\begin{array}") and f.endswith("$$") for f in formulas)
    assert r"\text{o1.net} & \text{1.105905967}" in formulas[1]
    if shutil.which("pdflatex"):
        compiled(tmp_path, whole_document("\n\n".join(formulas) + "\n"))


def test_reports_are_documents_too(mazur, tmp_path):
    """What influences and what would change compile and stand alone as pages."""
    reports = influence(mazur, "w5"), what_if(mazur, {"w5.weight": 0.5})
    for number, report in enumerate(reports):
        assert report.html(document=True).startswith("<!DOCTYPE html>")
        if shutil.which("pdflatex"):
            compiled(tmp_path / str(number), report.latex(document=True))


@pytest.mark.parametrize("digits", [1, 2, 4, 9, 15])
def test_digits_are_those_asked_for(mazur, digits):
    """Numbers have as many decimals as asked for, small ones significant digits instead."""
    shown = explain(mazur, "h1.out", digits=digits, depth=0).root.numeric
    number = re.search(r"exp\(-([\d.]+)\)", shown)[1]
    assert len(number.partition(".")[2]) == min(digits, 4)
    small = explain(mazur, "w1.gradient", digits=digits, depth=0)
    value = float(small.text().splitlines()[0].partition(" = ")[2])
    assert value == pytest.approx(small.value, rel=0.5 * 10 ** -(max(1, digits - 3) - 1))


@settings(st.CHECKED, max_examples=15)
@given(st.plain_networks())
def test_every_rendering_of_random_networks_is_sound(plain):
    """Whatever the network, LaTeX is balanced and HTML well formed."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    for explanation in gradients(net):
        check_latex(explanation.latex(document=True))
        check_html(explanation.html())
        assert explanation.text(ascii=True).isascii()


def test_a_fraction_is_raised_in_parentheses() -> None:
    """In Adam's v the square is that of the gradient, not of the weight below the line."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    net.forward([2.0])
    net.backward([0.0])
    explained = ng.explain(net, "w1.v", optimizer="adam", learning_rate=0.1, depth=0)
    assert "(1 - beta2)*(∂E_total/∂w1)^2" in str(explained)
    assert "= 0.999*0 + (1 - 0.999)*2^2" in str(explained)
    fraction = r"\frac{\partial E_{\mathrm{total}}}{\partial w_{1}}"
    assert rf"\left({fraction}\right)^{{2}}" in explained.latex()
