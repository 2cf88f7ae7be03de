// Making elements and writing numbers. Text is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function elementOf(namespace, name, attributes = {}, ...children) {
  return filled(document.createElementNS(namespace, name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

// A sentence of the catalogue with its places filled.
function said(text, places = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => places[name] ?? place);
}

function written(value, digits = 6) {
  if (value === undefined) return "";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "∞" : "−∞";
  // Of a tie a float may lie just below: 0.3925 is 0.393 with three digits, as on paper.
  if (digits < 15 && Math.abs(value) < 1e300) value *= 1 + 2 ** -50;
  const size = Math.abs(value);
  const short =
    size !== 0 && (size >= 1e6 || size < 1e-4)
      ? value.toExponential(Math.max(digits - 3, 1)).replace(/\.?0+e/, "e").replace("e+", "e")
      : String(Number(value.toPrecision(digits)));
  const text = localised(short).replace(/-/g, "−");
  if (signs.decimal === ".") return text;
  const high = (power) => [...power].map((figure) => HIGH_DIGITS[figure]).join("");
  return text.replace(/e(−?)(\d+)$/, (_, minus_, power) => `·10${minus_ && "⁻"}${high(power)}`);
}

// Hand a text to the reader as a file.
function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// Set only what is another, so that a browser paints no more than it must.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setAttribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}
