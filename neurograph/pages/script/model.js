// The equations of a round, read from the data of the page, and computed in their order.
//
// Nothing here knows backpropagation: which equations there are, in which order, and what stands
// in them comes from neurograph/equations.py; the functions are those of FORMULAS.

function unpacked(column) {
  if (Array.isArray(column)) return column;
  const numbers = [];
  for (let at = 0; at < column.runs.length; at += 3) {
    const [start, step, count] = column.runs.slice(at, at + 3);
    for (let i = 0; i < count; i += 1) numbers.push(start + i * step);
  }
  return numbers;
}

// A list of several numbers for each thing, apart.
const inParts = (flat, n) => Array.from({ length: flat.length / n }, (_, i) => flat.slice(n * i, n * i + n));

// A program: its variables, numbered; its equations; and their order in each phase.
function readProgram(data, formulas) {
  const variables = [];
  const numbers = new Map();
  const variable = (quantity, place) => {
    if (!numbers.has(quantity)) numbers.set(quantity, new Map());
    const places = numbers.get(quantity);
    if (!places.has(place)) {
      places.set(place, variables.length);
      variables.push({ quantity, place });
    }
    return places.get(place);
  };
  const ends = { pre: unpacked(data.pre), post: unpacked(data.post) };

  const placesOf = (column, at) => {
    if (column === "=") return at;
    return column in ends ? at.map((slot) => ends[column][slot]) : unpacked(column);
  };
  // What stands for a name in each equation of a pattern.
  const operandsOf = ([name, kind, ...rest], at) => {
    if (kind === "number") return at.map(() => ({ name, number: rest[0] }));
    if (kind === "one") {
      const places = placesOf(rest[1], at);
      return at.map((_, row) => ({ name, variable: variable(rest[0], places[row]) }));
    }
    if (kind === "many") {
      const flat = unpacked(rest[1]);
      let start = 0;
      return unpacked(rest[2]).map((count) => {
        const parts = flat.slice(start, start + count);
        start += count;
        return { name, parts: parts.map((place) => ({ variable: variable(rest[0], place) })) };
      });
    }
    return rest[0].map((parts) => ({
      name,
      parts: parts.map((part) =>
        Array.isArray(part) ? { variable: variable(...part) } : { number: part },
      ),
    }));
  };

  const patterns = data.patterns.map((pattern) => {
    const at = unpacked(pattern.at);
    const members = pattern.member ? unpacked(pattern.member) : at.map(() => 0);
    const columns = pattern.operands.map((operand) => operandsOf(operand, at));
    return at.map((place, row) => ({
      quantity: pattern.quantity,
      place,
      left: variable(pattern.quantity, place),
      phase: pattern.phase,
      formula: pattern.formula,
      run: formulas[pattern.formula],
      stable: pattern.stable === undefined ? null : formulas[pattern.stable],
      over: pattern.over === true,
      once: pattern.once === true,
      when: pattern.when || null,
      member: members[row],
      operands: columns.map((column) => column[row]),
    }));
  });

  const inOrder = (runs) => {
    const equations = [];
    for (const [numbersOfPatterns, rows, turns] of runs) {
      for (let turn = 0; turn < turns; turn += 1) {
        numbersOfPatterns.forEach((number, i) => equations.push(patterns[number][rows[i] + turn]));
      }
    }
    return equations;
  };
  const orders = {};
  for (const [order, phases] of Object.entries(data.orders)) {
    orders[order] = {};
    for (const [phase, runs] of Object.entries(phases)) orders[order][phase] = inOrder(runs);
  }
  const known = (quantity, place) => numbers.get(quantity)?.get(place);
  return { variables, variable: known, quantities: numbers, orders, ends, data };
}

// The equations of a round under what is chosen: activation by row, loss, order, optimiser.
const chosenBefore = new WeakMap();
function chosenEquations(program, setting) {
  const key = JSON.stringify([setting.order, setting.loss, setting.optimizer, setting.activation]);
  const before = chosenBefore.get(program);
  if (before?.key === key) return before.phases;
  const phases = filteredEquations(program, setting);
  chosenBefore.set(program, { key, phases });
  return phases;
}

function filteredEquations(program, setting) {
  const holds = (equation) =>
    equation.when === null ||
    equation.when.some((condition) =>
      Object.entries(condition).every(([key, names]) =>
        names.includes(key === "activation" ? setting.activation[equation.place] : setting[key]),
      ),
    );
  const phases = program.orders[setting.order];
  return Object.fromEntries(
    Object.entries(phases).map(([phase, equations]) => [phase, afterTheirOperands(equations.filter(holds))]),
  );
}

// What is computed from others follows them: the neurons of a softmax need each other.
function afterTheirOperands(equations) {
  const waiting = new Map(equations.map((equation) => [equation.left, equation]));
  const ordered = [];
  const add = (equation) => {
    if (!waiting.delete(equation.left)) return;
    for (const variable of variablesOf(equation)) if (waiting.has(variable)) add(waiting.get(variable));
    ordered.push(equation);
  };
  equations.forEach(add);
  return ordered;
}

// What an equation is computed from.
function variablesOf(equation) {
  return equation.operands.flatMap((operand) =>
    (operand.parts ?? [operand]).map(({ variable }) => variable).filter((variable) => variable !== undefined),
  );
}

