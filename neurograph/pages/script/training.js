// Training: many rounds from what is on the screen, with the curve of the total error.

function createTraining(panel, store, lesson) {
  const { words } = lesson.data;
  const SLICE = 12; // milliseconds of computing between two pictures
  let stopping = false;

  // What the rounds left, the weights in the order of the program's slots; of a long way every so
  // manyth. `bases` are the moments from which training went on, by the round.
  const MOST_POINTS = 1000;
  const MOST_NUMBERS = 2e6;
  function pathFrom(before, now, first) {
    const { program } = now;
    const goes = before && before.rounds.at(-1) <= first;
    let { rounds, weights, rest, stride, bases } = goes ? before : { rounds: [], weights: [], rest: [], stride: 1, bases: [] };
    [rounds, weights, rest, bases] = [[...rounds], [...weights], [...rest], [...bases, { first, now }]];
    const most = Math.max(2, Math.min(MOST_POINTS, Math.floor(MOST_NUMBERS / program.slots.length)));
    const column = (numbers) => Float64Array.from(program.slots, ({ slot }) => numbers.get(slot));
    return {
      add(round, { weights: numbers, memory, step }) {
        if (round % stride !== 0) return;
        rounds.push(round);
        weights.push(column(numbers));
        rest.push({ step, memory: Object.fromEntries(Object.entries(memory).map(([name, of]) => [name, column(of)])) });
        if (rounds.length <= most) return;
        stride *= 2;
        const keep = (_, i) => rounds[i] % stride === 0;
        [weights, rest, rounds] = [weights.filter(keep), rest.filter(keep), rounds.filter(keep)];
      },
      kept: () => ({ rounds, weights, rest, stride, bases }),
    };
  }
  // The state that a kept round left.
  function stateAt({ weights, rest }, i, { program, state }) {
    const mapOf = (column) => new Map(program.slots.map(({ slot }, place) => [slot, column[place]]));
    const memory = Object.fromEntries(Object.entries(rest[i].memory).map(([name, column]) => [name, mapOf(column)]));
    return { ...state, weights: mapOf(weights[i]), memory: { ...state.memory, ...memory }, step: rest[i].step };
  }

  // The numbers of an address in the rounds of a path, so many as there is time for.
  let kept = { variable: null, sample: null, first: null, numbers: new Map() };
  function numbersOf(path, variable, sample, until) {
    const [first] = path.bases;
    if (kept.variable !== variable || kept.sample !== sample || kept.first !== first) {
      kept = { variable, sample, first, numbers: new Map(), read: new Map() };
    }
    const places = sampled(path.rounds.map((_, i) => i), 300);
    for (const i of places) {
      const round = path.rounds[i];
      if (kept.numbers.has(round)) continue;
      if (performance.now() > until) return { all: false, points: drawable(places, path) };
      const base = path.bases.findLast(({ first: start }) => start <= round);
      if (!kept.read.has(base)) kept.read.set(base, lesson.inStates(base.now, variable));
      kept.numbers.set(round, kept.read.get(base)(stateAt(path, i, base.now), sample));
    }
    return { all: true, points: drawable(places, path) };
  }
  const drawable = (places, { rounds }) => places.map((i) => [rounds[i], kept.numbers.get(rounds[i])])
    .filter(([, value]) => Number.isFinite(value));

  const start = (rounds) => {
    if (store.get().busy) return;
    const now = lesson.moment(store.get());
    const before = store.get().edits.trained;
    const limit = now.run.shuffled === undefined ? Infinity : now.run.shuffled.length;
    let { state } = now;
    const goesOn = before && Object.keys(store.get().edits.weights).length === 0;
    const losses = goesOn ? [...before.losses] : [lesson.errorOf(now, state)];
    const first = losses.length - 1;
    const path = pathFrom(goesOn ? before.path : null, now, first);
    if (path.kept().rounds.length === 0) path.add(first, state);
    let done = 0;
    let diverged = null;
    stopping = false;
    store.set({ busy: true, playing: false });
    const finish = () => {
      store.edit({ trained: { state, losses, diverged, path: path.kept() }, weights: {} });
      store.set({ busy: false });
    };
    const slice = () => {
      const until = performance.now() + SLICE;
      while (done < rounds && !stopping && diverged === null && first + done < limit) {
        const after = lesson.epoch(now, state, first + done);
        if (after === null) diverged = first + done + 1;
        else {
          state = after;
          done += 1;
          losses.push(lesson.errorOf(now, state));
          path.add(first + done, state);
        }
        if (performance.now() > until) break;
      }
      draw(losses, path.kept());
      setText(words_, said(words.trained, { rounds: losses.length - 1, loss: written(losses.at(-1)) }));
      if (done < rounds && !stopping && diverged === null && first + done < limit) requestAnimationFrame(slice);
      else finish();
    };
    slice();
  };

  const buttons = [1, 10, 100, 1000].map((rounds) =>
    element("button", { type: "button", id: `train-${rounds}`, onclick: () => start(rounds) },
      rounds === 1 ? words.train_one : said(words.train, { rounds: rounds.toLocaleString(document.documentElement.lang) })));
  const on = element("button", { type: "button", id: "train-on", onclick: () => start(Infinity) }, words.train_on);
  const stop = element("button", { type: "button", id: "train-stop", onclick: () => { stopping = true; } }, words.stop);
  const words_ = element("p", { class: "sentence", id: "trained" });
  const warning = element("p", { class: "message", role: "alert" });
  const chart = elementOf(SVG, "svg", { class: "chart", viewBox: "0 0 640 220", role: "img" });
  const curve = element("select", { id: "curve", onchange: () => store.set({ curve: curve.value }) });
  panel.replaceChildren(element("h2", {}, words.training), element("div", { class: "bar" }, ...buttons, on, stop),
    words_, warning, element("div", { class: "bar" }, element("label", {}, `${words.curve_of} `, curve)), chart);

  const WIDTH = 640, HEIGHT = 220, LEFT = 84, RIGHT = 14, TOP = 14, BOTTOM = 34;
  let going = 0;
  function draw(losses, path) {
    going += 1;
    const state = store.get();
    const now = lesson.moment(state);
    const variable = state.curve === "" ? undefined : lesson.variableOf(now.program, state.curve);
    if (variable === undefined) {
      const places = sampled(losses.map((_, i) => i), 400);
      return drawCurve(places.filter((i) => Number.isFinite(losses[i])).map((i) => [i, losses[i]]), losses.length - 1, "");
    }
    const own = going;
    const goOn = () => {
      if (own !== going) return;
      const { all, points } = numbersOf(path, variable, state.sample, performance.now() + SLICE);
      drawCurve(points, losses.length - 1, state.curve);
      if (!all && !store.get().busy) requestAnimationFrame(goOn);
    };
    goOn();
  }

  // Points of round and value; of an address between the least and the largest of them.
  function drawCurve(numbers, rounds, address) {
    const values = numbers.map(([, value]) => value);
    const isError = address === "";
    let low = isError ? 0 : Math.min(...values), high = Math.max(...values, isError ? 1e-300 : low);
    if (isError) high = Math.min(high * 1.05, Number.MAX_VALUE);
    else if (!(high > low)) [low, high] = [low - (Math.abs(low) || 1) / 20, high + (Math.abs(high) || 1) / 20];
    const x = (i) => LEFT + ((WIDTH - LEFT - RIGHT) * i) / Math.max(rounds, 1);
    // An error below zero, as some losses have it, lies on the edge.
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.max(0, Math.min(value / (high - low) - low / (high - low), 1)));
    const points = numbers.map(([i, value]) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`);
    const text = (at, down, anchor, content) => elementOf(SVG, "text", { x: at, y: down, "text-anchor": anchor }, content);
    const axis = elementOf(SVG, "path", { class: "axis", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}` });
    const described = said(words.curve_words, { first: written(values[0]), last: written(values.at(-1)), rounds });
    const title = isError ? words.curve : said(words.curve_by_round, { address });
    setAttribute(chart, "data-last", values.length === 0 ? null : String(values.at(-1)));
    chart.replaceChildren(
      elementOf(SVG, "title", {}, `${title}. ${described}`),
      axis,
      text(LEFT - 8, TOP + 10, "end", written(isError ? high / 1.05 : high, 3)), text(LEFT - 8, HEIGHT - BOTTOM, "end", written(low, 3)),
      text(LEFT, HEIGHT - 10, "middle", "0"), text(WIDTH - RIGHT, HEIGHT - 10, "end", String(rounds)),
      text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "middle", title),
      elementOf(SVG, "polyline", { class: "curve", points: points.join(" ") }),
      ...(points.length === 1 ? [elementOf(SVG, "circle", { class: "dot", cx: x(numbers[0][0]), cy: y(values[0]), r: 4 })] : []),
    );
  }

  store.share("curve", {
    write: ({ curve: address }) => address || null,
    read: (address, { program }) => ({ curve: lesson.variableOf(program, String(address)) === undefined ? "" : address }),
  });
  // What can be a curve: every parameter, and every number that a round computes.
  let listed = { program: null, chosen: null };
  function fillCurves(now, { chosen, curve: wanted }) {
    const MANY = 600;
    const { program } = now;
    if (listed.program !== program || listed.equations !== now.equations || listed.chosen !== chosen) {
      const computed = now.equations.map(({ left }) => left).filter((left) => lesson.ownerOf(program, left).row);
      const all = [...program.slots.map(({ slot }) => program.variable("weight", slot)).filter((variable) => variable !== undefined), ...computed];
      const shown = all.length <= MANY ? all : all.filter((variable) => lesson.ownerOf(program, variable).key === chosen);
      const addresses = [...new Set(shown.map((variable) => lesson.addressOf(program, variable)))].filter((address) => address !== "loss");
      if (wanted !== "" && !addresses.includes(wanted)) addresses.push(wanted);
      curve.replaceChildren(element("option", { value: "" }, words.total_error), ...addresses.map((address) => element("option", { value: address }, address)));
      listed = { program, equations: now.equations, chosen };
    }
    curve.value = wanted;
  }
  const sampled = (list, most) => {
    if (list.length <= most) return list;
    return Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))]);
  };

  // The path of one who has gone nowhere.
  function untrained(now) {
    const path = pathFrom(null, now, 0);
    path.add(0, now.state);
    return path.kept();
  }

  let drawn = [];
  store.subscribe((state) => {
    const now = lesson.moment(state);
    const { run } = now;
    const { trained } = state.edits;
    const unknown = run.shuffled !== undefined && run.shuffled.length === 0;
    for (const one of [...buttons, on]) one.disabled = state.busy || unknown;
    stop.disabled = !state.busy;
    if (state.busy) return;
    fillCurves(now, state);
    const shown = [run, state.edits, state.curve, state.curve === "" ? null : state.sample];
    if (shown.every((part, i) => part === drawn[i])) return;
    drawn = shown;
    const losses = trained?.losses ?? [lesson.errorOf(now, now.state)];
    draw(losses, trained?.path ?? untrained(now));
    const places = { rounds: (losses.length - 1).toLocaleString(document.documentElement.lang), loss: written(losses.at(-1)) };
    setText(words_, said(trained ? words.trained : words.untrained, places));
    const ended = run.shuffled?.length > 0 && losses.length > run.shuffled.length;
    setText(warning, unknown ? words.shuffled_unknown
      : trained?.diverged ? said(words.diverged, { round: trained.diverged })
        : ended ? said(words.shuffled_end, { epochs: run.shuffled.length }) : "");
  });
}
