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

  // A number that is typed or dragged; what is no number is refused beside its field.
  function field(label, address, read, write, least = -Infinity) {
    const name = `${label} ${address}`;
    const message = element("span", { class: "message", role: "alert" });
    const text = element("input", { type: "text", inputmode: "decimal", "data-address": address, "aria-label": address || label });
    const slider = element("input", { type: "range", step: "any", tabindex: "-1", "aria-label": address || label });
    const change = (value, gesture) => {
      setText(message, "");
      text.removeAttribute("aria-invalid");
      if (value !== read(lesson.moment(store.get())).value) write(value, gesture);
    };
    text.addEventListener("change", () => {
      const typed = text.value.trim().replace("−", "-").replace(",", ".");
      const value = typed === "" ? NaN : Number(typed);
      if (!Number.isFinite(value) || value < least) {
        text.setAttribute("aria-invalid", "true");
        setText(message, least === 0 ? words.wrong_rate : words.wrong_number);
        return;
      }
      change(value, null);
    });
    text.addEventListener("keydown", (event) => {
      const turn = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!turn || !Number.isFinite(Number(text.value))) return;
      event.preventDefault();
      change(Math.max(least, Number((Number(text.value) + turn * 0.01).toFixed(10))), name);
    });
    slider.addEventListener("input", () => change(Number(Number(slider.value).toPrecision(4)), name));
    slider.addEventListener("change", () => store.endGesture());
    const node = element("div", { class: "field" }, element("label", {}, label), text, slider, message);
    return {
      node,
      update(now) {
        const { value, base } = read(now);
        if (document.activeElement !== text || text.getAttribute("aria-invalid") === null) {
          const shown = String(value);
          if (text.value !== shown) text.value = shown;
          text.removeAttribute("aria-invalid");
          setText(message, "");
        }
        const reach = Math.max(2 * Math.abs(base), 1);
        setAttribute(slider, "min", least === 0 ? 0 : Math.min(base - reach, value));
        setAttribute(slider, "max", Math.max(base + reach, value));
        if (document.activeElement !== slider) slider.value = value;
        node.classList.toggle("changed", value !== base);
        text.title = value !== base ? said(words.of_scenario, { value: String(base) }) : "";
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
      },
    };
  }

  const edits = () => store.get().edits;
  const put = (part, key, value, gesture) => store.edit({ [part]: { ...edits()[part], [key]: value } }, gesture);
  const setting = (key, label, names, textOf) =>
    choice(label, names, textOf, (now) => ({ value: String(now.setting[key]), base: String(now.base.setting[key]) }),
      (value) => put("setting", key, key === "digits" ? (value === "null" ? null : Number(value)) : value));

  function conventions(program) {
    const optimizers = program.optimizers.map(({ key }) => key);
    const digits = ["null", ...Array.from({ length: 9 }, (_, i) => String(i + 1))];
    return [
      field(words.rate, "learning_rate", (now) => ({ value: now.setting.rate, base: now.base.setting.rate }),
        (value, gesture) => put("setting", "rate", value, gesture), 0),
      setting("loss", words.loss, program.losses, (name) => name),
      setting("order", words.order, Object.keys(program.orders), (name) => words.orders[name]),
      setting("optimizer", words.optimizer, optimizers, (name) => name.replace("()", "")),
      setting("digits", words.digits, digits, (name) => (name === "null" ? words.exact : name)),
    ];
  }

  function given(program, part, rows, quantity) {
    return rows.map((row) =>
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

  function parameters(program, chosen) {
    const MANY = 16;
    const neuron = program.neurons.findIndex(({ key }) => key === chosen);
    const own = program.slots.filter(({ slot, key }) => key === chosen || (neuron >= 0 && program.ends.post[slot] === neuron));
    const few = program.slots.length <= MANY && chosen === null;
    const shown = few ? program.slots : own.slice(0, 4 * MANY);
    const fields = shown.map((slot) => parameter(program, slot));
    const { activation, coupled } = program.neurons[neuron] ?? {};
    if (activation && !coupled) {
      fields.unshift(
        choice(said(words.activation, { name: program.neurons[neuron].name }), program.activations, (name) => name,
          (now) => ({ value: now.setting.activation[neuron], base: now.base.setting.activation[neuron] }),
          (value) => put("activation", neuron, value)),
      );
    }
    return fields;
  }

  let built = null;
  let fields = [];
  function build(state, now) {
    const { program } = now;
    const group = (title, group_) => {
      if (group_.length === 0) return element("p", { class: "hint" }, words.choose_parameters);
      return element("fieldset", {}, element("legend", {}, title), ...group_.map(({ node }) => node));
    };
    const name = [...program.neurons, ...program.slots].find(({ key }) => key === state.chosen)?.name;
    const groups = [
      [words.conventions, conventions(program)],
      [words.inputs, given(program, "inputs", program.inputs.slice(0, 16), "out")],
      [words.targets, given(program, "targets", program.outputs.slice(0, 16), "target")],
      [name === undefined ? words.parameters : said(words.parameters_of, { name }), parameters(program, state.chosen)],
    ];
    fields = groups.flatMap(([, group_]) => group_);
    body.replaceChildren(...groups.map(([title, group_]) => group(title, group_)));
  }

  store.subscribe((state) => {
    const now = lesson.moment(state);
    const key = `${state.run} ${state.chosen}`;
    if (built !== key) build(state, now);
    built = key;
    for (const one of fields) one.update(now);
    buttons.undo.disabled = state.past.length === 0;
    buttons.redo.disabled = state.future.length === 0;
    buttons.reset.disabled = state.edits === NO_EDITS;
  });
}
