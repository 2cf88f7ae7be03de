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
  const size = Math.abs(value);
  const short =
    size !== 0 && (size >= 1e6 || size < 1e-4)
      ? value.toExponential(Math.max(digits - 3, 1)).replace(/\.?0+e/, "e").replace("e+", "e")
      : String(Number(value.toPrecision(digits)));
  return short.replace(/-/g, "−");
}

// Set only what is another, so that a browser paints no more than it must.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setAttribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}
