// The page: its data, its state, and its views.

inflated("data").then((text) => start(JSON.parse(text)));

function start(data) {
  Object.assign(signs, data.words.numerals);
  const place = (id) => document.getElementById(id);
  const lesson = createLesson(data, FORMULAS);
  const store = createStore({
    run: 0,
    edits: NO_EDITS,
    past: [],
    future: [],
    sample: 0,
    step: null,
    chosen: null,
    address: null,
    trail: [],
    landscape: { x: null, y: null, half: 4, centre: null },
    show: { neuron: "out", line: "weight", colour: "" },
    playing: false,
    speed: 800,
    curve: "",
    busy: false,
    solved: data.sheet ? new Map() : null,
  });
  const formulas = createFormulas(place("formulas"), lesson);
  createRuns(place("runs"), store, lesson);
  createPicture(place("picture"), place("shown"), store, lesson);
  createPlayer(place("player"), store, lesson);
  const practice = createPractice(place("practice"), store, lesson, formulas);
  createInspector(place("inspector"), store, lesson, formulas, practice);
  createWhatIf(place("whatif"), store, lesson);
  createTraining(place("training"), store, lesson);
  createLandscape(place("landscape"), store, lesson);
  createSource(place("source"), store, lesson);
  createTables(place("tables"), store, lesson);
  createSharing(place("looks"), store, lesson);
  createScenarioFile(place("looks"), store, lesson);
  document.documentElement.classList.add("alive");
}

// Which run of the example, and which of its samples.
function createRuns(panel, store, lesson) {
  const { words, runs, about: { edited } } = lesson.data;
  const run = element("select",
    { id: "run", onchange: () => store.set({ run: Number(run.value), edits: NO_EDITS, past: [], future: [], sample: 0, step: null, address: null, trail: [], playing: false }) },
    ...runs.map(({ name, title }, number) => element("option", { value: number }, title ?? name)));
  const sample = element("input", {
    id: "sample", type: "number", min: "1", step: "1",
    onchange: () => {
      const { n } = lesson.moment(store.get());
      const typed = Math.round(Number(sample.value));
      store.set({ sample: Number.isFinite(typed) ? Math.max(0, Math.min(typed - 1, n - 1)) : store.get().sample });
    },
  });
  // From one sample to the next, and from the last to the first.
  const turn = (name, sign, way) => element("button", {
    type: "button", id: `sample-${name}`, "aria-label": words[`${name}_sample`],
    onclick: () => {
      const { n, sample: now } = lesson.moment(store.get());
      store.set({ sample: (now + way + n) % n });
    },
  }, sign);
  const turns = [turn("previous", "‹", -1), turn("next", "›", 1)];
  store.share("run", {
    write: (state) => (state.run === 0 ? null : runs[state.run].name),
    read: (name) => ({ run: Math.max(0, runs.findIndex((one) => one.name === name)) }),
  });
  store.share("sample", {
    write: ({ sample: number }) => number || null,
    read: (number, { run: { inputs } }) => ({ sample: isWhole(number, inputs[0].length) ? number : 0 }),
  });
  const note = element("p", { class: "hint" });
  const unheeded = element("p", { class: "hint", id: "unheeded" });
  const many = element("label", {}, `${words.sample} `, sample);
  panel.replaceChildren(
    ...(runs.length > 1 ? [element("label", {}, `${words.run} `, run)] : []), many, ...turns, note, unheeded);
  store.subscribe((state) => {
    const now = lesson.moment(state);
    run.value = state.run;
    sample.max = now.n;
    sample.value = now.sample + 1;
    for (const node of [many, ...turns]) node.hidden = now.n === 1;
    setText(note, runs[state.run].note ?? "");
    const other = (runs[state.run].unheeded ?? []).map(([key, names]) => said(words[key], { names }));
    if (edited.length > 0) other.push(said(words.unheeded_edits, { names: edited.join("; ") }));
    setText(unheeded, other.join(" "));
  });
}
