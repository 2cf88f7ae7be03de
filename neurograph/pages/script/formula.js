// Equations as MathML: the templates of the page, filled with symbols or with numbers.

function createFormulas(templates, lesson) {
  const named = (key) =>
    new Map([...templates.content.children].filter((node) => key in node.dataset).map((node) => [node.dataset[key], node]));
  const math = named("formula");
  const symbols = named("symbol");
  // A message is written as what it is, as on paper: w5 out_h1 and not its own name.
  const WRITTEN_OUT = new Set(["message", "error_message"]);

  const mi = (text, attributes = {}) => elementOf(MATHML, "mi", attributes, text);
  const copied = (template) => [...template.cloneNode(true).childNodes];

  // The symbol of a variable: net with the name of its neuron as index, or the name of a weight.
  function symbol(now, variable) {
    const { name, quantity, row, bias } = lesson.ownerOf(now.program, variable);
    const own = now.program.variables[variable].quantity;
    const parameter = () =>
      bias
        ? elementOf(MATHML, "msub", {}, mi("b"), mi(name, { mathvariant: "normal" }))
        : mi(name, { mathvariant: "normal" });
    if (own === "weight") return parameter();
    const template = symbols.get(quantity);
    const base = template
      ? elementOf(MATHML, "mrow", {}, ...copied(template))
      : mi(quantity, { mathvariant: "normal" });
    if (own === "new_weight") return elementOf(MATHML, "msup", {}, parameter(), elementOf(MATHML, "mo", {}, "+"));
    const slot = base.querySelector("[data-owner]");
    const owner = row && row.owner !== "neuron" ? parameter() : mi(name, { mathvariant: "normal" });
    if (slot) {
      slot.replaceChildren(owner);
      return base;
    }
    return name ? elementOf(MATHML, "msub", {}, base, owner) : base;
  }

  function number(value, first) {
    if (value === undefined) return elementOf(MATHML, "mi", {}, "?");
    const text = written(Math.abs(value));
    const [digits, exponent] = text.split("e");
    const node =
      exponent === undefined
        ? elementOf(MATHML, "mn", {}, digits)
        : elementOf(
            MATHML, "mrow", {}, elementOf(MATHML, "mn", {}, digits), elementOf(MATHML, "mo", {}, "⋅"),
            elementOf(MATHML, "msup", {}, elementOf(MATHML, "mn", {}, "10"),
              elementOf(MATHML, "mn", {}, exponent)),
          );
    if (!(value < 0)) return node;
    const negative = elementOf(MATHML, "mrow", {}, elementOf(MATHML, "mo", { form: "prefix" }, "−"), node);
    return first ? negative : parenthesised(negative);
  }

  const parenthesised = (node) =>
    elementOf(MATHML, "mrow", {}, elementOf(MATHML, "mo", {}, "("), node, elementOf(MATHML, "mo", {}, ")"));

  // An equation's right side; `show` writes a variable, and links it.
  function right(now, equation, show, first = true) {
    const template = math.get(String(equation.formula));
    const whole = elementOf(MATHML, "mrow", {}, ...copied(template));
    const operands = new Map(equation.operands.map((operand) => [operand.name, operand]));
    fill(now, whole, operands, equation.member, show, first);
    return whole;
  }

  function fill(now, whole, operands, member, show, first) {
    // What is taken over a group is written out, a copy for each of its members.
    for (const over of [...whole.querySelectorAll("[data-over]")]) {
      if (!whole.contains(over) || over.closest("[data-done]")) continue;
      const name = [...over.querySelectorAll("[data-operand]")]
        .map((place) => place.dataset.operand)
        .find((operand) => operands.get(operand)?.parts);
      const count = operands.get(name).parts.length;
      const terms = Array.from({ length: count }, (_, i) => {
        const term = elementOf(MATHML, "mrow", { "data-done": true }, ...copied(over));
        fill(now, term, operands, i, show, first && i === 0 && over.dataset.over === "total");
        return term;
      });
      over.replaceWith(overGroup(over, terms));
    }
    for (const place of [...whole.querySelectorAll("[data-operand]")]) {
      const operand = operands.get(place.dataset.operand);
      const part = operand.parts ? operand.parts[member] : operand;
      const starts = (first && isFirst(place, whole)) || place.parentNode.localName === "mfrac";
      const shown = part.variable === undefined ? number(part.number, starts) : show(part.variable, starts);
      const isBase = place.parentNode.localName === "msup" && place.previousSibling === null;
      const isLoose = shown.querySelector("mfrac, msup") !== null && !shown.textContent.startsWith("(");
      place.replaceWith(isBase && isLoose ? parenthesised(shown) : shown);
    }
  }

  function isFirst(place, whole) {
    for (let node = place; node !== whole; node = node.parentNode) {
      if (node.previousSibling || node.parentNode.localName === "msup") return false;
    }
    return true;
  }

  function overGroup(over, terms) {
    const kind = over.dataset.over;
    const sign = { total: "+", product: "⋅" }[kind] ?? ",";
    const joined = terms.flatMap((term, i) => (i ? [elementOf(MATHML, "mo", {}, sign), term] : [term]));
    if (terms.length === 0) joined.push(elementOf(MATHML, "mn", {}, { total: "0", product: "1" }[kind] ?? ""));
    const row = elementOf(MATHML, "mrow", {}, ...joined);
    if (kind in { largest: 0, least: 0 }) {
      return elementOf(MATHML, "mrow", {}, mi({ largest: "max", least: "min" }[kind]), parenthesised(row));
    }
    return "parentheses" in over.dataset && terms.length > 1 ? parenthesised(row) : row;
  }

  // What leads to the equation of a variable with a click, around its symbol or its number. For
  // keys and screen readers, who find nothing within a math, there are the buttons of `links`.
  function link(now, variable, content, follow) {
    const address = lesson.addressOf(now.program, variable);
    return elementOf(MATHML, "mrow", { class: "operand", "data-to": address, onclick: () => follow(variable) }, content);
  }

  // The operands of an equation, as it is written.
  function operandsOf(now, equation) {
    const variables = variablesOf(equation).flatMap((variable) => {
      const step = now.stepOf.get(variable);
      const isWritten = step !== undefined && WRITTEN_OUT.has(now.program.variables[variable].quantity);
      return isWritten ? operandsOf(now, now.equations[step]) : [variable];
    });
    return [...new Set(variables)];
  }

  // A button for each operand; the operand of the one that has the focus stands out.
  function links(now, equation, follow) {
    const mark = (event, focused) => {
      const operands = [...event.target.closest(".math").querySelectorAll(".operand")];
      const meant = operands.filter((node) => node.dataset.to === event.target.dataset.to);
      for (const node of meant) node.classList.toggle("focused", focused);
      if (focused) meant[0]?.scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    return operandsOf(now, equation).map((variable) => element("button",
      { type: "button", class: "to", "data-to": lesson.addressOf(now.program, variable), onclick: () => follow(variable),
        onfocus: (event) => mark(event, true), onblur: (event) => mark(event, false) },
      lesson.addressOf(now.program, variable)));
  }

  function shower(now, follow, write) {
    const show = (variable, first) => {
      const step = now.stepOf.get(variable);
      const { quantity } = now.program.variables[variable];
      if (step !== undefined && WRITTEN_OUT.has(quantity)) {
        return right(now, now.equations[step], show, first);
      }
      return link(now, variable, write(variable, first), follow);
    };
    return show;
  }

  const whole = (...parts) => elementOf(MATHML, "math", { display: "inline" }, elementOf(MATHML, "mrow", {}, ...parts));
  const equals = () => elementOf(MATHML, "mo", {}, "=");

  return {
    links,
    symbol: (now, variable) => whole(symbol(now, variable)),
    inSymbols(now, equation, follow) {
      const show = shower(now, follow, (variable) => symbol(now, variable));
      return whole(symbol(now, equation.left), equals(), right(now, equation, show));
    },
    inNumbers(now, equation, follow) {
      const write = (variable, first) => number(lesson.valueAt(now, variable), first);
      return whole(equals(), right(now, equation, shower(now, follow, write)));
    },
  };
}
