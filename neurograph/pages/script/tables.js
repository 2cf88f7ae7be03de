// The tables of all numbers, which the page has without JavaScript too: here they follow the state.

function createTables(section, store, lesson) {
  const cells = [...section.querySelectorAll("[data-quantity]")].map((node) => ({
    node, key: node.closest("tr").dataset.row, quantity: node.dataset.quantity,
  }));
  const places = new Map();
  function placesOf(program) {
    if (!places.has(program)) {
      places.set(program, new Map([
        ...program.neurons.map(({ key }, row) => [key, row]),
        ...program.slots.filter(({ key }) => key.startsWith("c")).map(({ key, slot }) => [key, slot]),
      ]));
    }
    return places.get(program);
  }
  store.subscribe((state) => {
    if (!section.open) return;
    render(state);
  });
  section.addEventListener("toggle", () => render(store.get()));
  function render(state) {
    const now = lesson.moment(state);
    const at = placesOf(now.program);
    for (const { node, key, quantity } of cells) {
      const variable = now.program.variable(quantity, at.get(key));
      const value = variable === undefined ? undefined : lesson.valueAt(now, variable);
      setText(node, written(value));
      setAttribute(node, "data-value", value === undefined ? null : String(value));
      node.classList.toggle("differs", value !== undefined && state.edits !== NO_EDITS && value !== lesson.baseAt(now, variable));
    }
  }
}