const allOf = (equations) => Object.values(equations).flat();

const optimizerOf = (program, { optimizer }) => program.data.optimizers.find(({ key }) => key === optimizer);
// Its constants, by name; what a reader has changed is in the setting.
const constantsOf = (program, setting) =>
  Object.fromEntries(Object.entries(optimizerOf(program, setting).constants ?? {}).map(([name, [value]]) =>
    [name, setting.constants?.[name] ?? value]));

// What numbers of a kind may be.
const KINDS = {
  number: () => true,
  rate: (value) => value >= 0,
  fraction: (value) => value >= 0 && value < 1,
  positive: (value) => value > 0,
};

// Which activations a neuron can have; those that couple a level only with all others of it.
const choosable = (program, row) => [
  ...(program.neurons[row]?.activation && (!program.neurons[row].coupled || program.whole.includes(row)) ? program.activations : []),
  ...(program.whole.includes(row) ? program.coupled : []),
];
const levelOf = (program, row) => program.neurons.flatMap(({ level }, other) => (level === program.neurons[row].level ? [other] : []));
const isWholeOrApart = (program, activation, row) => {
  const names = levelOf(program, row).map((other) => activation[other] ?? program.neurons[other].activation);
  return !program.whole.includes(row) || names.every((name) => name === names[0]) || !names.some((name) => program.coupled.includes(name));
};

// A rate may be a formula of the step, which counts from 1, and of the epoch, which counts from 0.
const rateOf = ({ rate, schedule, step }) =>
  schedule ? schedule.formula(0, step, Math.floor((step - 1) / schedule.batches)) : rate;

// What is known before a round: one number, or one for each of its samples.
function givenValues(program, state, samples) {
  const values = new Array(program.variables.length);
  const put = (quantity, place, value) => {
    const number = program.variable(quantity, place);
    if (number !== undefined) values[number] = value;
  };
  const column = (numbers) =>
    samples.length === 1 ? numbers[samples[0]] : Float64Array.from(samples, (i) => numbers[i]);
  for (const [slot, weight] of state.weights) put("weight", slot, weight);
  for (const [row, numbers] of state.inputs) put("out", row, column(numbers));
  for (const [row, numbers] of state.targets) put("target", row, column(numbers));
  for (const [name, column_] of Object.entries(state.memory)) {
    for (const [slot, value] of column_) put(`earlier_${name}`, slot, value);
  }
  put("learning_rate", -1, rateOf(state));
  put("step_number", -1, state.step);
  put("n_samples", -1, samples.length);
  for (const [name, value] of Object.entries(state.constants)) put(name, -1, value);
  return values;
}

// One number is that of every sample.
const ofSample = (value, sample) => (typeof value === "object" ? value[sample] : value);

const readOperand = (operand, values, sample) => {
  if (operand.parts) return operand.parts.map((part) => readOperand(part, values, sample));
  if (operand.variable === undefined) return operand.number;
  return ofSample(values[operand.variable], sample);
};

function evaluated(equation, values, sample, digits) {
  const operands = equation.operands.map((operand) => readOperand(operand, values, sample));
  if (equation.stable === null) return equation.run(equation.member, ...operands);
  // What was rounded counts as it is; what it was computed from does not.
  const stated = digits === null ? NaN : equation.run(equation.member, ...operands);
  return Number.isFinite(stated) ? stated : equation.stable(equation.member, ...operands);
}

function valueOf(equation, values, n, setting, rounded) {
  const digits = setting.digits ?? null;
  const number = (value) =>
    (digits === null || !rounded.has(equation.quantity) ? value : onPaper(value, digits)) + 0;
  if (n === 1 || (equation.once && !equation.over)) {
    return number(evaluated(equation, values, 0, digits));
  }
  const column = new Float64Array(n);
  for (let sample = 0; sample < n; sample += 1) {
    column[sample] = evaluated(equation, values, sample, digits);
  }
  if (equation.over) {
    const sum = pairwiseSum(column);
    return number(setting.reduction === "mean" ? sum / n : sum);
  }
  return column.map(number);
}

// Compute equations one after the other; values are those of `program.variables`.
function compute(equations, values, n, setting, rounded) {
  for (const equation of equations) {
    if (equation.formula >= 0) {
      values[equation.left] = valueOf(equation, values, n, setting, rounded);
    }
  }
  return values;
}

// What the next round starts from.
function stateAfter(program, state, setting, values) {
  const weights = new Map(state.weights);
  for (const [slot, number] of program.quantities.get("new_weight") ?? []) {
    if (values[number] !== undefined) weights.set(slot, values[number]);
  }
  const optimizer = optimizerOf(program, setting);
  const memory = {};
  for (const name of optimizer.state) {
    memory[name] = new Map(state.memory[name]);
    for (const [slot, number] of program.quantities.get(name) ?? []) {
      if (values[number] !== undefined) memory[name].set(slot, values[number]);
    }
  }
  return { ...state, weights, memory, step: state.step + 1 };
}

// The samples of each update of an epoch.
function batchesOf(nSamples, size, order = null) {
  const rows = order ?? Array.from({ length: nSamples }, (_, i) => i);
  const batches = [];
  for (let start = 0; start < nSamples; start += size) batches.push(rows.slice(start, start + size));
  return batches;
}
