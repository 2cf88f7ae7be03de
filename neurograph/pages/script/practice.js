// Practice: numbers are hidden, a learner types them, and each is marked at once.

function createPractice(panel, store, lesson, formulas) {
  const { words, keys, marks, runs, sheet: isSheet } = lesson.data;
  const sheets = keys.map(() => null);
  const toggle = element("button", { type: "button", id: "practice-toggle", onclick: () => practise(store.get().solved === null) });
  const hint = element("p", { class: "hint" }, words.practice_words);
  const status = element("p", { class: "sentence", id: "practice-status", role: "status" });
  const body = element("div", { id: "practice-sheet" });
  const present = () => sheetOf(store.get().run);
  const file = createAnswerFile(words, () => {
    const { marker, texts } = present();
    return {
      id: marker.key.id,
      questions: marker.questions.filter(({ asked }) => asked),
      texts: () => texts,
      put: (typed) => {
        present().texts = typed;
        marked(present());
      },
    };
  });
  const bar = element("div", {}, ...file.nodes);
  // What a sheet gives stands between the bar and the questions.
  panel.prepend(element("h2", {}, words.practice), hint, element("div", { class: "bar" }, toggle), status, bar);
  panel.append(body);

  function sheetOf(run) {
    const number = runs[run].key;
    if (number === undefined) return null;
    if (sheets[number] === null) {
      const { program } = lesson.moment({ ...store.get(), run, edits: NO_EDITS });
      const marker = createMarker(keys[number], RELATIONS, marks);
      sheets[number] = { marker, texts: {}, ...fieldsOf(program, marker), program };
    }
    return sheets[number];
  }

  // What is practised is the example as it is, with its first sample.
  const asItIs = { edits: NO_EDITS, past: [], future: [], sample: 0, step: null, playing: false };
  const practise = (on) => store.set({ solved: on ? new Map() : null, address: null, trail: [], ...(on ? asItIs : {}) });
  store.share("practice", {
    write: ({ solved }) => ((solved !== null) === isSheet ? null : Number(solved !== null)),
    read: (on) => ({ solved: on === 1 || (on === undefined && isSheet) ? new Map() : null }),
  });

  // A question has a field in the list, and one beside its number; both are the same answer.
  function fieldsOf(program, marker) {
    const fields = new Map();
    const { key } = marker;
    const variablesAt = (quantity) => {
      const [name, place] = key.variables[quantity];
      const variable = program.variable(key.quantities[name], place);
      const { row } = lesson.ownerOf(program, variable);
      const places = row?.owner === "parameter" || place >= 0 && row?.owner === "connection" ? tiedTo(program, place) : [place];
      return places.map((at) => program.variable(key.quantities[name], at)).filter((one) => one !== undefined);
    };
    for (const question of marker.questions) {
      const variables = variablesAt(question.quantity);
      const its = { question, variables, message: element("p", { class: "mark", id: `mark-${question.number}` }) };
      its.inputs = question.asked ? ["list", "card"].map((where) => fieldOf(its, where)) : [];
      for (const variable of variables) fields.set(variable, its);
    }
    return { fields, all: [...new Set(fields.values())] };
  }

  function fieldOf(its, where) {
    const { question } = its;
    const input = element("input", {
      type: "text", class: "answer-field", inputmode: "decimal", autocomplete: "off", spellcheck: "false", maxlength: 200,
      "aria-label": question.symbol, "aria-describedby": `mark-${question.number}`, "data-answer": question.address,
      onchange: () => typed(its, input.value),
      onfocus: () => { if (where === "list") choose(its); },
      onkeydown: (event) => { if (event.key === "Enter") next(its, input); },
    });
    return input;
  }
  function choose({ variables: [variable] }) {
    const now = lesson.moment(store.get());
    const { key } = lesson.ownerOf(now.program, variable);
    if (store.get().chosen !== key || store.get().address !== variable) store.set({ chosen: key, address: variable, trail: [] });
  }
  function typed({ question, message }, text) {
    const sheet = present();
    if ((sheet.texts[question.address] ?? "") === text) return;
    sheet.texts = { ...sheet.texts, [question.address]: text };
    marked(sheet);
    const verdict = message.textContent;
    setText(status, [verdict && `${question.symbol}: ${verdict}`, sheet.points].filter((part) => part).join(" · "));
  }
  function next(its, input) {
    const inputs = [...input.closest("#practice, .cards").querySelectorAll("[data-answer]")];
    typed(its, input.value);
    inputs[inputs.indexOf(input) + 1]?.focus();
  }

  // Mark everything anew: an answer may follow from another that was changed.
  function marked(sheet) {
    const all = sheet.marker.mark(sheet.texts);
    const solved = new Map();
    for (const { question, variables, inputs } of sheet.all) {
      const { mark } = question;
      if (!question.asked || mark.solved) variables.forEach((variable) => solved.set(variable, question.value));
      for (const input of inputs) if (input.value !== (sheet.texts[question.address] ?? "")) input.value = sheet.texts[question.address] ?? "";
    }
    for (const its of sheet.all) show(its);
    const points = all.filter(({ verdict }) => verdict.startsWith("right")).length;
    sheet.points = said(marks.points, { points, most: all.length });
    setText(status, sheet.points);
    store.set({ solved });
  }
  function show({ question: { mark }, message, inputs }) {
    if (mark === null) return;
    const { verdict, remarks = [] } = mark;
    const blank = verdict === "blank";
    const about = mark.problem ? said(words[mark.problem], mark.places) : mark.said;
    const remarked = remarks.map(({ remark, text }) => said(words[remark], { text })).join(" ");
    const text = blank ? "" : [marks[`verdict ${verdict}`], about].filter((part) => part).join(": ");
    setText(message, [text, remarked].filter((part) => part).join(". "));
    message.className = `mark ${verdict.replaceAll(" ", "-")}`;
    for (const input of inputs) setAttribute(input, "aria-invalid", verdict === "malformed" || verdict === "wrong" ? "true" : null);
  }

  function build(sheet, state) {
    const now = lesson.moment(state);
    const phases = [...new Set(sheet.all.map(({ question }) => question.phase))];
    const row = (its) => {
      const { question, variables: [variable], inputs: [input], message } = its;
      const equation = now.equations[now.stepOf.get(variable)];
      const follow = (operand) => lookAt(store, lesson, operand, []);
      const how = equation === undefined || !question.asked ? [] : [element("details", { class: "how" },
        element("summary", {}, words.practice_how), element("div", { class: "math" }, formulas.inSymbols(now, equation, follow)))];
      return element("li", { class: "question" }, element("span", { class: "no" }, `${question.number}`),
        element("span", { class: "symbol" }, formulas.symbol(now, variable), " ", element("code", {}, question.address)),
        input ?? element("span", { class: "number" }, sheet.marker.key.usual ? question.answer.replace(".", ",") : question.answer), ...how, message);
    };
    const groups = phases.map((phase) => element("section", { "aria-label": marks[`phase ${phase}`] },
      element("h3", {}, marks[`phase ${phase}`]),
      element("ul", { class: "questions" }, ...sheet.all.filter(({ question }) => question.phase === phase).map(row))));
    body.replaceChildren(element("p", { class: "task" }, sheet.marker.key.task), ...groups);
  }

  let built = null;
  store.subscribe((state) => {
    const on = state.solved !== null;
    document.documentElement.classList.toggle("practising", on);
    const possible = runs[state.run].key !== undefined;
    toggle.disabled = !possible || state.busy;
    setText(toggle, on ? words.practice_end : words.practice_start);
    setText(hint, possible ? words.practice_words : words.practice_none);
    bar.hidden = body.hidden = status.hidden = !on;
    if (!on) built = null;
    else if (!possible) store.set({ solved: null });
    else if (state.edits !== NO_EDITS || state.sample !== 0) store.set(asItIs);
    else if (built !== present()) {
      built = present();
      build(built, state);
      marked(built);
    }
  });
  return {
    // The field of a number that is hidden, if it is asked for.
    field(now, variable) {
      const its = now.solved === null ? null : present()?.fields.get(variable);
      return its?.question.asked && now.solved.get(variable) === undefined ? its.inputs[1] : null;
    },
  };
}
