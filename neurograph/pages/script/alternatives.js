// What others do otherwise: the table of edits, each computed by changed equations.

// The edits of a program; those about what it does not have are left out.
function readEdits({ texts, quantities, variables, operands: single, rows }, program) {
  const numbers = inParts(variables, 2).map(([name, place]) => program.variable(quantities[name], place));
  const named = (what) =>
    Array.isArray(what) ? what.map(named) : typeof what === "number" && what > 0 ? numbers[what - 1] : what || null;
  const instead = (number, factor) => ({ variable: number === 0 ? null : numbers[number - 1], factor });
  const made = ([text, kind, own, other, at, which, changes]) => {
    const operands = new Map();
    for (const [number, operand, ...its] of inParts(changes.operands ?? [], 4)) {
      const owner = numbers[number - 1];
      if (!operands.has(owner)) operands.set(owner, []);
      operands.get(owner).push([numbers[operand - 1], instead(...its)]);
    }
    const whole = new Map(inParts(changes.whole ?? [], 3).map(([number, ...its]) => [numbers[number - 1], instead(...its)]));
    return { text: texts[text], kind, own: named(own), other: named(other), at: named(at), which, ...changes, operands, whole };
  };
  const short = single.flatMap(([text, kind, words, which, flat]) =>
    inParts(flat, 5).map(([at, owner, own, other, factor]) =>
      made([text, kind, words || own, other, at, which, { operands: [owner, own, other, factor] }])));
  const known = ({ operands, whole }) =>
    ![...whole.keys(), ...operands.keys()].includes(undefined) &&
    [...whole.values(), ...[...operands.values()].flat().map(([, its]) => its)].every(({ variable }) => variable !== undefined);
  return [...rows.map(made), ...short].filter(known);
}

// The numbers of a round with one edit.
function editedValues(now, edit, rounded) {
  const { program } = now;
  const setting = { ...now.setting };
  if (edit.order) setting.order = setting.order === "in_place" ? "simultaneous" : "in_place";
  if (edit.reduction) setting.reduction = setting.reduction === "mean" ? "sum" : "mean";
  if (edit.digits) setting.digits = edit.digits < 0 ? null : edit.digits;
  const equations = setting.order === now.setting.order ? now.equations
    : allOf(chosenEquations(program, setting)).filter(({ formula }) => formula >= 0);
  let state = now.state;
  let values;
  for (let round = 0; round <= (edit.next ?? 0); round += 1) {
    values = roundWith(now, state, setting, equations, edit, rounded);
    if (round < (edit.next ?? 0)) state = stateAfter(program, state, setting, values);
  }
  return values;
}

function roundWith(now, state, setting, equations, edit, rounded) {
  const { program, samples } = now;
  const values = givenValues(program, state, samples);
  const stated = values.slice();
  const scaled = (value, factor) => (typeof value === "object" ? value.map((one) => factor * one) : factor * value);
  const put = ({ variable, factor }) =>
    variable === null ? factor : scaled(values[variable] ?? now.values[variable], factor);
  for (const [own, its] of edit.whole) {
    if (!now.stepOf.has(own)) values[own] = its.variable === null ? its.factor : scaled(stated[its.variable], its.factor);
  }
  for (const equation of equations) {
    const { left } = equation;
    const changes = edit.operands.get(left);
    const its = changes ? withOperands(program, equation, changes, values, put) : equation;
    const altered = edit.operands.size > 0 || edit.whole.size > 0;
    values[left] = valueOf(altered ? asStated(its) : its, values, samples.length, setting, rounded);
    const whole = edit.whole.get(left);
    if (whole) values[left] = whole.variable === left ? scaled(values[left], whole.factor) : put(whole);
  }
  return values;
}

// An operand that is another number than its equation gives counts as it is.
function asStated(equation) {
  if (equation.stable === null) return equation;
  const run = (...operands) => {
    const value = equation.run(...operands);
    return Number.isFinite(value) ? value : equation.stable(...operands);
  };
  return { ...equation, run, stable: null };
}

// An equation with something else for some of its operands.
function withOperands(program, equation, changes, values, put) {
  const reads = (variable) => equation.operands.some((one) =>
    one.variable === variable || one.parts?.some((part) => part.variable === variable));
  const renamed = (variable) => {
    const { quantity, place } = program.variables[variable];
    return quantity === "weight" ? program.variable("new_weight", place) : undefined;
  };
  // Where a weight has changed already, it is the changed one that is meant.
  const by = new Map(changes.map(([own, its]) => {
    const later = reads(own) ? undefined : renamed(own);
    if (later === undefined) return [own, its];
    const other = its.variable === null ? null : renamed(its.variable);
    return [later, other === undefined ? its : { ...its, variable: other }];
  }));
  // What stands by itself is meant, and not the same among several of its kind.
  const alone = equation.operands.some(({ variable }) => by.has(variable));
  const changed = (operand, within) => {
    if (operand.parts) return { ...operand, parts: operand.parts.map((part) => changed(part, true)) };
    if (!by.has(operand.variable) || (within && alone)) return operand;
    values.push(put(by.get(operand.variable)));
    return { ...operand, variable: values.length - 1 };
  };
  return { ...equation, operands: equation.operands.map((operand) => changed(operand, false)) };
}

// What gives a number that somebody has: the edits, each with its value, that agree with it; how many
// were tried; and how many would agree by chance (see neurograph/conventions/odds.py).
function searched(trials, stated, printed) {
  const hits = trials.filter(({ value, cut }) =>
    cut ? agreement(stated, printed, true) !== null : value !== stated && agreement(value, printed) !== null);
  const aim = numberOf(printed.value);
  const unit = 2 * margin(printed);
  const reach = 2 * Math.abs(aim - stated);
  const different = new Set();
  for (const { value } of trials) {
    if (value !== stated && Number.isFinite(value) && Math.abs(value - stated) <= reach) {
      different.add(Math.round((value - aim) / unit));
    }
  }
  const chance = stated === aim ? different.size : different.size * Math.min(1, margin(printed) / (2 * Math.abs(aim - stated)));
  return { hits, tried: trials.length, inReach: different.size, chance };
}
