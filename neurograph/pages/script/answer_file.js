// The file of answers that `neurograph mark` reads: written, and read again with patience.

// What is typed stands in it letter for letter.
function answerText(id, comment, student, lines) {
  const quoted = (text) => JSON.stringify(text).replace(/\u007f/g, "\\u007f").replace(/\\ud[89a-f]../g, "�");
  return [`# ${comment}`, `exercise = ${quoted(id)}`, `student = ${quoted(student)}`, "", "[answers]",
    ...lines.map(([address, text, symbol]) => `${quoted(address)} = ${quoted(text)}   # ${symbol}`), ""].join("\n");
}

const ANSWER_LINE = /^\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s="'#]+)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^#]*?)\s*(?:#.*)?$/;

// {exercise, student, answers} of such a file; null of any other.
function readAnswerText(text) {
  const plain = (part) => {
    if (part.startsWith('"')) return JSON.parse(part);
    return part.startsWith("'") ? part.slice(1, -1) : part;
  };
  const head = {};
  let answers = null;
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    if (/^\s*\[\s*answers\s*\]\s*(#.*)?$/.test(line)) {
      answers = {};
      continue;
    }
    const pair = ANSWER_LINE.exec(line);
    if (pair === null) return null;
    try {
      (answers ?? head)[plain(pair[1])] = plain(pair[2]);
    } catch {
      return null;
    }
  }
  return answers === null ? null : { exercise: head.exercise ?? "", student: head.student ?? "", answers };
}

// Name, "save" and "load" of a sheet: {id, questions, texts(), put(texts)}, each text by its address.
function createAnswerFile(words, sheetOf) {
  const name = element("input", { type: "text", id: "student", maxlength: 200, autocomplete: "name" });
  const message = element("p", { class: "message", role: "alert", id: "answer-file-message" });
  const save = () => {
    setText(message, "");
    const { id, questions, texts } = sheetOf();
    const written = texts();
    const lines = questions.map(({ address, symbol }) => [address, written[address] ?? "", symbol]);
    download(`answers-${id}.toml`, answerText(id, words.answers_comment, name.value, lines));
  };
  const load = async () => {
    const [file] = chooser.files;
    if (!file) return;
    const { id, questions, put } = sheetOf();
    const read = file.size < 1e6 ? readAnswerText(await file.text()) : null;
    chooser.value = "";
    const bySymbol = new Map(questions.flatMap(({ address, symbol }) => [[symbol, address], [address, address]]));
    const unknown = Object.keys(read?.answers ?? {}).find((address) => !bySymbol.has(address));
    const problem = read === null ? "answers_none"
      : read.exercise && read.exercise !== id ? "answers_of_other"
        : unknown !== undefined ? "answers_unknown" : null;
    setText(message, problem === null ? "" : said(words[problem], { file: file.name, other: read?.exercise, id, name: unknown }));
    if (problem !== null) return;
    name.value = read.student;
    put(Object.fromEntries(Object.entries(read.answers).map(([address, text]) => [bySymbol.get(address), text])));
  };
  const chooser = element("input", { type: "file", id: "answers-load", accept: ".toml,text/plain", onchange: load });
  const bar = element("div", { class: "bar" },
    element("label", {}, `${words.student} `, name),
    element("button", { type: "button", id: "answers-save", onclick: save }, words.answers_save),
    element("label", {}, `${words.answers_load} `, chooser));
  return { nodes: [bar, message] };
}
