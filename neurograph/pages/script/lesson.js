// What the state means: the equations under its choices and the numbers they give.
//
// moment(state) = {
//   run, program, setting, state,     what is computed: the last is that of model.js
//   phases, equations, stepOf,        by phase; all in their order; by variable, the number of its own
//   values, base,                     by variable, of this state and of the example
//   n, sample, known,                 samples of the round, which is shown, how many steps are known
//   solved,                           in practice, all that is known of what is computed
// }

function createLesson(data, formulas) {
  const slotsOf = ({ slot, key, name, value }) =>
    unpacked(slot).map((number, i) => ({ slot: number, key: key[i], name: name[i], value: value[i] }));
  const programs = data.programs.map((program) => ({
    ...program, ...readProgram(program, formulas), slots: slotsOf(program.slots),
  }));
  const rounded = new Set(
    Object.entries(data.quantities).filter(([, row]) => row.rounded).map(([name]) => name),
  );

  const settingOf = (run, program, edits) => ({
    loss: run.loss,
    order: run.order,
    optimizer: run.optimizer,
    reduction: run.reduction,
    digits: run.digits,
    rate: run.rate,
    ...edits.setting,
    constants: edits.constants,
    activation: program.neurons.map(({ activation }, row) => edits.activation[row] ?? activation),
  });

  const columns = (rows, numbers, edited) =>
    new Map(
      rows.map((row, i) => [row, numbers[i].map((value, s) => edited[`${row} ${s}`] ?? value ?? NaN)]),
    );

  const stateOf = (run, program, setting, edits) => {
    const trained = edits.trained?.state;
    const weights = new Map(trained?.weights ?? program.slots.map(({ slot, value }) => [slot, value]));
    for (const [slot, value] of Object.entries(edits.weights)) weights.set(Number(slot), value);
    const names = optimizerOf(program, setting).state;
    const begun = (name) => new Map(program.slots.map(({ slot }, i) => [slot, run.memory?.[name]?.[i] ?? 0]));
    return {
      weights,
      inputs: columns(program.inputs, run.inputs, edits.inputs),
      targets: columns(program.outputs, run.targets, edits.targets),
      memory: Object.fromEntries(names.map((name) => [name, trained?.memory[name] ?? begun(name)])),
      step: trained?.step ?? 1,
      rate: setting.rate,
      schedule: edits.setting.rate === undefined && run.schedule !== undefined
        ? { formula: formulas[run.schedule], batches: Math.ceil(run.inputs[0].length / run.batch) } : null,
      constants: constantsOf(program, setting),
    };
  };

  const roundOf = (run, edits) => {
    const program = programs[run.program];
    const setting = settingOf(run, program, edits);
    const state = stateOf(run, program, setting, edits);
    const phases = chosenEquations(program, setting);
    const samples = batchesOf(run.inputs[0].length, run.batch, run.shuffled?.[0])[0];
    const values = givenValues(program, state, samples);
    const equations = allOf(phases).filter(({ formula }) => formula >= 0);
    compute(equations, values, samples.length, setting, rounded);
    const stepOf = new Map(equations.map(({ left }, step) => [left, step]));
    return { run, program, setting, state, phases, equations, stepOf, values, samples };
  };

  let last = { run: null, edits: null, round: null, base: null };
  const moment = (state) => {
    if (last.run !== state.run || last.edits !== state.edits) {
      const run = data.runs[state.run];
      const base = last.run === state.run ? last.base : roundOf(run, NO_EDITS);
      const same = state.edits === NO_EDITS;
      last = { run: state.run, edits: state.edits, base, round: same ? base : roundOf(run, state.edits) };
    }
    const { round, base } = last;
    const n = round.samples.length;
    const steps = round.equations.length;
    return {
      ...round,
      base,
      n,
      sample: Math.min(state.sample, n - 1),
      known: state.step === null ? steps : Math.min(state.step, steps),
      solved: state.solved ?? null,
    };
  };

  // The number of a variable, if it is known at this step.
  const valueAt = (now, variable) => {
    const step = now.stepOf.get(variable);
    if (step !== undefined && now.solved !== null) return now.solved.get(variable);
    if (step !== undefined && step >= now.known) return undefined;
    const value = now.values[variable];
    return value === undefined ? undefined : ofSample(value, now.sample);
  };
  // The same in the example as it is; other variables may be known there.
  const baseAt = (now, variable) => ofSample(now.base.values[variable], now.sample);
  // Whether it is known and another than in the example.
  const differs = (now, variable) => {
    const value = valueAt(now, variable);
    return value !== undefined && !Object.is(value, baseAt(now, variable));
  };

  // Whose a variable is, and its address.
  const ownerAt = (program, { quantity, place }) => {
    const plain = quantity.replace(/^earlier_/, "");
    const row = data.quantities[plain];
    if (place < 0) return { key: null, name: "", quantity: plain, row, bias: false };
    const slotted = row === undefined || row.owner !== "neuron";
    if (!slotted || quantity === "returned") {
      const { key, name } = program.neurons[place];
      return { key, name, quantity, row, bias: false };
    }
    const slot = program.slotOf.get(place);
    return { key: slot.key, name: slot.name, quantity: plain, row, bias: program.ends.pre[place] < 0 };
  };
  const ownerOf = (program, variable) => (program.owners[variable] ??= ownerAt(program, program.variables[variable]));
  for (const program of programs) {
    program.owners = [];
    program.placeOf = new Map([
      ...program.neurons.map(({ key }, row) => [key, row]),
      ...program.slots.filter(({ key }) => key.startsWith("c")).map(({ key, slot }) => [key, slot]),
    ]);
    program.slotOf = new Map(program.slots.map((slot) => [slot.slot, slot]));
    program.edits = readEdits(program.edits, program);
  }
  const addressAt = (program, at) => {
    const { name, quantity, row, bias, key } = ownerAt(program, at);
    if (quantity === "total_error") return "loss";
    if (key === null) return quantity;
    return `${name}.${(bias && row?.of_bias) || quantity}`;
  };
  const addressOf = (program, variable) => addressAt(program, program.variables[variable]);
  // A parameter's: any has one, whether an equation reads it or not.
  const addressOfSlot = (program, slot) => addressAt(program, { quantity: "weight", place: slot });

  // The variable of an address, if this program has it.
  const variableOf = (program, address) => {
    if (!program.addresses) {
      program.addresses = new Map(program.variables.map((_, variable) => [addressOf(program, variable), variable]));
    }
    return program.addresses.get(address);
  };
  // An edit in words.
  const sentenceOf = (program, { text, own, other, at, which }) => {
    const called = (what) =>
      Array.isArray(what) ? what.map(called).join(", ") : typeof what === "number" ? addressOf(program, what) : what ?? "";
    const sentence = said(text, { own: called(own), other: called(other), which });
    return at === null ? sentence : said(data.words.in_equation, { address: called(at), sentence });
  };

  // One epoch of training: what the next round starts from, or null where a number diverged.
  const epoch = (now, state, number) => {
    const { run, program, setting, equations } = now;
    let after = state;
    for (const samples of batchesOf(run.inputs[0].length, run.batch, run.shuffled?.[number])) {
      const values = givenValues(program, after, samples);
      compute(equations, values, samples.length, setting, rounded);
      after = stateAfter(program, after, setting, values);
      for (const weight of after.weights.values()) if (!Number.isFinite(weight)) return null;
    }
    return after;
  };
  // The total error of a state over all samples; a state belongs to one setting.
  const errors = new WeakMap();
  const errorOf = ({ run, program, setting, phases }, state) => {
    if (!errors.has(state)) {
      const samples = Array.from({ length: run.inputs[0].length }, (_, i) => i);
      const values = givenValues(program, state, samples);
      for (const equations of [phases.forward, phases.losses]) {
        compute(equations, values, samples.length, setting, rounded);
      }
      errors.set(state, values[program.variable("total_error", -1)]);
    }
    return errors.get(state);
  };

  // What a variable is in other states of a round: as they stand, with the equations that it needs.
  const inStates = (now, variable) => {
    const needed = new Set([variable]);
    const equations = now.equations.toReversed().filter((equation) => {
      if (!needed.has(equation.left)) return false;
      for (const operand of variablesOf(equation)) needed.add(operand);
      return true;
    }).reverse();
    return (state, sample) => {
      const values = givenValues(now.program, state, now.samples);
      compute(equations, values, now.samples.length, now.setting, rounded);
      return ofSample(values[variable], Math.min(sample, now.samples.length - 1));
    };
  };

  // The name of a neuron or a connection.
  const nameOf = (program, key) => [...program.neurons, ...program.slots].find((one) => one.key === key)?.name;

  return { data, programs, rounded, inStates, differs, nameOf, moment, valueAt, baseAt, ownerOf, variableOf, sentenceOf, addressOf, addressOfSlot, epoch, errorOf };
}
