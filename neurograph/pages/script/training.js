// Training: many rounds from what is on the screen, with the curve of the total error.

function createTraining(panel, store, lesson) {
  const { words } = lesson.data;
  const SLICE = 12; // milliseconds of computing between two pictures
  let stopping = false;

  // The weights of the rounds, in the order of the program's slots; of a long way every so manyth.
  const MOST_POINTS = 1000;
  const MOST_NUMBERS = 2e6;
  function pathFrom(before, program, first) {
    const goes = before && before.rounds.at(-1) <= first;
    let { rounds, weights, stride } = goes ? before : { rounds: [], weights: [], stride: 1 };
    [rounds, weights] = [[...rounds], [...weights]];
    const most = Math.max(2, Math.min(MOST_POINTS, Math.floor(MOST_NUMBERS / program.slots.length)));
    return {
      rounds,
      add(round, { weights: numbers }) {
        if (round % stride !== 0) return;
        rounds.push(round);
        weights.push(Float64Array.from(program.slots, ({ slot }) => numbers.get(slot)));
        if (rounds.length <= most) return;
        stride *= 2;
        const keep = (_, i) => rounds[i] % stride === 0;
        [weights, rounds] = [weights.filter(keep), rounds.filter(keep)];
      },
      kept: () => ({ rounds, weights, stride }),
    };
  }

  const start = (rounds) => {
    if (store.get().busy) return;
    const now = lesson.moment(store.get());
    const before = store.get().edits.trained;
    const limit = now.run.shuffled === undefined ? Infinity : now.run.shuffled.length;
    let { state } = now;
    const goesOn = before && Object.keys(store.get().edits.weights).length === 0;
    const losses = goesOn ? [...before.losses] : [lesson.errorOf(now, state)];
    const first = losses.length - 1;
    const path = pathFrom(goesOn ? before.path : null, now.program, first);
    if (path.rounds.length === 0) path.add(first, state);
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
      draw(losses);
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
  panel.replaceChildren(element("h2", {}, words.training), element("div", { class: "bar" }, ...buttons, on, stop),
    words_, warning, chart);

  const WIDTH = 640, HEIGHT = 220, LEFT = 84, RIGHT = 14, TOP = 14, BOTTOM = 34;
  function draw(losses) {
    const finite = losses.filter(Number.isFinite);
    const high = Math.min(Math.max(...finite.slice(0, 1), ...sampled(finite, 400), 1e-300) * 1.05, Number.MAX_VALUE);
    const x = (i) => LEFT + ((WIDTH - LEFT - RIGHT) * i) / Math.max(losses.length - 1, 1);
    // An error below zero, as some losses have it, lies on the edge.
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.max(0, Math.min(value / high, 1)));
    const places = sampled(losses.map((_, i) => i), 400);
    const points = places.filter((i) => Number.isFinite(losses[i])).map((i) => `${x(i).toFixed(1)},${y(losses[i]).toFixed(1)}`);
    const text = (at, down, anchor, content) => elementOf(SVG, "text", { x: at, y: down, "text-anchor": anchor }, content);
    const axis = elementOf(SVG, "path", { class: "axis", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}` });
    const described = said(words.curve_words, { first: written(losses[0]), last: written(losses.at(-1)), rounds: losses.length - 1 });
    chart.replaceChildren(
      elementOf(SVG, "title", {}, `${words.curve}. ${described}`),
      axis,
      text(LEFT - 8, TOP + 10, "end", written(high / 1.05, 3)), text(LEFT - 8, HEIGHT - BOTTOM, "end", "0"),
      text(LEFT, HEIGHT - 10, "middle", "0"), text(WIDTH - RIGHT, HEIGHT - 10, "end", String(losses.length - 1)),
      text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "middle", words.curve),
      elementOf(SVG, "polyline", { class: "curve", points: points.join(" ") }),
      ...(points.length === 1 ? [elementOf(SVG, "circle", { class: "dot", cx: x(0), cy: y(losses[0]), r: 4 })] : []),
    );
  }
  const sampled = (list, most) => {
    if (list.length <= most) return list;
    return Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))]);
  };

  let drawn = {};
  store.subscribe((state) => {
    const now = lesson.moment(state);
    const { run } = now;
    const { trained } = state.edits;
    const unknown = run.shuffled !== undefined && run.shuffled.length === 0;
    for (const one of [...buttons, on]) one.disabled = state.busy || unknown;
    stop.disabled = !state.busy;
    if (state.busy || (drawn.edits === state.edits && drawn.run === run)) return;
    drawn = { edits: state.edits, run };
    const losses = trained?.losses ?? [lesson.errorOf(now, now.state)];
    draw(losses);
    const places = { rounds: (losses.length - 1).toLocaleString(document.documentElement.lang), loss: written(losses.at(-1)) };
    setText(words_, said(trained ? words.trained : words.untrained, places));
    const ended = run.shuffled?.length > 0 && losses.length > run.shuffled.length;
    setText(warning, unknown ? words.shuffled_unknown
      : trained?.diverged ? said(words.diverged, { round: trained.diverged })
        : ended ? said(words.shuffled_end, { epochs: run.shuffled.length }) : "");
  });
}
