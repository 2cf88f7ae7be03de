// The picture: numbers in the neurons and on the lines, and what stands out.

function createPicture(svg, controls, store, lesson) {
  const { words, quantities } = lesson.data;
  const elements = new Map(
    [...svg.querySelectorAll("[data-element]")].map((node) => [node.dataset.element, node]),
  );
  const keys = [...elements.keys()].sort((a, b) => order(a) - order(b));
  function order(key) {
    // Neurons come first, then connections, so that Tab enters at a neuron.
    return (key.startsWith("n") ? 0 : 1e6) + Number(key.slice(1));
  }

  const choose = (key) => store.set({ chosen: key, address: null, trail: [] });
  svg.addEventListener("click", (event) => {
    const node = event.target.closest("[data-element]");
    if (node) choose(node.dataset.element);
  });
  svg.addEventListener("focusin", (event) => {
    const node = event.target.closest("[data-element]");
    if (node && event.target.matches(":focus-visible")) choose(node.dataset.element);
  });
  svg.addEventListener("keydown", (event) => {
    const node = event.target.closest("[data-element]");
    const turn = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!node) return;
    if (event.key === "Enter" || event.key === " ") choose(node.dataset.element);
    else if (turn) {
      const next = keys[(keys.indexOf(node.dataset.element) + turn + keys.length) % keys.length];
      elements.get(next).focus();
      choose(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // What is shown can be chosen.
  const option = (name, text) => element("option", { value: name }, text);
  const select = (label, names, key) => {
    const node = element(
      "select",
      { onchange: () => store.set({ show: { ...store.get().show, [key]: node.value } }) },
      ...names.map((name) => option(name, name ? quantities[name].symbol : words.nothing)),
    );
    controls.append(element("label", {}, `${label} `, node));
    return node;
  };
  const ofNeurons = ["out", "net", "delta", "slope", "out_gradient", "loss"];
  const onLines = ["weight", "gradient", "message", "error_message", "change", "new_weight"];
  const selects = {
    neuron: select(words.shown_in_neurons, ofNeurons, "neuron"),
    line: select(words.shown_on_lines, onLines, "line"),
    colour: select(words.colours, ["", "out", "delta"], "colour"),
  };

  store.share("chosen", {
    write: ({ chosen }) => chosen,
    read: (key, { program }) => ({ chosen: key && program.placeOf.has(key) ? key : null }),
  });
  const usual = store.get().show;
  store.share("show", {
    write: ({ show }) => (Object.keys(usual).some((name) => show[name] !== usual[name]) ? show : null),
    read: (show) => ({
      show: Object.fromEntries(Object.entries(selects).map(([name, { options }]) =>
        [name, [...options].some(({ value }) => value === show?.[name]) ? show[name] : usual[name]])),
    }),
  });

  const numbers = new Map(
    [...elements].map(([key, node]) => [key, node.querySelector(".number")]),
  );
  function render(state) {
    const now = lesson.moment(state);
    const { program } = now;
    for (const [name, node] of Object.entries(selects)) node.value = state.show[name];
    const at = new Map([...program.placeOf].filter(([key]) => elements.has(key)));
    const equation = now.known > 0 && now.known < now.equations.length ? now.equations[now.known - 1] : null;
    const marks = marked(now, state, equation);
    const valueOf = (quantity, place) => {
      const variable = program.variable(quantity, place);
      return variable === undefined ? undefined : lesson.valueAt(now, variable);
    };
    const weights = [...at].filter(([key]) => key.startsWith("c")).map(([, slot]) => Math.abs(now.state.weights.get(slot)));
    const widest = Math.max(...weights.filter(Number.isFinite), 1e-300);
    const tones = state.show.colour === "" ? [] : [...at].filter(([key]) => key.startsWith("n"))
      .map(([, row]) => Math.abs(valueOf(state.show.colour, row) ?? 0)).filter(Number.isFinite);
    const strongest = Math.max(...tones, 1e-300);
    for (const [key, node] of elements) {
      node.classList.toggle("absent", !at.has(key));
      const classes = ["chosen", "now", "from", "reached", "source", "changed"];
      for (const name of classes) node.classList.toggle(name, marks[name].has(key));
      if (!at.has(key)) continue;
      const place = at.get(key);
      const quantity = key.startsWith("n") ? state.show.neuron : state.show.line;
      showNumber(now, numbers.get(key), program.variable(quantity, place), state);
      named(node);
      if (key.startsWith("c")) {
        const weight = now.state.weights.get(place);
        node.classList.toggle("negative", weight < 0);
        const width = 1 + (4 * Math.abs(weight)) / widest;
        node.querySelector(".line").style.setProperty("--width", Number.isFinite(width) ? width.toFixed(2) : "1");
      } else {
        tint(node, state.show.colour === "" ? undefined : valueOf(state.show.colour, place), strongest);
      }
    }
    roving(state.chosen);
  }

  // A name begins with what is seen: "h1 0.5933", "w5 0.4: h1 → o1".
  function named(node) {
    const name = node.querySelector(".name")?.textContent;
    if (name === undefined) return; // a line without its label
    const seen = `${name} ${node.querySelector(".number").textContent}`.trim();
    setAttribute(node, "aria-label", `${seen}${node.querySelector("title").textContent.slice(name.length)}`);
  }

  // One thing of the picture is reached with Tab, the others from there with the arrows.
  function roving(chosen) {
    const entry = elements.has(chosen) ? chosen : keys[0];
    for (const [key, node] of elements) setAttribute(node, "tabindex", key === entry ? "0" : "-1");
  }

  function tint(node, value, strongest) {
    const circle = node.querySelector("circle");
    if (value === undefined || !Number.isFinite(value)) {
      setAttribute(circle, "data-tone", null);
      circle.style.removeProperty("--tone");
      return;
    }
    setAttribute(circle, "data-tone", value < 0 ? "negative" : "positive");
    circle.style.setProperty("--tone", `${Math.round((48 * Math.abs(value)) / strongest)}%`);
  }

  function showNumber(now, node, variable, state) {
    if (!node) return;
    const value = variable === undefined ? undefined : lesson.valueAt(now, variable);
    setText(node, written(value, 4));
    setAttribute(node, "data-value", value === undefined ? null : String(value));
    setAttribute(node, "data-address", variable === undefined ? "" : lesson.addressOf(now.program, variable));
    node.classList.toggle("differs", variable !== undefined && lesson.differs(now, variable));
  }

  // Which elements stand out: the chosen one, where it goes, what is computed now and what from.
  function marked(now, state, equation) {
    const keyOf = (variable) => lesson.ownerOf(now.program, variable).key;
    const marks = { chosen: new Set([state.chosen]), now: new Set(), from: new Set(), reached: new Set(), source: new Set(), changed: new Set() };
    if (equation) {
      marks.now.add(keyOf(equation.left));
      for (const variable of variablesOf(equation)) marks.from.add(keyOf(variable));
    } else if (state.chosen !== null) {
      for (const variable of reached(now, state.chosen)) marks.reached.add(keyOf(variable));
      for (const variable of sources(now, state)) marks.source.add(keyOf(variable));
      marks.source.delete(state.chosen);
    }
    for (const slot of Object.keys(state.edits.weights)) marks.changed.add(now.program.slotOf.get(Number(slot)).key);
    for (const row of Object.keys(state.edits.activation)) marks.changed.add(now.program.neurons[row].key);
    return marks;
  }

  // What follows from a thing in the forward pass.
  function reached(now, key) {
    const found = new Set();
    for (const equation of now.equations) {
      if (equation.phase !== "forward") continue;
      const own = lesson.ownerOf(now.program, equation.left).key === key;
      if (own || variablesOf(equation).some((variable) => found.has(variable) || isOwn(now, variable, key))) {
        found.add(equation.left);
      }
    }
    return found;
  }
  // What a number comes from: the equation that is looked at, or those of the chosen thing's
  // forward pass.
  function sources(now, { chosen, address }) {
    const wanted = new Set(address === null ? [] : [address]);
    const found = new Set();
    for (const equation of [...now.equations].reverse()) {
      const own = address === null && equation.phase === "forward" && isOwn(now, equation.left, chosen);
      if (!own && !wanted.has(equation.left)) continue;
      for (const variable of variablesOf(equation)) {
        wanted.add(variable);
        found.add(variable);
      }
    }
    return found;
  }
  const isOwn = (now, variable, key) => lesson.ownerOf(now.program, variable).key === key;

  // What a step sends runs along its connection: messages forward, errors back.
  const sent = svg.querySelector(".messages");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let shownStep = null;
  function send(state) {
    const now = lesson.moment(state);
    const goesOn = shownStep !== null && now.known === shownStep + 1;
    shownStep = now.known;
    if (!goesOn) sent.replaceChildren();
    const { quantity, left } = now.equations[now.known - 1] ?? {};
    const backward = quantity === "error_message";
    const line = elements.get(left === undefined ? null : lesson.ownerOf(now.program, left).key)?.querySelector(".line");
    if (!goesOn || calm.matches || !line || !(backward || quantity === "message")) return;
    const dot = elementOf(SVG, "circle", { class: backward ? "error" : "message", r: 8 });
    sent.replaceChildren(dot);
    const length = line.getTotalLength();
    const lasts = Math.min(0.85 * state.speed, 700);
    let start = null;
    const frame = (time) => {
      start ??= time;
      const part = Math.min((time - start) / lasts, 1);
      const eased = part * part * (3 - 2 * part);
      const { x, y } = line.getPointAtLength(length * (backward ? 1 - eased : eased));
      setAttribute(dot, "cx", x.toFixed(1));
      setAttribute(dot, "cy", y.toFixed(1));
      if (part === 1) dot.remove();
      else if (dot.isConnected) requestAnimationFrame(frame);
    };
    frame(performance.now());
  }

  store.subscribe(render);
  store.subscribe(send);
}
