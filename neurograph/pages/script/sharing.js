// The state in the address after "#", so that a link leads to one moment; and how the page looks.

const isWhole = (value, end = Infinity) => Number.isInteger(value) && value >= 0 && value < end;

// What a state is called in an address.
function sharedState(store, lesson) {
  const state = store.get();
  const now = lesson.moment(state);
  const parts = [...store.shared].map(([name, { write }]) => [name, write(state, now)]);
  const kept = parts.filter(([, value]) => value !== null);
  return kept.length === 0 ? "" : encodeURIComponent(JSON.stringify(Object.fromEntries(kept)));
}

// The state that an address means; what does not fit the page is left out.
function readShared(hash, store, lesson) {
  let shared;
  try {
    shared = JSON.parse(decodeURIComponent(hash));
  } catch {
    return null;
  }
  if (typeof shared !== "object" || shared === null) return null;
  const patch = { run: 0 };
  for (const [name, { read }] of store.shared) {
    const run = lesson.data.runs[patch.run];
    Object.assign(patch, read(shared[name], { run, program: lesson.programs[run.program] }));
  }
  return patch;
}

// What a reader changed; the weights that a training reached are changed weights.
const SHARED_EDITS = {
  write({ edits: { weights, inputs, targets, activation, setting, constants, trained } }, now) {
    const learned = trained ? Object.fromEntries(now.state.weights) : weights;
    const parts = { weights: learned, inputs, targets, activation, setting, constants };
    const edits = Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0);
    return edits.length > 0 ? Object.fromEntries(edits) : null;
  },
  read(shared, { run, program }) {
    const kept = (part, holds) => {
      const entries = typeof part === "object" && part !== null ? Object.entries(part) : [];
      return Object.fromEntries(entries.filter(([key, value]) => holds(key, value)));
    };
    const cell = (rows) => (key, value) => {
      const [row, sample, ...rest] = key.split(" ").map(Number);
      return rest.length === 0 && rows.includes(row) && isWhole(sample, run.inputs[0].length) && Number.isFinite(value);
    };
    const { weights, inputs, targets, activation, setting, constants } = Object(shared);
    const settings = {
      loss: (value) => program.losses.includes(value),
      order: (value) => Object.hasOwn(program.orders, value),
      optimizer: (value) => program.optimizers.some(({ key }) => key === value),
      reduction: (value) => ["mean", "sum"].includes(value),
      rate: (value) => Number.isFinite(value) && value >= 0,
      digits: (value) => value === null || (isWhole(value, 10) && value > 0),
    };
    const edits = {
      ...NO_EDITS,
      weights: kept(weights, (slot, value) => program.slotOf.has(Number(slot)) && Number.isFinite(value)),
      inputs: kept(inputs, cell(program.inputs)),
      targets: kept(targets, cell(program.outputs)),
      activation: kept(activation, (row, name) => choosable(program, Number(row)).includes(name)),
      setting: kept(setting, (key, value) => Object.hasOwn(settings, key) && settings[key](value)),
    };
    edits.activation = kept(edits.activation, (row) => isWholeOrApart(program, edits.activation, Number(row)));
    const { constants: known = {} } = optimizerOf(program, { ...run, ...edits.setting });
    edits.constants = kept(constants, (name, value) =>
      Object.hasOwn(known, name) && Number.isFinite(value) && KINDS[known[name][1]](value));
    const changed = Object.values(edits).some((part) => part !== null && Object.keys(part).length > 0);
    return changed ? { edits, past: [NO_EDITS], future: [] } : { edits: NO_EDITS, past: [], future: [] };
  },
};

function createSharing(panel, store, lesson) {
  const { words } = lesson.data;
  const PAUSE = 400; // a browser counts how often an address changes
  let written = "";
  const restore = () => {
    const hash = location.hash.slice(1);
    if (hash === written) return;
    const state = readShared(hash, store, lesson);
    if (state !== null) store.set(state);
  };
  restore();
  window.addEventListener("hashchange", restore);
  let timer = null;
  store.subscribe((state) => {
    if (state.busy || state.playing) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      written = sharedState(store, lesson);
      history.replaceState(null, "", `${location.href.split("#")[0]}${written && "#"}${written}`);
    }, PAUSE);
  });

  const themes = ["system", "light", "dark"];
  const theme = element("select", { id: "theme", onchange: () => remember("theme", theme.value) },
    ...themes.map((name) => element("option", { value: name }, words[`theme_${name}`])));
  const text = element("input", { type: "checkbox", id: "large", onchange: () => remember("large", text.checked ? "yes" : "no") });
  const print = element("button", { type: "button", id: "print", onclick: () => window.print() }, words.print);
  panel.append(element("label", {}, `${words.theme} `, theme), element("label", {}, text, ` ${words.large}`), print);
  // Where a file may store nothing, the choice lasts as long as the page.
  function remember(name, value) {
    document.documentElement.dataset[name] = value;
    try {
      localStorage.setItem(`neurograph ${name}`, value);
    } catch {
      return;
    }
  }
  function remembered(name) {
    try {
      return localStorage.getItem(`neurograph ${name}`);
    } catch {
      return null;
    }
  }
  theme.value = themes.includes(remembered("theme")) ? remembered("theme") : "system";
  document.documentElement.dataset.theme = theme.value;
  text.checked = remembered("large") === "yes";
  document.documentElement.dataset.large = text.checked ? "yes" : "no";
}
