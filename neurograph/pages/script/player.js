// Step by step: which equations of the round are known, and the sentence of the moment.

function createPlayer(panel, store, lesson) {
  const { words } = lesson.data;
  const button = (name, act) => element("button", { type: "button", id: `player-${name}`, onclick: act }, words[name]);
  const steps = () => lesson.moment(store.get()).equations.length;
  const known = () => lesson.moment(store.get()).known;
  const go = (step) => {
    const last = steps();
    const to = Math.max(0, Math.min(step, last));
    store.set({ step: to === last ? null : to, playing: store.get().playing && to < last });
  };
  const actions = {
    first: () => go(0),
    back: () => go(known() - 1),
    on: () => go(known() + 1),
    last: () => go(steps()),
    play: () => {
      const starts = !store.get().playing;
      if (starts && known() === steps()) go(0);
      store.set({ playing: starts });
    },
  };
  const buttons = Object.fromEntries(Object.entries(actions).map(([name, act]) => [name, button(name, act)]));
  const slider = element("input", {
    type: "range", min: "0", step: "1", "aria-label": words.player, oninput: () => go(Number(slider.value)),
  });
  const speed = element("select",
    { onchange: () => store.set({ speed: Number(speed.value) }) },
    ...[["slow", 1600], ["medium", 800], ["fast", 200]].map(([name, pause]) => element("option", { value: pause }, words[name])));
  const count = element("span", { class: "count" });
  const sentence = element("p", { class: "sentence", "aria-live": "polite" });
  panel.replaceChildren(
    element("div", { class: "bar" }, ...Object.values(buttons), slider, count,
      element("label", {}, `${words.speed} `, speed)),
    sentence,
  );

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, button, summary, a, [role=link]") || event.altKey || event.ctrlKey || event.metaKey) return;
    const act = { ArrowRight: "on", ArrowLeft: "back", Home: "first", End: "last", " ": "play" }[event.key];
    if (!act) return;
    event.preventDefault();
    actions[act]();
  });

  function sentenceOf(now) {
    if (now.known === 0) return words.start;
    if (now.known === now.equations.length) return words.end;
    const equation = now.equations[now.known - 1];
    const { name } = lesson.ownerOf(now.program, equation.left);
    const address = lesson.addressOf(now.program, equation.left);
    const text = said(words.sentences[equation.quantity] ?? words.sentences.other, { name: name || words.whole });
    return `${text}: ${address} = ${written(lesson.valueAt(now, equation.left))}`;
  }

  store.share("step", {
    write: ({ step }) => step,
    read: (step) => ({ step: isWhole(step) ? step : null, playing: false }),
  });
  let timer = null;
  store.subscribe((state) => {
    const now = lesson.moment(state);
    slider.max = now.equations.length;
    slider.value = now.known;
    setText(count, said(words.step_of, { step: now.known, steps: now.equations.length }));
    setText(sentence, sentenceOf(now));
    setText(buttons.play, state.playing ? words.pause : words.play);
    for (const name of ["first", "back"]) buttons[name].disabled = now.known === 0;
    for (const name of ["on", "last"]) buttons[name].disabled = now.known === now.equations.length;
    speed.value = state.speed;
    clearTimeout(timer);
    if (state.playing) timer = setTimeout(actions.on, state.speed);
  });
}
