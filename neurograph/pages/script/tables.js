// The tables of all numbers, which the page has without JavaScript too: here they follow the state.

function createTables(section, store, lesson) {
  const cells = [...section.querySelectorAll("[data-quantity]")].map((node) => ({
    node, key: node.closest("tr").dataset.row, quantity: node.dataset.quantity,
  }));
  // Closed, they only keep the answers of a practice to themselves: a search in the page opens them.
  let solved = null;
  store.subscribe((state) => {
    if (section.open || state.solved !== solved) render(state);
  });
  // The event "toggle" comes after they were seen; before, there is a click, or a key that is one.
  section.querySelector("summary").addEventListener("click", () => render(store.get()));
  section.addEventListener("toggle", () => render(store.get()));
  // On paper nobody can open them.
  let wasOpen = false;
  window.addEventListener("beforeprint", () => {
    wasOpen = section.open;
    section.open = true;
    render(store.get());
  });
  window.addEventListener("afterprint", () => { section.open = wasOpen; });
  function render(state) {
    const now = lesson.moment(state);
    ({ solved } = state);
    for (const { node, key, quantity } of cells) {
      const variable = now.program.variable(quantity, now.program.placeOf.get(key));
      const value = variable === undefined ? undefined : lesson.valueAt(now, variable);
      setText(node, written(value));
      setAttribute(node, "data-value", value === undefined ? null : String(value));
      node.classList.toggle("differs", variable !== undefined && lesson.differs(now, variable));
    }
  }
}
