// The chosen thing: all its numbers, each with its equation in symbols and in numbers.

// Look at a variable's equation, and choose whose it is.
function lookAt(store, lesson, variable, trail) {
  const { program } = lesson.moment(store.get());
  const { key } = lesson.ownerOf(program, variable);
  store.set({ chosen: key ?? store.get().chosen, address: variable, trail });
}

function createInspector(panel, store, lesson, formulas, practice) {
  const { words } = lesson.data;
  const heading = element("h2", { tabindex: "-1" });
  const trail = element("nav", { class: "trail", "aria-label": words.trail });
  const list = element("div", { class: "cards" });
  panel.replaceChildren(heading, trail, list);

  // Look at a variable's equation; where one came from stays in the trail.
  function follow(variable) {
    const { address, trail: before } = store.get();
    lookAt(store, lesson, variable, address === null ? before : [...before, address]);
    show(variable);
  }
  function show(variable) {
    const node = panel.querySelector(`[data-variable="${variable}"]`);
    node?.focus({ preventScroll: true });
    node?.scrollIntoView({ block: "nearest" });
  }
  function returnTo(place) {
    const { trail: before } = store.get();
    const variable = before[place];
    lookAt(store, lesson, variable, before.slice(0, place));
    show(variable);
  }

  // The variables of a thing: what is given of it, and what is computed in the round.
  function variablesAt(now, key) {
    const computed = now.equations.map(({ left }) => left);
    const given = now.program.variables.map((_, variable) => variable)
      .filter((variable) => !now.stepOf.has(variable) && now.values[variable] !== undefined)
      .filter((variable) => !now.program.variables[variable].quantity.startsWith("earlier_"));
    return [...given, ...computed].filter((variable) => lesson.ownerOf(now.program, variable).key === key);
  }

  function card(now, variable, state) {
    const step = now.stepOf.get(variable);
    const equation = step === undefined ? null : now.equations[step];
    const value = lesson.valueAt(now, variable);
    const base = lesson.baseAt(now, variable);
    const address = lesson.addressOf(now.program, variable);
    const { row, bias } = lesson.ownerOf(now.program, variable);
    const differs = base !== undefined && lesson.differs(now, variable);
    const number = element(
      "output",
      { class: differs ? "number differs" : "number", "data-address": address,
        "data-value": value === undefined ? null : String(value),
        title: value === undefined ? null : said(words.exactly, { value: inFull(value) }) },
      value === undefined ? "…" : written(value),
    );
    const top = element("div", { class: "top" },
      element("code", {}, address),
      element("span", { class: "meaning" }, (bias && row?.meaning_of_bias) || row?.meaning || ""),
      practice.field(now, variable) ?? number);
    const parts = [top];
    if (differs) parts.push(element("p", { class: "base" }, said(words.of_scenario, { value: written(base) })));
    if (value === undefined) parts.push(element("p", { class: "unknown" }, now.solved === null ? words.not_yet : words.hidden));
    if (equation) {
      const lines = [element("div", {}, formulas.inSymbols(now, equation, follow))];
      if (value !== undefined && equation.operands.length > 0) {
        lines.push(element("div", { class: "numbers" }, formulas.inNumbers(now, equation, follow)));
      }
      const links = formulas.links(now, equation, follow);
      if (links.length > 0) lines.push(element("div", { class: "links", role: "group", "aria-label": words.computed_from }, ...links));
      parts.push(element("div", { class: "math" }, ...lines));
    } else parts.push(element("p", { class: "given" }, words.given));
    const current = variable === state.address;
    return element("section",
      { class: current ? "card current" : "card", tabindex: "-1", "data-variable": variable, "aria-label": address },
      ...parts);
  }

  function render(state) {
    const now = lesson.moment(state);
    const all = state.chosen === null ? [] : variablesAt(now, state.chosen);
    const alone = state.address !== null && lesson.ownerOf(now.program, state.address).key === null;
    if (alone) all.unshift(state.address);
    const network = state.chosen === null && !alone;
    if (network && now.program.variable("total_error", -1) !== undefined) all.push(now.program.variable("total_error", -1));
    setText(heading, said(words.inspector, { name: state.chosen === null ? words.whole : lesson.nameOf(now.program, state.chosen) }));
    trail.replaceChildren(
      ...state.trail.map((variable, place) =>
        element("button", { type: "button", onclick: () => returnTo(place) },
          `← ${lesson.addressOf(now.program, variable)}`)),
    );
    trail.hidden = state.trail.length === 0;
    const active = document.activeElement;
    const focused = active?.closest?.("[data-variable]")?.dataset.variable;
    list.replaceChildren(
      ...(network ? [element("p", { class: "hint" }, words.choose)] : []),
      ...all.map((variable) => card(now, variable, state)),
    );
    if (focused !== undefined && active.matches("input") && list.contains(active)) active.focus({ preventScroll: true });
    else if (focused !== undefined) list.querySelector(`[data-variable="${focused}"]`)?.focus({ preventScroll: true });
  }

  store.share("address", {
    write: ({ address }, now) => (address === null ? null : lesson.addressOf(now.program, address)),
    read: (address, { program }) => ({ address: lesson.variableOf(program, address) ?? null, trail: [] }),
  });

  // Another thing is shown at once; its numbers follow a drag once for each picture of the screen.
  let before = null;
  let waiting = false;
  store.subscribe((state) => {
    const thing = [state.run, state.chosen, state.address, state.trail];
    const numbers = [state.edits, state.sample, state.step, state.solved];
    const same = (parts, others) => before !== null && parts.every((part, i) => part === others[i]);
    const sameThing = same(thing, before?.thing);
    if (sameThing && same(numbers, before?.numbers)) return;
    before = { thing, numbers };
    if (!sameThing) render(state);
    else if (!waiting) {
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        render(store.get());
      });
    }
  });
}
