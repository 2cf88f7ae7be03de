// A graded sheet: its fields, and the file of answers. What is right is not in the page.

const { id, comma, questions, words } = JSON.parse(document.getElementById("sheet").textContent);
const fields = new Map([...document.querySelectorAll("[data-answer]")].map((field) => [field.dataset.answer, field]));
const checked = (field) => {
  const { problem, places } = field.value.trim() === "" ? {} : outcome(() => numeral(field.value, comma));
  setAttribute(field, "aria-invalid", problem ? "true" : null);
  setText(document.getElementById(field.getAttribute("aria-describedby")), problem ? said(words[problem], places) : "");
};
const all = [...fields.values()];
all.forEach((field, i) => {
  field.addEventListener("change", () => checked(field));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") all[i + 1]?.focus();
  });
});
const file = createAnswerFile(words, () => ({
  id,
  questions,
  texts: () => Object.fromEntries([...fields].map(([address, field]) => [address, field.value])),
  put(texts) {
    for (const [address, field] of fields) {
      field.value = texts[address] ?? "";
      checked(field);
    }
  },
}));
document.getElementById("answer-file").replaceChildren(...file.nodes);
