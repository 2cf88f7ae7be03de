// Marking, as neurograph/exercises/marker.py and mistakes.py do it: what is right, what follows from
// earlier answers, and which slip gives a wrong value. What equations and slips there are stands in
// the key of an exercise (neurograph/pages/answer_key.py).

const EXACTLY = (value) => value;
const TOO_FAR = 50; // how much more than the right value a mistaken one may depend on digits
const ENOUGH_DIGITS = 3, ENOUGH_DECIMALS = 4;
const DOUBTFUL = /(?<!\d)[1-9]\d{0,2}[.,]\d{3}(?![\d.,])/;

// Numbers as they were written, by address: {number} or {problem, places}; blanks are left out.
function readTyped(texts, stated, usual) {
  const typed = Object.entries(texts).map(([address, text]) => [address, text.trim()])
    .filter(([, text]) => text.replace(/[_ \u00a0]+/g, "") !== "");
  const reads = (text, comma) => {
    const { value: number, problem, places } = outcome(() => numeral(text, comma));
    return problem ? { problem, places } : { number };
  };
  // Answers that leave no doubt say it for those that could be either.
  const signs = new Set(!typed.some(([, text]) => DOUBTFUL.test(text)) ? [] : typed.flatMap(([, text]) =>
    (reads(text, text.includes(",") ? null : true).number?.remarks ?? [])
      .filter(({ remark }) => remark.endsWith("_is_point")).map(({ remark }) => remark === "comma_is_point")));
  const habit = signs.size === 1 ? [...signs][0] : usual ? true : null;
  return Object.fromEntries(typed.map(([address, text]) => {
    const doubtful = habit !== null && DOUBTFUL.test(text) && text.includes(",") === habit && stated !== habit;
    const its = reads(text, doubtful ? habit : stated);
    if (its.number && !Number.isFinite(numberOf(its.number.value))) return [address, { problem: "no_number", places: {} }];
    if (usual && its.number) its.number.remarks = its.number.remarks.filter(({ remark }) => remark !== "comma_is_point");
    return [address, its];
  }));
}

// Which of two ranks comes first: below 0 for the one, above 0 for the other.
const byRank = (one, other) => one.map((part, i) => part - other[i]).find((difference) => difference !== 0) ?? 0;

// An answer as a number, and between what it lies if it was rounded or cut off.
function writtenAnswer(number, decimals) {
  const value = numberOf(number.value);
  const unit = number.unit === null ? 10 ** -decimals : numberOf(number.unit);
  const below = value > 0 ? 0.5 * unit : unit;
  const above = value < 0 ? 0.5 * unit : unit;
  const [least, most] = [value - below, value + above];
  const agrees = (low, high) => {
    const noise = 1e-12 * Math.max(Math.abs(low), Math.abs(high)) + 1e-9 * unit;
    // Of what is cut off to 1.1058, 1.1059 is not part; of what is rounded to it, 1.10575 is.
    const cut = 2 * noise < unit ? -noise : noise;
    return low <= most + (value >= 0 ? cut : noise) && high >= least - (value <= 0 ? cut : noise);
  };
  return { number, value, least, most, unit, agrees };
}

