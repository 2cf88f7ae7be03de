// The page: its data, its state, and its views.

const data = JSON.parse(document.getElementById("data").textContent);

// A network that is too large to be computed here has a picture and tables alone.
if (data.programs.length > 0) {
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
    busy: false,
  });
  const formulas = createFormulas(place("formulas"), lesson);
  createRuns(place("runs"), store, lesson);
  createPicture(place("picture"), place("shown"), store, lesson);
  createPlayer(place("player"), store, lesson);
  createInspector(place("inspector"), store, lesson, formulas);
  createWhatIf(place("whatif"), store, lesson);
  createTraining(place("training"), store, lesson);
  createLandscape(place("landscape"), store, lesson);
  createSource(place("source"), store, lesson);
  createTables(place("tables"), store, lesson);
  createSharing(place("looks"), store, lesson);
  document.documentElement.classList.add("alive");
}

// Which run of the example, and which of its samples.
function createRuns(panel, store, lesson) {
  const { words, runs } = lesson.data;
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
  const note = element("p", { class: "hint" });
  const many = element("label", {}, `${words.sample} `, sample);
  panel.replaceChildren(
    ...(runs.length > 1 ? [element("label", {}, `${words.run} `, run)] : []), many, note);
  store.subscribe((state) => {
    const now = lesson.moment(state);
    run.value = state.run;
    sample.max = now.n;
    sample.value = now.sample + 1;
    many.hidden = now.n === 1;
    setText(note, runs[state.run].note ?? "");
  });
}
