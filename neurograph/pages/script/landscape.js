// The landscape: the total error over two parameters as contours, or over one as a mountain, with
// the ball at the present values, walkers that go down from where a reader clicks, and the path of
// the training.

function createLandscape(panel, store, lesson) {
  const { words, colours } = lesson.data;
  const SLICE = 8; // milliseconds of computing between two pictures
  const SIZES = [17, 33, 65, 129]; // points along an axis: each grid holds the points of the one before
  const MOST_STEPS = 200;
  const NEAREST = 1e-6, FARTHEST = 1e6; // half the width
  const LEFT = 62, RIGHT = 14, TOP = 12, BOTTOM = 46;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const across = element("select", { id: "landscape-x", onchange: () => turn({ x: Number(across.value) }) });
  const up = element("select", { id: "landscape-y", onchange: () => turn({ y: up.value === "" ? null : Number(up.value) }) });
  const button = (name, act) => element("button", { type: "button", id: `landscape-${name}`, onclick: act }, words[`landscape_${name}`]);
  const zoomed = (factor) => () => store.set({ landscape: { ...view(), half: Math.min(Math.max(view().half * factor, NEAREST), FARTHEST) } });
  const buttons = {
    nearer: button("nearer", zoomed(0.5)),
    farther: button("farther", zoomed(2)),
    centre: button("centre", () => store.set({ landscape: { ...view(), centre: here(store.get()) } })),
    walk: button("walk", () => walkFrom(here(store.get()))),
    clear: button("clear", () => { walkers = []; sentence = ""; draw(); }),
  };
  const canvas = element("canvas", { class: "ground-colours", "aria-hidden": "true" });
  const svg = elementOf(SVG, "svg", { class: "ground-lines", role: "group", "aria-label": words.landscape });
  const scene = element("div", { class: "ground" }, canvas, svg);
  const scale = element("p", { class: "scale" });
  const told = element("p", { class: "sentence", id: "landscape-told", "aria-live": "polite" });
  panel.replaceChildren(
    element("h2", {}, words.landscape), element("p", { class: "hint" }, words.landscape_words),
    element("div", { class: "bar" }, element("label", {}, `${words.across} `, across), element("label", {}, `${words.up} `, up),
      ...Object.values(buttons)),
    scene, scale, told);

  const marks = elementOf(SVG, "g", { class: "ground-marks", "aria-hidden": "true" });
  const ball = elementOf(SVG, "circle", { class: "ball", r: 9, tabindex: "0", role: "slider", "aria-label": words.ball_name, "aria-valuenow": "0" });
  ball.style.display = "none"; // until the ground is there
  svg.append(marks, ball);

  let walkers = [];
  let sentence = "";
  let ground = null; // what is drawn: {key, axes, x, y, n, losses, levels}
  let seen = false;
  let dragged = false;

  // -- what is looked at -----------------------------------------------------------------------

  // Short: a weight is called by its connection alone.
  const nameOf = (program, slot) => lesson.addressOfSlot(program, slot).replace(/\.weight$/, "");
  function defaults(program) {
    const first = program.outputs[0];
    const slots = [...program.slots].sort((a, b) =>
      (program.ends.post[b.slot] === first) - (program.ends.post[a.slot] === first));
    const apart = slots.map(({ slot }) => slot).filter((slot) => tiedTo(program, slot)[0] === slot);
    return { x: apart[0], y: apart[1] ?? null };
  }
  function view(state = store.get()) {
    const { program } = lesson.moment(state);
    const known = (slot) => slot === null || program.slotOf.has(slot);
    const { x, y } = state.landscape;
    const valid = x !== null && known(x) && known(y);
    return { ...state.landscape, ...(valid ? {} : { ...defaults(program), centre: null }) };
  }
  const axesOf = ({ x, y }) => (y === null ? [x] : [x, y]);
  const here = (state) => axesOf(view(state)).map((slot) => lesson.moment(state).state.weights.get(slot));
  // Whether what is drawn is what is looked at: after another choice it is computed first.
  const isCurrent = () => ground !== null && axesOf(ground.looked).join() === axesOf(view()).join()
    && ground.now.program === lesson.moment(store.get()).program;
  function turn(patch) {
    const { program } = lesson.moment(store.get());
    const next = { ...view(), ...patch, centre: null };
    if (next.y !== null && tiedTo(program, next.y).includes(next.x)) {
      next.y = view().x === next.x ? null : view().x;
    }
    walkers = [];
    sentence = "";
    store.set({ landscape: next });
  }

  const usual = store.get().landscape;
  store.share("landscape", {
    write({ landscape: { x, y, half } }, { program }) {
      const { x: first, y: second } = defaults(program);
      return x === null || (x === first && y === second && half === usual.half) ? null : { x, y, half };
    },
    read(value, { program }) {
      const { x, y, half } = Object(value);
      const isSlot = (slot) => Number.isInteger(slot) && program.slotOf.has(slot);
      const isSize = Number.isFinite(half) && half >= NEAREST && half <= FARTHEST;
      return { landscape: isSlot(x) && (y === null || (isSlot(y) && !tiedTo(program, y).includes(x))) && isSize ? { x, y, half, centre: null } : usual };
    },
  });

  // -- computing, in slices --------------------------------------------------------------------

  const rangesOf = ({ centre, half }) => centre.map((middle) => [middle - half, middle + half]);
  // Whether two states have one ground: all is alike but the parameters along the axes.
  function isSame(a, b, axes) {
    if (a === null || a.program !== b.program || !["loss", "reduction"].every((key) => a.setting[key] === b.setting[key])) return false;
    if (a.setting.activation.some((name, row) => name !== b.setting.activation[row])) return false;
    const alike = (one, other, differs) => [...one].every(([place, value]) => !differs(value, other.get(place)) || axes.includes(place));
    const differ = (one, other) => one.some((value, i) => value !== other[i]);
    return alike(a.state.weights, b.state.weights, (one, other) => one !== other)
      && [...a.state.inputs].every(([row, column]) => !differ(column, b.state.inputs.get(row)))
      && [...a.state.targets].every(([row, column]) => !differ(column, b.state.targets.get(row)));
  }

  let job = 0;
  function compute_(now, looked) {
    job += 1;
    const own = job;
    const axes = axesOf(looked).map((slot) => tiedTo(now.program, slot));
    const { lossAt } = createGround(now.program, now.setting, now.state, axes, lesson.rounded);
    const ranges = rangesOf(looked);
    const sizes = axes.length === 1 ? [129, 513] : SIZES;
    let grid = null;
    let size = 0;
    let at = 0;
    const begin = () => {
      const n = sizes[size];
      const before = grid;
      grid = { n, losses: new Float64Array(axes.length === 1 ? n : n * n).fill(NaN), known: before };
      at = 0;
    };
    const value = ([low, high], i) => low + ((high - low) * i) / (grid.n - 1);
    const point = (i) => (axes.length === 1 ? [value(ranges[0], i)]
      : [value(ranges[0], i % grid.n), value(ranges[1], Math.floor(i / grid.n))]);
    const step = (i) => {
      const { n, known, losses } = grid;
      const [column, row] = axes.length === 1 ? [i, 0] : [i % n, Math.floor(i / n)];
      losses[i] = known && column % 2 === 0 && row % 2 === 0 && known.n * 2 - 1 === n
        ? known.losses[(row / 2) * known.n + column / 2] : lossAt(point(i));
    };
    const slice = () => {
      if (own !== job) return;
      const until = performance.now() + SLICE;
      while (at < grid.losses.length && performance.now() < until) {
        for (const end = Math.min(at + 16, grid.losses.length); at < end; at += 1) step(at);
      }
      if (at === grid.losses.length) {
        const levels = contourLevels([...grid.losses]);
        ground = { now, looked, ranges, n: grid.n, losses: grid.losses, levels };
        paint();
        draw();
        size += 1;
        if (size === sizes.length) return scene.setAttribute("data-ready", "");
        begin();
      }
      requestAnimationFrame(slice);
    };
    scene.removeAttribute("data-ready");
    begin();
    requestAnimationFrame(slice);
  }

  // -- drawing ---------------------------------------------------------------------------------

  let width = 640;
  let height = 440;
  const isCurve = () => ground.ranges.length === 1;
  const plot = () => ({ w: width - LEFT - RIGHT, h: height - TOP - BOTTOM });
  function ups() {
    if (!isCurve()) return ground.ranges[1];
    const finite = [...ground.losses].filter(isDrawn);
    if (finite.length === 0) return [0, 1];
    const low = Math.min(...finite), high = Math.max(...finite);
    const room = (high - low || Math.abs(low) || 1) * 0.06;
    return [low - room, high + room];
  }
  const part = (value, [low, high]) => (value - low) / (high - low);
  const xOf = (value) => LEFT + plot().w * part(value, ground.ranges[0]);
  const yOf = (value) => TOP + plot().h * (1 - part(value, ups()));

  const sequential = colours.sequential.match(/.{6}/g).map((digits) => `#${digits}`);
  function bandColour(band) {
    const bands = ground.levels.length - 1;
    const last = sequential.length - 1;
    return sequential[bands > 1 ? Math.floor((last * band) / (bands - 1)) : Math.floor(last / 2)];
  }

  function paint() {
    const { w, h } = plot();
    const fine = Math.min(devicePixelRatio || 1, 2);
    canvas.hidden = isCurve();
    if (isCurve()) return;
    canvas.width = Math.round(w * fine);
    canvas.height = Math.round(h * fine);
    const { n, losses, levels } = ground;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const rgb = levels.slice(1).map((_, band) => bandColour(band).match(/\w\w/g).map((hex) => parseInt(hex, 16)));
    const bands = new Int16Array(canvas.width * canvas.height);
    for (let j = 0, at = 0; j < canvas.height; j += 1) {
      const v = (1 - j / (canvas.height - 1)) * (n - 1);
      const row = Math.min(Math.floor(v), n - 2);
      for (let i = 0; i < canvas.width; i += 1, at += 1) {
        const u = (i / (canvas.width - 1)) * (n - 1);
        const column = Math.min(Math.floor(u), n - 2);
        const corner = row * n + column;
        const low = losses[corner] + (losses[corner + 1] - losses[corner]) * (u - column);
        const high = losses[corner + n] + (losses[corner + n + 1] - losses[corner + n]) * (u - column);
        const loss = low + (high - low) * (v - row);
        let band = -1;
        if (isDrawn(loss)) for (band = 0; band < rgb.length - 1 && loss >= levels[band + 1]; band += 1);
        bands[at] = band;
      }
    }
    for (let at = 0; at < bands.length; at += 1) {
      const band = bands[at];
      if (band < 0) continue;
      const onLine = band !== (bands[at + 1] ?? band) || band !== (bands[at + canvas.width] ?? band);
      for (let k = 0; k < 3; k += 1) image.data[4 * at + k] = onLine && (at + 1) % canvas.width !== 0 ? 0.55 * rgb[band][k] + 115 : rgb[band][k];
      image.data[4 * at + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  function ticks([low, high], middle) {
    const raw = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= raw * 0.999);
    const values = [];
    if (!(step > 0) || !(high - low > 1e-9 * Math.abs(low))) return values;
    for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) values.push(value);
    return values.map((value) => (Math.abs(value) < step * 1e-6 ? middle : value));
  }

  const line = (name, attributes) => elementOf(SVG, name, attributes);
  function pathOf(points, colour, name) {
    const [w, h] = [width - RIGHT, height - BOTTOM];
    const finite = points.filter(({ point, loss }) => [...point, loss].every(isDrawn));
    const at = finite.map(({ point, loss }) => [xOf(point[0]), yOf(isCurve() ? loss : point[1])]
      .map((value) => Math.max(-4e3, Math.min(4e3, value)).toFixed(1)));
    const inside = at.filter(([x, y]) => x >= LEFT && x <= w && y >= TOP && y <= h);
    const APART = 7; // pixels between two dots, so that long steps can be told from short ones
    const marked = [];
    for (const place of inside) {
      if (marked.length === 0 || Math.hypot(place[0] - marked.at(-1)[0], place[1] - marked.at(-1)[1]) >= APART) marked.push(place);
    }
    const dots = marked.map(([x, y]) => {
      const dot = line("circle", { class: "dot", cx: x, cy: y, r: 3 });
      dot.style.fill = colour;
      return dot;
    });
    const drawn = line("polyline", { class: "stretch", points: at.map((pair) => pair.join(",")).join(" ") });
    drawn.style.stroke = colour;
    const rim = line("polyline", { class: "rim", points: drawn.getAttribute("points") });
    return elementOf(SVG, "g", { class: name }, rim, drawn, ...dots);
  }

  function draw() {
    if (ground === null) return;
    const { w, h } = plot();
    const { program } = ground.now;
    const state = store.get();
    const now = lesson.moment(state);
    if (now.program !== program) return; // the ground of this run is not computed yet
    const axes = axesOf(ground.looked);
    const point = axes.map((slot) => now.state.weights.get(slot));
    const loss = lesson.errorOf(now, now.state);
    setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
    const text = (x, y, anchor, content, kind) => elementOf(SVG, "text", { x, y, "text-anchor": anchor, class: kind }, content);
    const upTicks = ticks(ups(), 0), acrossTicks = ticks(ground.ranges[0], 0);
    // An svg of its own, which shows nothing outside its edges.
    const inside = line("svg", { x: LEFT, y: TOP, width: w, height: h, viewBox: `${LEFT} ${TOP} ${w} ${h}` });
    if (isCurve()) {
      const value = (i) => ground.ranges[0][0] + ((ground.ranges[0][1] - ground.ranges[0][0]) * i) / (ground.n - 1);
      const points = [...ground.losses].map((height_, i) => [i, height_]).filter(([, height_]) => isDrawn(height_))
        .map(([i, height_]) => `${xOf(value(i)).toFixed(1)},${yOf(height_).toFixed(1)}`);
      const floor = height - BOTTOM;
      if (points.length > 1) {
        inside.append(line("polygon", { class: "hill", points: [`${points[0].split(",")[0]},${floor}`, ...points, `${points.at(-1).split(",")[0]},${floor}`].join(" ") }),
          line("polyline", { class: "curve", points: points.join(" ") }));
      }
    }
    const trained = trainedPath(state, axes);
    if (trained.length > 1) inside.append(pathOf(trained, isCurve() ? "var(--ink)" : colours.paths[0], "training-path"));
    walkers.forEach(({ walker }, i) => inside.append(pathOf(walker.path, isCurve() ? "var(--negative)" : colours.paths[1 + (i % (colours.paths.length - 1))], "walker")));
    marks.replaceChildren(
      line("rect", { class: "axis", x: LEFT, y: TOP, width: w, height: h }),
      ...acrossTicks.map((value) => text(xOf(value), height - BOTTOM + 17, "middle", written(value, 3))),
      ...upTicks.map((value) => text(LEFT - 7, yOf(value) + 4, "end", written(value, 3))),
      text(LEFT + w / 2, height - 8, "middle", nameOf(program, axes[0]), "name"),
      elementOf(SVG, "text", { transform: `translate(14 ${TOP + h / 2}) rotate(-90)`, "text-anchor": "middle", class: "name" },
        isCurve() ? words.total_error : nameOf(program, axes[1])),
      inside);
    const spot = [xOf(point[0]), yOf(isCurve() ? loss : point[1])];
    const shown = spot.every((value) => Math.abs(value) < 1e5);
    ball.style.display = shown ? "" : "none";
    if (shown) spot.forEach((value, i) => setAttribute(ball, ["cx", "cy"][i], value.toFixed(1)));
    const places = axes.map((slot, i) => `${nameOf(program, slot)} = ${written(point[i], 4)}`).join(", ");
    const name = said(words.ball, { places, loss: written(loss, 4) });
    setAttribute(ball, "aria-label", words.ball_name);
    setAttribute(ball, "aria-valuetext", name);
    for (const [key, value] of Object.entries({ now: point[0], min: ground.ranges[0][0], max: ground.ranges[0][1] })) {
      setAttribute(ball, `aria-value${key}`, value);
    }
    setAttribute(ball, "data-loss", String(loss));
    setText(told, sentence || name);
    buttons.clear.disabled = walkers.length === 0;
    drawScale();
  }

  function drawScale() {
    scale.hidden = isCurve();
    if (isCurve()) return;
    const { levels } = ground;
    const bars = levels.slice(1).map((_, band) => {
      const bar = element("span", { class: "band" });
      bar.style.background = bandColour(band);
      return bar;
    });
    scale.replaceChildren(`${words.total_error} ${written(levels[0], 3)} `, element("span", { class: "bands", "aria-hidden": "true" }, ...bars),
      ` ${written(levels.at(-1), 3)}`);
  }

  // Where the training has led along these axes.
  function trainedPath(state, axes) {
    const { trained } = state.edits;
    const { program } = lesson.moment(state);
    if (!trained?.path) return [];
    const columns = axes.map((slot) => program.slots.findIndex((one) => one.slot === slot));
    return trained.path.weights.map((weights, i) => ({
      point: columns.map((column) => weights[column]), loss: trained.losses[trained.path.rounds[i]],
    }));
  }

  // -- the ball and the walkers ----------------------------------------------------------------

  function moveTo(point, gesture = "ball") {
    const { program } = lesson.moment(store.get());
    const step = 10 ** Math.floor(Math.log10(ground.looked.half / 200));
    const decimals = Math.max(0, -Math.floor(Math.log10(step)));
    const weights = { ...store.get().edits.weights };
    axesOf(view()).forEach((slot, i) => {
      const value = Number((Math.round(point[i] / step) * step).toFixed(Math.min(decimals, 20)));
      for (const tied of tiedTo(program, slot)) weights[tied] = value;
    });
    sentence = "";
    store.edit({ weights }, gesture);
  }
  function pointAt(event) {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    const clamp = (share) => Math.max(0, Math.min(1, share));
    const along = ([low, high], share) => low + (high - low) * clamp(share);
    const shares = [(x - LEFT) / plot().w, 1 - (y - TOP) / plot().h];
    return ground.ranges.map((range, i) => along(range, shares[i]));
  }
  ball.addEventListener("pointerdown", (event) => {
    if (!isCurrent() || store.get().busy) return;
    dragged = true;
    ball.setPointerCapture(event.pointerId);
    event.preventDefault();
    ball.focus({ focusVisible: false });
  });
  ball.addEventListener("pointermove", (event) => { if (dragged && isCurrent()) moveTo(pointAt(event)); });
  const release = () => {
    dragged = false;
    store.endGesture();
  };
  ball.addEventListener("pointerup", release);
  ball.addEventListener("pointercancel", release);
  ball.addEventListener("keydown", (event) => {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key] ?? [0, 0];
    const walks = event.key === "Enter" || event.key === " ";
    if (!isCurrent() || event.ctrlKey || event.altKey || event.metaKey || !(x || y || walks)) return;
    event.preventDefault();
    event.stopPropagation();
    if (walks) return walkFrom(here(store.get()));
    if (store.get().busy) return;
    const step = (ground.looked.half / 100) * (event.shiftKey ? 10 : 1);
    const at = here(store.get());
    const moves = isCurve() ? [x || y] : [x, y];
    moveTo(at.map((value, i) => value + moves[i] * step));
  });
  svg.addEventListener("click", (event) => {
    if (!isCurrent() || event.target === ball) return;
    const box = svg.getBoundingClientRect();
    const inside = event.clientX - box.left > LEFT && event.clientY - box.top < height - BOTTOM;
    if (inside) walkFrom(pointAt(event));
  });

  function walkFrom(start) {
    if (!isCurrent() || !start.every(Number.isFinite)) return;
    const now = lesson.moment(store.get());
    const axes = axesOf(view()).map((slot) => tiedTo(now.program, slot));
    const { createWalker } = createGround(now.program, now.setting, now.state, axes, lesson.rounded);
    const walker = createWalker(start);
    const entry = { walker };
    walkers = [...walkers.slice(-7), entry];
    let lost = null;
    let next = 0;
    const tell = () => {
      const { path } = walker;
      const rises = path.filter(({ loss }, i) => i > 0 && loss - path[i - 1].loss > 1e-9 * Math.abs(path[0].loss)).length;
      const places = { steps: path.length - 1, first: written(path[0].loss, 4), last: written(path.at(-1).loss, 4), rate: written(now.setting.rate, 4), rises };
      sentence = said(lost !== null ? words.walker_lost : rises > 0 ? words.walker_rises : words.walker, { ...places, lost });
    };
    const isDone = () => {
      const [before, last] = walker.path.slice(-2);
      const settled = last !== undefined && before.point.every((value, i) => Math.abs(value - last.point[i]) < 1e-9);
      return lost !== null || settled || walker.path.length > MOST_STEPS;
    };
    // First step by step, then faster; all at once where movement is not wanted.
    const frame = (time) => {
      if (!walkers.includes(entry)) return;
      const until = performance.now() + SLICE;
      if (calm.matches || time >= next) {
        do if (!walker.step()) lost = walker.path.length;
        while (!isDone() && (calm.matches || walker.path.length > 30) && performance.now() < until);
        next = time + Math.max(20, 160 - 8 * walker.path.length);
        tell();
        draw();
      }
      if (!isDone()) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  // -- following the state ---------------------------------------------------------------------

  let last = null;
  let waiting = false;
  function follow() {
    waiting = false;
    const state = store.get();
    if (!seen || state.busy) return;
    const now = lesson.moment(state);
    let looked = view(state);
    fillSelects(now.program, looked);
    const point = here(state);
    const outside = looked.centre !== null && !dragged
      && point.some((value, i) => Math.abs(value - looked.centre[i]) > looked.half);
    if (looked.centre === null || looked.centre.length !== point.length || outside) {
      // Where the ball has gone so far, no step to either side would be seen.
      if (!point.every((value) => Math.abs(value) < 1e6 * looked.half)) return;
      looked = { ...looked, centre: point };
      store.set({ landscape: looked });
      return;
    }
    const key = JSON.stringify([state.run, looked]);
    const axes = axesOf(looked).flatMap((slot) => tiedTo(now.program, slot));
    if (last?.key === key && isSame(last.now, now, axes)) return draw();
    if (last !== null && last.run !== state.run) {
      walkers = [];
      sentence = "";
    }
    if (last?.key !== key && last?.run === state.run && last?.half === looked.half) sentence = "";
    last = { key, now, run: state.run, half: looked.half };
    compute_(now, looked);
  }
  let filled_ = null;
  function fillSelects(program, { x, y }) {
    if (filled_ !== program) {
      const slots = program.slots.filter(({ slot }) => tiedTo(program, slot)[0] === slot);
      const option = ({ slot }) => element("option", { value: slot }, nameOf(program, slot));
      across.replaceChildren(...slots.map(option));
      up.replaceChildren(element("option", { value: "" }, words.only_error), ...slots.map(option));
    }
    filled_ = program;
    across.value = String(x);
    up.value = y === null ? "" : String(y);
  }
  const schedule = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(follow);
  };
  new IntersectionObserver((entries) => {
    seen = entries.at(-1).isIntersecting;
    if (seen) schedule();
  }, { rootMargin: "200px" }).observe(panel);
  new ResizeObserver(() => {
    const room = scene.clientWidth;
    if (room === 0 || room === width) return;
    width = room;
    height = Math.round(Math.min(Math.max(room * 0.66, 260), 460));
    scene.style.height = `${height}px`;
    Object.assign(canvas.style, { left: `${LEFT}px`, top: `${TOP}px`, width: `${plot().w}px`, height: `${plot().h}px` });
    if (ground !== null) {
      paint();
      draw();
    }
  }).observe(scene);
  store.subscribe(schedule);
}
