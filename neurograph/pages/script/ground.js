// The ground: the total error of all samples over one parameter or two, the others as they are.

// A parameter moves with all that are tied to it.
const tiedTo = (program, slot) => program.data.ties.find((tie) => tie.includes(slot)) ?? [slot];

// axes are lists of slots. `lossAt` computes anew what depends on them alone.
function createGround(program, setting, state, axes, rounded) {
  const exact = { ...setting, digits: null, order: "simultaneous" };
  const phases = chosenEquations(program, exact);
  const samples = Array.from(state.inputs.values().next().value, (_, i) => i);
  const n = samples.length;
  const places = axes.map((slots) => slots.map((slot) => program.variable("weight", slot)));
  const total = program.variable("total_error", -1);
  const values = givenValues(program, state, samples);
  const forward = [...phases.forward, ...phases.losses].filter(({ formula }) => formula >= 0);
  compute(forward, values, n, exact, rounded);
  const moved = new Set(places.flat());
  const dependent = forward.filter((equation) => {
    const depends = variablesOf(equation).some((variable) => moved.has(variable));
    if (depends) moved.add(equation.left);
    return depends;
  });
  const lossAt = (point) => {
    places.forEach((variables, i) => variables.forEach((variable) => { values[variable] = point[i]; }));
    compute(dependent, values, n, exact, rounded);
    return values[total];
  };

  // A walker goes down by the optimiser and the rate that are chosen, on these axes alone.
  const round = allOf(phases);
  const placed = (after, point) => {
    const weights = new Map(state.weights);
    axes.forEach((slots, i) => slots.forEach((slot) => weights.set(slot, point[i])));
    return { ...after, weights };
  };
  const createWalker = (start) => {
    const rested = Object.fromEntries(Object.entries(state.memory).map(([name, column]) =>
      [name, new Map([...column.keys()].map((slot) => [slot, 0]))]));
    let walking = placed({ ...state, memory: rested, step: 1 }, start);
    const path = [{ point: start, loss: lossAt(start) }];
    return {
      path,
      // Whether the step led to a finite place.
      step() {
        const numbers = compute(round, givenValues(program, walking, samples), n, exact, rounded);
        const after = stateAfter(program, walking, exact, numbers);
        const point = axes.map(([slot]) => after.weights.get(slot));
        const loss = lossAt(point);
        if (![...point, loss].every(Number.isFinite)) return false;
        walking = placed(after, point);
        path.push({ point, loss });
        return true;
      },
    };
  };
  return { lossAt, createWalker };
}

// What is so large that differences overflow has no place in a picture.
const isDrawn = (value) => Math.abs(value) < 1e150;

// Where contours lie, as draw_surface has them: at round numbers, or, where most of the ground is
// low, closer together below, so that a bowl has even rings.
function contourLevels(losses, most = 12) {
  const finite = losses.filter(isDrawn).sort((a, b) => a - b);
  const low = finite[0], high = finite.at(-1);
  if (!(high > low)) {
    const room = Math.abs(low) * 1e-3 || 1e-3;
    return [low - room, low + room];
  }
  const FLAT = 0.25;
  if (finite[Math.floor(finite.length / 2)] - low < FLAT * (high - low)) {
    return Array.from({ length: most + 1 }, (_, i) => low + (high - low) * (i / most) ** 2);
  }
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((part) => part * power).find((size) => size >= raw * (1 - 1e-9));
  const first = Math.floor(low / step);
  const levels = [];
  for (let i = first; levels.length === 0 || levels.at(-1) < high; i += 1) levels.push(i * step);
  return levels;
}
