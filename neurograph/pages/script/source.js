// Who is right: the printed values of the source beside the computed ones, and a reader's own number.

function createSource(panel, store, lesson) {
  const { words } = lesson.data;
  const counts = element("p", { class: "sentence" });
  const edited = element("p", { class: "hint" }, words.source_edited);
  const table = element("div", { class: "wide tall", tabindex: "0", role: "region", "aria-label": words.printed_values });
  const own = createOwnNumber(store, lesson);
  panel.replaceChildren(element("h2", {}, words.source), counts, edited, table, ...slips(), ...own.nodes);

  // What of the source is wrong and is no number.
  function slips() {
    const columns = Object.entries(words.slip_columns);
    if (lesson.data.about.slips.length === 0) return [];
    const rows = lesson.data.about.slips.map((slip) => element("tr", {}, ...columns.map(([name]) => element("td", {}, slip[name]))));
    return [element("div", { class: "wide slips", tabindex: "0", role: "region", "aria-label": words.slips }, element("table", {},
      element("caption", {}, words.slips),
      element("tr", {}, ...columns.map(([, head]) => element("th", { scope: "col" }, head))), ...rows))];
  }

  function choose(address) {
    const now = lesson.moment(store.get());
    const variable = lesson.variableOf(now.program, address);
    if (variable === undefined) return;
    const { key } = lesson.ownerOf(now.program, variable);
    store.set({ chosen: key, address: key === null ? variable : null, trail: [] });
  }

  function verdictCell(printed, computed) {
    const verdict = verdictOf(printed, computed ?? NaN);
    const text = verdict === "reproduced" && printed.truncated ? words.truncated : words[verdict];
    const shown = element("span", { class: `verdict ${verdict}` }, text);
    if (!printed.cause) return element("td", {}, shown);
    return element("td", {}, element("details", {}, element("summary", {}, shown),
      element("p", {}, said(words.correct, { value: printed.correct })), element("p", {}, printed.cause)));
  }

  function rowOf(now, step, number, printed) {
    const { address, symbol, value, computed } = printed;
    const called = symbol && symbol !== address ? `${symbol} · ${address}` : address;
    const known = lesson.variableOf(now.program, address) !== undefined;
    const name = known
      ? element("button", { type: "button", class: "link", onclick: () => choose(address) }, called) : called;
    return element("tr", {},
      element("td", { title: step.note ?? null }, `${number}. ${step.do}`),
      element("th", { scope: "row" }, name, ...["sample", "round"].filter((key) => key in printed).map((key) => ` (${words[key]} ${printed[key]})`)),
      element("td", { class: "number" }, value),
      element("td", { class: "number", title: inFull(computed) },
        computed === null ? words.undefined : written(computed, Math.max(6, decimal(value).digits + 2))),
      verdictCell(printed, computed));
  }

  let shown = null;
  store.subscribe((state) => {
    edited.hidden = state.edits === NO_EDITS;
    own.update(state);
    if (shown === state.run) return;
    shown = state.run;
    const now = lesson.moment(state);
    const rows = now.run.steps.flatMap((step, i) => (step.printed ?? []).map((printed) => ({ step, number: i + 1, printed })));
    const verdicts = rows.map(({ printed }) => verdictOf(printed, printed.computed ?? NaN));
    const count = (word) => verdicts.filter((verdict) => verdict === word).length;
    const places = { reproduced: count("reproduced"), errata: count("erratum"), failed: count("FAILED") };
    setText(counts, rows.length === 0 ? words.source_none
      : `${said(words.source_counts, places)} ${words.source_rule}`);
    table.hidden = rows.length === 0;
    table.replaceChildren(element("table", {},
      element("caption", {}, words.printed_values),
      element("tr", {}, ...["step", "value", "printed", "computed", "verdict"].map((name) => element("th", { scope: "col" }, words[name]))),
      ...rows.map(({ step, number, printed }) => rowOf(now, step, number, printed))));
  });
}