function createMarker(key, functions, words) {
  const { kinds, sentences } = words;
  const rounded = kinds.indexOf("rounded too early"); // who does so does it at every sort of value
  const quantityOf = key.variables.map(([name]) => key.quantities[name]);
  const given = new Map(key.given);
  const relationOf = ([left, number, ...operands]) => [left, { run: functions[number], operands }];
  const relations = new Map(key.relations.map(relationOf));
  const ways = new Map(key.ways.map((its) => [its[0], its]));
  const questions = key.questions.map(([quantity, address, symbol, phase, asked, answer, value], i) =>
    ({ number: i + 1, quantity, address, symbol, phase, asked: asked === 1, answer, value }));
  const symbols = new Map(questions.map(({ quantity, symbol }) => [quantity, symbol]));
  const nothing = { operands: new Map(), whole: new Map(), equations: new Map() };
  const writes = (decimals, cut) => (value) => onPaper(value, decimals, cut === 1);
  const ofValues = key.values.map(([kind, sentence, rank, quantities, factor, decimals, cut, where]) => {
    const write = writes(decimals, cut);
    const [after, rounded_, within] = factor ? [(value) => factor * value] : where.map((its) => (its ? write : undefined));
    return { kind, sentence: sentences[sentence], rank, quantities, decimals, distance: 0, edit: { ...nothing, after, rounded: rounded_, within } };
  });
  const slips = key.slips.map(([kind, sentence, rank, together, operands, whole, equations]) => ({
    kind, sentence: sentences[sentence], rank, together,
    operands: inParts(operands, 4), whole: inParts(whole, 3), equations: equations.map(relationOf),
  }));

  // A value worked out from those that are known, with one edit.
  function computed(target, known, edit = nothing) {
    const done = new Map();
    const number = (quantity) => {
      if (known.has(quantity)) return (edit.rounded ?? EXACTLY)(known.get(quantity));
      if (!done.has(quantity)) done.set(quantity, given.has(quantity) ? given.get(quantity) : byEquation(quantity));
      return done.get(quantity);
    };
    const put = ([quantity, factor]) => (quantity < 0 ? factor : factor * number(quantity));
    const used = (quantity) => {
      const its = edit.whole.get(quantity);
      // Somebody who wrote a value down has made the mistake in it already.
      return its === undefined || (its[0] === quantity && known.has(quantity)) ? number(quantity) : put(its);
    };
    const byEquation = (quantity) => {
      const { run, operands } = edit.equations.get(quantity) ?? relations.get(quantity);
      const others = edit.operands.get(quantity);
      return run(edit.within ?? EXACTLY, ...operands.map((operand) => {
        const its = others?.get(operand);
        return its === undefined ? used(operand) : put(its);
      }));
    };
    const its = edit.whole.get(target);
    const value = its !== undefined && its[0] !== target ? put(its) : byEquation(target) * (its?.[1] ?? 1);
    return (edit.after ?? EXACTLY)(value);
  }

  // What is worked out on the way to a value, and what is known.
  function reached(target, known) {
    const onTheWay = new Set([target]);
    const used = new Set();
    const waiting = [target];
    while (waiting.length > 0) {
      for (const operand of relations.get(waiting.pop()).operands) {
        if (known.has(operand)) used.add(operand);
        else if (!given.has(operand) && !onTheWay.has(operand)) {
          onTheWay.add(operand);
          waiting.push(operand);
        }
      }
    }
    return { owners: [...onTheWay], used: [...used] };
  }

  // What may have gone wrong on the way to a value, the likeliest first.
  const kept = new Map();
  function suspectsOf(target, known) {
    const { owners } = reached(target, known);
    const name = owners.join();
    if (!kept.has(name)) kept.set(name, suspectsOn(target, owners));
    return kept.get(name);
  }
  function suspectsOn(target, list) {
    const owners = new Map(list.map((owner, distance) => [owner, distance]));
    const used = new Map();
    for (const [owner, distance] of owners) {
      for (const operand of relations.get(owner).operands) if (!used.has(operand)) used.set(operand, distance);
    }
    const suspects = ofValues.filter(({ quantities }) =>
      quantities.length === 0 || quantities.includes(quantityOf[target]));
    for (const slip of slips) {
      const its = touching(slip, target, owners, used);
      if (its !== null) suspects.push(its);
    }
    const order = ({ kind, rank, distance }) => [Math.trunc(rank), kind, rank, distance];
    const likeliest = new Map();
    suspects.map((suspect) => ({ ...suspect, order: order(suspect) })).sort((one, other) => byRank(one.order, other.order))
      .forEach((suspect) => { if (!likeliest.has(suspect.same ?? suspect)) likeliest.set(suspect.same ?? suspect, suspect); });
    return [...likeliest.values()];
  }
  // A slip as far as it changes anything on the way to a value.
  function touching(slip, target, owners, used) {
    const operands = slip.operands.filter(([owner, operand]) =>
      owners.has(owner) && relations.get(owner).operands.includes(operand));
    const whole = slip.whole.filter(([quantity, other]) =>
      (owners.has(quantity) && (quantity !== target || other >= 0)) ||
      (used.has(quantity) && (other !== quantity || given.has(quantity))));
    const equations = slip.equations.filter(([owner]) => owners.has(owner));
    const changed = [
      ...operands.map(([owner]) => owners.get(owner)),
      ...whole.map(([quantity]) => owners.get(quantity) ?? used.get(quantity) ?? 0),
      ...equations.map(([owner]) => owners.get(owner)),
    ];
    if (changed.length <= slip.together) return null;
    const byOwner = new Map();
    for (const [owner, operand, ...its] of operands) {
      byOwner.set(owner, (byOwner.get(owner) ?? new Map()).set(operand, its));
    }
    const edit = {
      operands: byOwner,
      whole: new Map(whole.map(([quantity, ...its]) => [quantity, its])),
      equations: new Map(equations),
    };
    const same = equations.length > 0 ? undefined
      : [slip.kind, ...operands.map(String).sort(), "whole", ...whole.map(String).sort()].join(";");
    return { kind: slip.kind, sentence: slip.sentence, rank: slip.rank, distance: Math.min(...changed), edit, same };
  }

  // The marks of all answers, in their order: {question, verdict, said, ...}; by address, the texts.
  return { key, questions, mark: (texts) => marksOf(readTyped(texts, key.comma, key.usual)) };

  function marksOf(typed) {
    const known = new Map(); // value, below, above, exact
    const values = new Map();
    const wrong = new Set();
    const made = new Map();
    const know = (quantity, value, below, above, exact) => {
      known.set(quantity, { value, below, above, exact });
      values.set(quantity, value);
    };
    const kindOf = (kind) => words[`kind ${kinds[kind]}`];
    const saidOf = (mistakes, note) => {
      if (mistakes.length === 0) return note;
      const others = mistakes.slice(1, 3).map(({ kind }) => kindOf(kind)).join(words["or else"]);
      const first = `${kindOf(mistakes[0].kind)}: ${mistakes[0].sentence}`;
      const all = others ? said(words.or, { what: first, others }) : first;
      return note ? `${all}; ${note}` : all;
    };
    const sortOf = ({ kind }, quantity) => `${kind} ${kind === rounded ? "" : quantityOf[quantity]}`;

    return questions.filter((question) => take(question) !== null).map((question) => question.mark);

    function take(question) {
      question.mark = null;
      const { quantity, address } = question;
      if (!question.asked) {
        const number = decimal(question.answer);
        const value = numberOf(number.value), half = numberOf(number.unit) / 2;
        know(quantity, value, value - half, value + half, question.value);
        return null;
      }
      const its = typed[address];
      if (its?.number === undefined) {
        question.mark = { question, verdict: its ? "malformed" : "blank", said: "", remarks: [], ...its };
        return question.mark;
      }
      const written = writtenAnswer(its.number, key.decimals);
      const { verdict, mistakes = [], note = "" } = markOf(question, written);
      const solved = verdict === "right" && written.agrees(question.value, question.value);
      know(quantity, written.value, written.least, written.most, verdict === "right" ? question.value : written.value);
      if (verdict !== "right") wrong.add(quantity);
      question.mark = { question, verdict, solved, said: saidOf(mistakes, note), remarks: its.number.remarks };
      return question.mark;
    }

    function markOf(question, written) {
      const { quantity, value } = question;
      const agrees = written.agrees(value, value);
      const short = tooFew(written, question);
      const way = agrees ? undefined
        : (ways.get(quantity) ?? [quantity]).find((its) => shownBy(its, written, nothing, Infinity) !== null);
      if ((agrees || way !== undefined) && short !== null) {
        return again(quantity, { verdict: short.rejected ? "wrong" : "right", mistakes: [short] });
      }
      if (agrees) return { verdict: "right" };
      if (way !== undefined) {
        const before = reached(way, values).used.filter((operand) => wrong.has(operand)).map((operand) => symbols.get(operand));
        if (before.length === 0) return { verdict: "right", note: words["from rounded"] };
        const shown = before.slice(0, 3).join(", "), more = before.length - 3;
        const listed = more > 0 ? said(words["symbols and more"], { symbols: shown, n: more }) : shown;
        return { verdict: "right in method", note: said(words["follows from"], { symbols: listed }) };
      }
      return again(quantity, { verdict: "wrong", mistakes: mistakesAt(quantity, written) });
    }

    // A mistake made before at a value of the same sort costs nothing again.
    function again(quantity, mark) {
      const { verdict, mistakes } = mark;
      if (verdict !== "wrong" || mistakes.length === 0) return mark;
      for (const mistake of mistakes) {
        const before = made.get(sortOf(mistake, quantity));
        if (before === undefined) continue;
        const rest = mistakes.filter((other) => other !== mistake);
        const note = said(words["as before"], { symbol: symbols.get(before) });
        return { verdict: "right in method", mistakes: [mistake, ...rest], note };
      }
      made.set(sortOf(mistakes[0], quantity), quantity);
      return mark;
    }

    function tooFew(written, { answer }) {
      const { digits, decimals, unit, value } = written.number;
      const ofDigits = key.significant !== null;
      const significant = unit === null || value.n === 0n ? 0 : digits;
      const asked = key.significant || key.decimals;
      const n = ofDigits ? significant : Math.max(0, decimals);
      if (n >= asked || unit === null || written.value === numberOf(decimal(answer).value)) return null;
      const sentence = said(words[ofDigits ? "too few digits" : "too few decimals"], { n, asked });
      const least = ofDigits ? Math.min(asked, ENOUGH_DIGITS) : ENOUGH_DIGITS;
      const counts = significant >= least || (significant > 0 && n >= ENOUGH_DECIMALS && !ofDigits);
      return { kind: rounded, sentence, rejected: !counts };
    }

    // How well an edit explains an answer: 0 exactly, 1 within the digits before it.
    function shownBy(quantity, written, edit, near) {
      const value = computed(quantity, values, edit);
      if (written.agrees(value, value)) return 0;
      if (!(Math.abs(value - written.value) <= near)) return null;
      const exact = computed(quantity, new Map([...known].map(([before, its]) => [before, its.exact])), edit);
      if (written.agrees(exact, exact)) return 0;
      if (edit.within) return null;
      return written.agrees(...around(quantity, edit, value)) ? 1 : null;
    }
    // Between what a value lies, with whatever digits were not written before it.
    function around(quantity, edit, value) {
      let low = value, high = value;
      for (const operand of operandsOf(quantity, edit)) {
        const { below, above } = known.get(operand);
        const ends = [below, above].map((end) => computed(quantity, new Map(values).set(operand, end), edit) - value);
        low += Math.min(0, ...ends);
        high += Math.max(0, ...ends);
      }
      return [low, high];
    }
    function operandsOf(quantity, edit) {
      const used = [...reached(quantity, values).used];
      for (const { operands } of edit.equations.values()) used.push(...operands);
      const own = new Set(used.filter((operand) => known.has(operand)));
      const others = [...[...edit.operands.values()].flatMap((its) => [...its.values()]), ...edit.whole.values()];
      for (const [operand] of others) {
        if (operand < 0 || given.has(operand)) continue;
        if (known.has(operand)) own.add(operand);
        else reached(operand, values).used.forEach((its) => own.add(its));
      }
      return own;
    }

    // What gives the value that was written, each kind of mistake once, the likeliest first.
    function mistakesAt(quantity, written) {
      const shown = new Map();
      for (const way of ways.get(quantity) ?? [quantity]) {
        const [low, high] = around(way, nothing, computed(way, values));
        const near = TOO_FAR * (high - low + written.unit);
        for (const suspect of suspectsOf(way, values)) {
          const { unit, decimals } = written.number;
          if (unit !== null && suspect.decimals > decimals) continue; // who wrote fewer has not shown it
          const last = shown.get(suspect.kind);
          if (last && byRank(last.rank, [0, ...suspect.order]) <= 0) continue;
          const tier = shownBy(way, written, suspect.edit, near);
          if (tier !== null && (!last || tier <= last.rank[0])) {
            shown.set(suspect.kind, { rank: [tier, ...suspect.order], suspect });
          }
        }
      }
      return [...shown.values()].sort((one, other) => byRank(one.rank, other.rank)).map(({ suspect }) => suspect);
    }
  }
}
