// What if: inputs, targets, weights and conventions are changed, undone and reset.

function createWhatIf(panel, store, lesson) {
  const { words } = lesson.data;
  const button = (name, act) => element("button", { type: "button", id: `whatif-${name}`, onclick: act }, words[name]);
  const buttons = {
    undo: button("undo", () => store.undo()),
    redo: button("redo", () => store.redo()),
    reset: button("reset", () => { if (store.get().edits !== NO_EDITS) store.edit(NO_EDITS); }),
  };
  const body = element("div", { class: "fields" });
  panel.replaceChildren(element("h2", {}, words.whatif), element("p", { class: "hint" }, words.whatif_words),
    element("div", { class: "bar" }, ...Object.values(buttons)), body);

  // What a reader typed.
  function typedNumber(typed, kind) {
    const value = floatOf(numeral(typed));
    if (!Number.isFinite(value)) throw refused("too_large");
    if (!KINDS[kind](value)) throw refused(`wrong_${kind}`);
    return value;
  }

  // A number that is typed, turned or dragged; what is none is refused beside its field.
  function field(label, address, read, write, kind = "number") {
    const name = `${label} ${address}`;
    const message = element("span", { class: "message", role: "alert" });
    const text = element("input", { type: "text", inputmode: "decimal", "data-address": address, "aria-label": address || label });
    const slider = element("input", { type: "range", step: "any", tabindex: "-1", "aria-label": address || label });
    // What is typed, or was refused, stays when something else changes, until the number does.
    let kept = null;
    const valid = () => {
      kept = null;
      setText(message, "");
      text.removeAttribute("aria-invalid");
    };
    const now = () => read(lesson.moment(store.get())).value;
    const change = (value, gesture) => {
      valid();
      if (value !== now()) write(value, gesture);
      else text.value = inFull(value);
    };
    text.addEventListener("input", () => { kept = now(); });
    text.addEventListener("change", () => {
      const { value, problem, places } = outcome(() => typedNumber(text.value, kind));
      if (problem === undefined) return change(value, null);
      kept = now();
      text.setAttribute("aria-invalid", "true");
      setText(message, said(words[problem === "no_number" ? "wrong_number" : problem], places));
    });
    // A hundredth up or down; of what is always above zero, a tenth of its size.
    const turn = (event, steps) => {
      if (!steps || text.value !== inFull(now())) return;
      event.preventDefault();
      const step = kind === "positive" ? 10 ** Math.floor(Math.log10(now()) - 0.999) : 0.01;
      const value = Number((now() + steps * step).toPrecision(12));
      if (Number.isFinite(value) && KINDS[kind](value)) change(value, name);
    };
    const times = (event) => (event.shiftKey ? 10 : 1);
    text.addEventListener("keydown", (event) => turn(event, times(event) * ({ ArrowUp: 1, ArrowDown: -1 }[event.key] ?? 0)));
    text.addEventListener("wheel", (event) => {
      if (document.activeElement === text) turn(event, -times(event) * Math.sign(event.deltaY || event.deltaX));
    }, { passive: false });
    text.addEventListener("blur", () => store.endGesture());
    slider.addEventListener("input", () => change(Number(Number(slider.value).toPrecision(4)), name));
    slider.addEventListener("change", () => store.endGesture());
    const node = element("div", { class: "field" }, element("label", {}, label), text, slider, message);
    slider.hidden = kind === "positive";
    return {
      node,
      update(moment) {
        const { value, base } = read(moment);
        if (kept !== value) {
          const shown = inFull(value);
          if (text.value !== shown) text.value = shown;
          valid();
        }
        const reach = Math.max(2 * Math.abs(base), 1);
        setAttribute(slider, "min", kind === "number" ? Math.min(base - reach, value) : 0);
        setAttribute(slider, "max", kind === "fraction" ? 0.999 : Math.max(base + reach, value));
        if (document.activeElement !== slider) slider.value = value;
        node.classList.toggle("changed", value !== base);
        text.title = value !== base ? said(words.of_scenario, { value: inFull(base) }) : "";
      },
    };
  }

  function choice(label, names, textOf, read, write) {
    const select = element("select", { "aria-label": label, onchange: () => write(select.value) },
      ...names.map((name) => element("option", { value: name }, textOf(name))));
    const node = element("div", { class: "field choice" }, element("label", {}, label), select);
    return {
      node,
      update(now) {
        const { value, base } = read(now);
        select.value = value;
        node.classList.toggle("changed", value !== base);
        select.title = value !== base ? said(words.of_scenario, { value: textOf(base) }) : "";
      },
    };
  }

  store.share("edits", SHARED_EDITS);
  const edits = () => store.get().edits;
  const put = (part, key, value, gesture) => store.edit({ [part]: { ...edits()[part], [key]: value } }, gesture);
  const setting = (key, label, names, textOf, also = {}) =>
    choice(label, names, textOf, (now) => ({ value: String(now.setting[key]), base: String(now.base.setting[key]) }),
      (value) => store.edit({ setting: { ...edits().setting, [key]: value === "null" ? null : key === "digits" ? Number(value) : value }, ...also }));

  function conventions({ program, run }) {
    const optimizers = program.optimizers.map(({ key }) => key);
    const digits = ["null", ...Array.from({ length: 9 }, (_, i) => String(i + 1))];
    const fields = [
      field(words.rate, "learning_rate", (now) => ({ value: now.setting.rate, base: now.base.setting.rate }),
        (value, gesture) => put("setting", "rate", value, gesture), "rate"),
      setting("loss", words.loss, program.losses, (name) => name),
      setting("order", words.order, Object.keys(program.orders), (name) => words.orders[name]),
      setting("optimizer", words.optimizer, optimizers, (name) => name.replace("()", ""), { constants: {} }),
      setting("digits", words.digits, digits, (name) => (name === "null" ? words.exact : name)),
    ];
    if (run.batch > 1) fields.push(setting("reduction", words.reduction, ["mean", "sum"], (name) => words.reductions[name]));
    return [...fields, ...levels(program)];
  }

  // A level has one activation where all its neurons have it; a softmax takes the whole level.
  function levels(program) {
    const MANY = 8;
    const numbers = [...new Set(program.neurons.map(({ level }) => level))].filter((level) => level > 0).sort((a, b) => a - b);
    return numbers.slice(0, MANY).flatMap((level) => {
      const rows = program.neurons.map((_, row) => row)
        .filter((row) => program.neurons[row].level === level && choosable(program, row).length > 0);
      if (rows.length === 0) return [];
      const names = rows.slice(0, 3).map((row) => program.neurons[row].name).join(", ") + (rows.length > 3 ? ", …" : "");
      const label = said(words.activation_of_level, { level, names });
      const of = ({ activation }) => (rows.every((row) => activation[row] === activation[rows[0]]) ? activation[rows[0]] : "");
      const level_ = choice(label, ["", ...choosable(program, rows[0])], (name) => name || words.several,
        (now) => ({ value: of(now.setting), base: of(now.base.setting) }),
        (value) => store.edit({ activation: { ...edits().activation, ...Object.fromEntries(rows.map((row) => [row, value])) } }));
      level_.node.querySelector("option").disabled = true; // is so, but cannot be chosen
      return [level_];
    });
  }

  const constants = ({ program, setting: own }) =>
    Object.entries(optimizerOf(program, own).constants ?? {}).map(([name, [base, kind]]) =>
      field(name, name, (now) => ({ value: now.state.constants[name] ?? base, base }),
        (value, gesture) => put("constants", name, value, gesture), kind));

  function given({ program }, part, all, quantity) {
    const MANY = 16;
    return all.slice(0, MANY).map((row) =>
      field(program.neurons[row].name, `${program.neurons[row].name}.${quantity}`,
        (now) => ({ value: at(now.state, part, row, now), base: at(now.base.state, part, row, now) }),
        (value, gesture) => {
          const now = lesson.moment(store.get());
          put(part, `${row} ${now.samples[now.sample]}`, value, gesture);
        }));
  }
  const at = (state, part, row, now) => state[part].get(row)[now.samples[now.sample]];

  // A shared weight is one weight: all its uses change together.
  function parameter(program, { slot }) {
    const slots = tiedTo(program, slot);
    const address = lesson.addressOfSlot(program, slot);
    return field(address, address,
      (now) => ({ value: now.state.weights.get(slot), base: now.base.state.weights.get(slot) }),
      (value, gesture) => {
        const changed = Object.fromEntries(slots.map((one) => [one, value]));
        store.edit({ weights: { ...edits().weights, ...changed } }, gesture);
      });
  }

  function parameters({ program, setting: own }, chosen) {
    const MANY = 16;
    const neuron = program.neurons.findIndex(({ key }) => key === chosen);
    const into = program.slots.filter(({ slot, key }) => key === chosen || (neuron >= 0 && program.ends.post[slot] === neuron));
    const few = program.slots.length <= MANY && chosen === null;
    const shown = few ? program.slots : into.slice(0, 4 * MANY);
    const fields = shown.map((slot) => parameter(program, slot));
    const names = choosable(program, neuron).filter((name) => !program.coupled.includes(name));
    if (names.length > 0 && !program.coupled.includes(own.activation[neuron])) {
      fields.unshift(
        choice(said(words.activation, { name: program.neurons[neuron].name }), names, (name) => name,
          (now) => ({ value: now.setting.activation[neuron], base: now.base.setting.activation[neuron] }),
          (value) => put("activation", neuron, value)),
      );
    }
    return fields;
  }

  // Groups of fields, each made anew when it is about something else.
  const coupledNow = ({ program, setting: own }, chosen) =>
    program.coupled.includes(own.activation[program.neurons.findIndex(({ key }) => key === chosen)]);
  const groups = [
    { keys: (state) => [state.run], title: () => words.conventions, make: conventions },
    { keys: (state, now) => [state.run, now.setting.optimizer],
      title: (now) => said(words.constants, { name: optimizerOf(now.program, now.setting).name }), make: constants },
    { keys: (state) => [state.run], title: () => words.inputs, make: (now) => given(now, "inputs", now.program.inputs, "out") },
    { keys: (state) => [state.run], title: () => words.targets, make: (now) => given(now, "targets", now.program.outputs, "target") },
    { keys: (state, now) => [state.run, state.chosen, coupledNow(now, state.chosen)], empty: words.choose_parameters,
      title: (now, { chosen }) => (chosen === null ? words.parameters : said(words.parameters_of, { name: lesson.nameOf(now.program, chosen) })),
      make: (now, { chosen }) => parameters(now, chosen) },
  ].map((group) => ({ ...group, node: element("fieldset"), key: null, fields: [] }));
  body.replaceChildren(...groups.map(({ node }) => node));
  function build(group, state, now) {
    group.fields = group.make(now, state);
    const shown = group.fields.length > 0 ? group.fields.map(({ node }) => node) : [element("p", { class: "hint" }, group.empty ?? "")];
    group.node.replaceChildren(element("legend", {}, group.title(now, state)), ...shown);
    group.node.hidden = group.fields.length === 0 && !group.empty;
  }

  store.subscribe((state) => {
    const now = lesson.moment(state);
    for (const group of groups) {
      const key = JSON.stringify(group.keys(state, now));
      if (group.key !== key) build(group, state, now);
      group.key = key;
      for (const one of group.fields) one.update(now);
    }
    buttons.undo.disabled = state.past.length === 0;
    buttons.redo.disabled = state.future.length === 0;
    buttons.reset.disabled = state.edits === NO_EDITS;
  });
}
