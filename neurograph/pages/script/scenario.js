// "Save as scenario": the file of what is on the screen, which `neurograph run` reads.
//
// Names and titles stand in the text as neurograph/pages/scenario_template.py wrote them; here its
// places are filled, each between two marks: the kind of what is put there, and whose it is.

const MARK = "\ue000";

function numberOfFile(value) {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

// The file, and what it cannot say; throws what is `refused`.
function scenarioText(state, lesson) {
  const { words, about, files } = lesson.data;
  const { run, program, setting, state: now, samples } = lesson.moment(state);
  const { name: optimizer, key, state: memory } = program.optimizers.find((one) => one.key === setting.optimizer);
  if (program.file.refused) throw refused("save_refused", { reason: program.file.refused });
  if (!files.optimizers.includes(optimizer)) throw refused("save_optimizer", { name: optimizer });
  if (setting.digits !== null && optimizer !== "gradient_descent") throw refused("save_digits");

  const spelt = (kind, name) => JSON.stringify(files.spelt[kind][name] ?? name);
  const column = (numbers) => (numbers.length === 1 ? numberOfFile(numbers[0]) : `[${numbers.map(numberOfFile).join(", ")}]`);
  const fill = {
    changed: () => (state.edits === NO_EDITS ? "" : ` (${words.changed})`),
    activation: (row) => spelt("activations", setting.activation[row]),
    weight: (slot) => numberOfFile(now.weights.get(slot)),
    inputs: (row) => column(now.inputs.get(row)),
    targets: (row) => column(now.targets.get(row)),
    loss: () => spelt("losses", setting.loss),
    reduction: () => `"${setting.reduction}"`,
  };
  const filled = (text) => text.split(MARK).map((part, i) => {
    if (i % 2 === 0) return part;
    const [kind, whose] = part.split(" ");
    return fill[kind](Number(whose));
  }).join("");

  // What is not plain gradient descent changes weights in a training alone.
  const isPlain = optimizer === "gradient_descent";
  const changes = !isPlain ? ["train"] : setting.order === "in_place" ? ["step"] : ["update"];
  const steps = ["forward", "loss", ...(setting.order === "in_place" ? [] : ["backward"]), ...changes];
  const constants = { ...Object.fromEntries([...key.matchAll(/(\w+)=([^,)]+)/g)].map(([, name, value]) => [name, value])), ...state.edits.constants };
  const inTable = [`name = "${optimizer}"`, ...Object.entries(constants).map(([name, value]) => `${name} = ${typeof value === "number" ? numberOfFile(value) : value.toLowerCase()}`)];
  const isWhole = samples.length === run.inputs[0].length;
  const head = (name) => [
    "", "[[runs]]", `name = "${name}"`, `order = "${setting.order}"`, `learning_rate = ${numberOfFile(rateOf(now))}`,
    `optimizer = ${inTable.length > 1 ? `{ ${inTable.join(", ")} }` : `"${optimizer}"`}`,
    ...(setting.digits === null ? [] : [`digits = ${setting.digits}`]),
  ];
  const step = (name) => ["", "[[runs.steps]]", `do = "${name}"`, ...(name === "train" ? ["rounds = 1"] : [])];
  const lines = [...head(run.name), ...(isWhole ? [] : [`samples = [${samples.map((sample) => sample + 1).join(", ")}]`]), ...steps.flatMap(step)];
  const isUnknown = run.shuffled?.length === 0;
  if (!isWhole && !isUnknown && setting.digits === null) {
    const order = run.shuffled ? ["shuffle = true", `seed = ${run.seed}`] : [];
    lines.push(...head(run.name === "epoch" ? "whole_epoch" : "epoch"), `batch_size = ${run.batch}`, ...order, ...step("train"));
  }

  const missing = [];
  if (state.edits.trained && memory.length > 0) missing.push(said(words.save_memory, { names: memory.join(", ") }));
  if (isUnknown) missing.push(words.save_chance);
  const name = `${about.name.replace(/[^A-Za-z0-9_-]+/g, "_") || "network"}_changed.toml`;
  const remarks = [said(words.save_remark, { name }), ...missing].map((text) => `# ${text}\n`).join("");
  return { name, missing, text: `${remarks}\n${filled(files.head)}\n${filled(program.file.text)}${lines.join("\n")}\n` };
}

function createScenarioFile(panel, store, lesson) {
  const { words } = lesson.data;
  const told = element("p", { class: "hint", id: "saved", role: "status" });
  const tell = (text, isRefused = false) => {
    setText(told, text);
    told.className = isRefused ? "message" : "hint";
  };
  const save = () => {
    const { value: file, problem, places } = outcome(() => scenarioText(store.get(), lesson));
    if (problem) {
      tell(said(words[problem], places), true);
      return;
    }
    download(file.name, file.text);
    tell([said(words.saved, { name: file.name }), ...file.missing].join(" "));
  };
  panel.append(element("button", { type: "button", id: "save", onclick: save }, words.save), told);

  // Whoever holds the page in a frame, such as a notebook, is told what is on the screen.
  let sent = {};
  const send = ({ run, edits, busy }) => {
    if (busy || (sent.run === run && sent.edits === edits)) return;
    sent = { run, edits };
    const file = outcome(() => scenarioText(store.get(), lesson)).value;
    window.parent.postMessage({ neurograph: file?.text ?? "" }, "*");
  };
  if (window.parent !== window) store.subscribe(send);
}