// "I get 0.2910": what gives a reader's own number.
function createOwnNumber(store, lesson) {
  const { words, runs } = lesson.data;
  const MANY = 600;
  const MOST = 4;
  // A reason is found if fewer than this are expected by chance, as in an audit.
  const LIKELY = 0.05;
  const hint = element("p", { class: "hint" }, words.i_get_hint);
  const text = element("input", { type: "text", id: "own-number", inputmode: "decimal", "aria-describedby": "own-message" });
  const select = element("select", { id: "own-address", "aria-label": words.i_get_for });
  const message = element("span", { class: "message", id: "own-message", role: "alert" });
  const answer = element("ul", { class: "answer", id: "own-answer", "aria-live": "polite" });
  const button = element("button", { type: "button", id: "own-check", onclick: check }, words.check);
  text.addEventListener("keydown", (event) => { if (event.key === "Enter") check(); });
  const bar = element("div", { class: "bar" }, element("label", {}, `${words.i_get} `, text),
    element("label", {}, `${words.i_get_for} `, select), button);

  function check() {
    setText(message, "");
    text.removeAttribute("aria-invalid");
    answer.replaceChildren();
    const { value: typed, problem, places } = outcome(() => numeral(text.value));
    if (problem) {
      text.setAttribute("aria-invalid", "true");
      setText(message, said(words[problem], places));
      return;
    }
    const lines = [...typed.remarks.map(({ remark, text: rest }) => said(words[remark], { text: rest })),
      ...sentences(lesson.moment(store.get()), Number(select.value), typed)];
    answer.replaceChildren(...lines.map((line) => element("li", {}, line)));
  }

  function sentences(now, variable, typed) {
    const address = lesson.addressOf(now.program, variable);
    const at = (values) => ofSample(values[variable], now.sample);
    const stated = at(now.values);
    const places = { number: typed.text.trim(), address, value: written(stated, 12) };
    if (agreement(stated, typed) !== null) return [said(words.agrees, places)];
    const lines = [said(words.not_agrees, places)];
    const printed = now.run.steps.flatMap((step) => step.printed ?? [])
      .find((one) => one.address === address && one.cause && agreement(numberOf(typed.value), decimal(one.value)) !== null);
    if (printed) lines.push(said(words.printed_too, { number: printed.value, cause: printed.cause }));
    const trials = now.program.edits.map((edit) => ({
      edit, cut: edit.cut, value: (edit.after ?? 1) * at(editedValues(now, edit, lesson.rounded)),
    }));
    const { hits, tried, chance } = searched(trials, stated, typed);
    const given = [...new Map(hits.map(({ edit, value }) => [lesson.sentenceOf(now.program, edit), value]))];
    lines.push(...given.slice(0, MOST).map(([sentence, value]) => said(words.given_by, { sentence, value: written(value, 10) })));
    if (given.length > MOST) lines.push(said(words.more_hits, { n: given.length - MOST }));
    lines.push(...elsewhere(now, variable, typed));
    const odds = { tried, chance: inFull(Number(chance.toPrecision(1))) };
    lines.push(said(given.length === 0 ? words.not_given : chance < LIKELY ? words.by_chance : words.may_be_chance, odds));
    return lines;
  }

  // The same number in other runs, and other numbers of this round that are equal to it.
  function elsewhere(now, variable, typed) {
    const lines = [];
    runs.forEach((run, number) => {
      if (run === now.run || run.program !== now.run.program || run.batch !== now.run.batch) return;
      const value = ofSample(lesson.moment({ ...store.get(), run: number, edits: NO_EDITS }).values[variable], now.sample);
      if (agreement(value, typed) !== null) lines.push(said(words.given_by_run, { run: run.title ?? run.name, value: written(value, 10) }));
    });
    for (const { left } of now.equations) {
      if (left === variable || lines.length >= MOST) continue;
      const value = ofSample(now.values[left], now.sample);
      const { row } = lesson.ownerOf(now.program, left);
      if (row && agreement(value, typed) !== null) {
        lines.push(said(words.is_other, { address: lesson.addressOf(now.program, left), value: written(value, 10) }));
      }
    }
    return lines;
  }

  let shown = [];
  function update(state) {
    const now = lesson.moment(state);
    const all = now.equations.map(({ left }) => left).filter((left) => lesson.ownerOf(now.program, left).row !== undefined);
    const many = all.length > MANY;
    setText(hint, many ? `${words.i_get_hint} ${words.i_get_choose}` : words.i_get_hint);
    const near = (left) => [state.chosen, null].includes(lesson.ownerOf(now.program, left).key);
    const variables = many ? all.filter(near) : all;
    const same = shown.length === variables.length && shown.every((one, i) => one === variables[i]);
    if (!same) {
      shown = variables;
      const chosen = select.value;
      select.replaceChildren(...variables.map((left) => element("option", { value: left }, lesson.addressOf(now.program, left))));
      if (variables.includes(Number(chosen))) select.value = chosen;
      answer.replaceChildren();
    }
    const wanted = state.address ?? variables.find((left) => lesson.ownerOf(now.program, left).key === state.chosen);
    const thing = `${state.run} ${state.chosen} ${state.address}`;
    if (thing !== followed && shown.includes(wanted)) select.value = wanted;
    followed = thing;
  }
  let followed = null;
  return { nodes: [hint, bar, message, answer], update };
}
