// Numbers as people write them, read as neurograph/numerals.py reads them, and kept exactly.
//
// A rational is {n, d}: two whole numbers. A numeral is {text, value, unit, digits, remarks}: what it
// says, what one more in its last digit would add (null of a fraction), how many digits were
// written, and what was understood that was not written plainly.

// How the language of the page writes numbers.
const signs = { decimal: ".", thousands: "," };
const localised = (text) => text.replace(/[.,]/g, (sign) => (sign === "." ? signs.decimal : signs.thousands));
const inFull = (value) => localised(String(value));

const TEN = 10n;
const abs = (a) => (a < 0n ? -a : a);
const rational = (n, d = 1n) => ({ n, d });
const powerOfTen = (e) => (e >= 0 ? rational(TEN ** BigInt(e)) : rational(1n, TEN ** BigInt(-e)));
const times = (a, b) => rational(a.n * b.n, a.d * b.d);
const minus = (a, b) => rational(a.n * b.d - b.n * a.d, a.d * b.d);
const plus = (a, b) => rational(a.n * b.d + b.n * a.d, a.d * b.d);
const size = (a) => rational(abs(a.n), a.d);
const atMost = (a, b) => a.n * b.d <= b.n * a.d;
const MOST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
const HALF = rational(1n, 2n);

// The nearest number, or a neighbour of it.
function numberOf({ n, d }) {
  if (n === 0n) return 0;
  if (size({ n, d }).n <= MOST_EXACT && d <= MOST_EXACT) return Number(n) / Number(d);
  const shift = abs(n).toString().length - d.toString().length - 20;
  const quotient = shift < 0 ? (n * TEN ** BigInt(-shift)) / d : n / (d * TEN ** BigInt(shift));
  return Number(`${quotient}e${shift}`);
}

// What a number is, exactly: a whole number times a power of two.
function exactly(number) {
  const bits = new BigUint64Array(new Float64Array([Math.abs(number)]).buffer)[0];
  const exponent = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  const mantissa = exponent === 0 ? fraction : fraction | (1n << 52n);
  const power = (exponent === 0 ? 1 : exponent) - 1075;
  const sign = number < 0 ? -1n : 1n;
  return power >= 0
    ? rational(sign * (mantissa << BigInt(power))) : rational(sign * mantissa, 1n << BigInt(-power));
}

// The distance from a number to the next larger one of its size.
function lastPlace(number) {
  const bits = new BigUint64Array(new Float64Array([Math.abs(number)]).buffer)[0];
  const exponent = Number(bits >> 52n);
  return exponent === 0 ? 5e-324 : 2 ** (exponent - 1075);
}

// A plain decimal number, such as "-8.8e-3": as JavaScript writes numbers and sources print them.
function decimal(text) {
  const [, sign, whole, part = "", power = "0"] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  const figures = BigInt(whole + part || "0");
  const unit = powerOfTen(Number(power) - part.length);
  return {
    text, remarks: [], unit, value: times(rational(sign === "-" ? -figures : figures), unit),
    digits: figures === 0n ? 1 : figures.toString().length,
    decimals: part.length - Number(power),
  };
}

const PLAIN_SIGNS = { "−": "-", "–": "-", "‐": "-", "⁄": "/", "∕": "/", "\u00a0": " " };
const HIGH_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const BEFORE = /^(?:[\p{L}\p{Nl}\p{No}_][\p{L}\p{N}_]{0,19}(?:\([^()]{0,20}\))?\s*[=:≈~]|[=≈~])\s*/u;
const AFTER = /\s+[\p{L}\p{Nl}\p{No}]{1,10}\.?$|(?<=[\d%])\s*[°€$Ω]$/u;
const POWER =
  "(?:[eE](?<e>[+-]?\\d{1,3})|[*·×x]10(?:(?:\\^|\\*\\*)(?<power>[+-]?\\d{1,3}|\\([+-]?\\d{1,3}\\))|(?<high>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})))";
const DECIMAL = new RegExp(`^(?<sign>[+-]?)(?<whole>\\d{1,1074})?(?:\\.(?<part>\\d{0,1074}))?${POWER}?(?<percent>%?)$`, "u");
const QUOTIENT = /^(?<sign>[+-]?)(?:(?<whole>\d{1,30}) +)?(?<above>\d{1,30})\/(?<below>\d{1,30})$/;
const MOST_LETTERS = 1200;

// What is thrown where something is refused: by which sentence of the catalogue, with its places.
const refused = (problem, places = {}) => Object.assign(new Error(problem), { problem, places });

// What a function returns, as {value}; {problem, places} where it refuses.
function outcome(act) {
  try {
    return { value: act() };
  } catch (error) {
    if (error.problem === undefined) throw error;
    return { problem: error.problem, places: error.places };
  }
}

// A number as a person writes it; throws what is `refused`. Where it is agreed upon, `comma` says
// whether a comma stands before the decimals.
function numeral(text, comma = signs.decimal === "," || null) {
  const remarks = [];
  const stripped = () => {
    const signs = text.replace(/[−–‐⁄∕\u00a0]/g, (sign) => PLAIN_SIGNS[sign]);
    const plain = signs.trim().replace(/^_+|_+$/g, "").trim();
    const bare = plain.replace(BEFORE, "").replace(AFTER, "");
    if (bare !== plain) {
      const rest = plain.replace(bare, () => " ").split(/\s+/).filter((part) => part !== "");
      remarks.push({ remark: "around", text: rest.join(" ") });
    }
    // Between digits only groups of three leave no doubt: 1 1/2 is a mixed number, not 11/2.
    return bare.replace(/(?<=\d)[ '](?=\d{3}(?!\d))|\s+(?=[%*·×x/^])|(?<=[*·×x/^+-])\s+/gu, "")
      .replace(/^([+-]?)(?=10(?:\^|\*\*|[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]))/u, "$11*");
  };
  const withPoint = (plain) => {
    const [commas, points] = [",", "."].map((sign) => plain.split(sign).length - 1);
    if (commas === 0 && (comma !== true || points === 0)) return plain;
    // Before a power of ten nobody writes thousands.
    const grouped = /^[+-]?[1-9]\d{0,2}(?:[,.]\d{3})+(?![\d,.*·×xeE])/u.test(plain);
    let isPoint = comma;
    if (comma !== null && !grouped && commas + points === 1) {
      // What was agreed upon would make nothing of it; the other way it is clear.
      if (comma !== (commas > 0)) remarks.push({ remark: commas > 0 ? "comma_is_point" : "point_is_point" });
      isPoint = commas > 0;
    }
    if (comma === null) {
      if (commas === 1 && points === 0 && grouped) {
        throw refused("two_numbers", { one: plain.replace(",", "."), other: plain.replace(",", "") });
      }
      isPoint = commas === 1 && plain.lastIndexOf(",") > plain.lastIndexOf(".");
      remarks.push({ remark: isPoint ? "comma_is_point" : "commas_between" });
    }
    const [between, point] = isPoint ? [".", ","] : [",", "."];
    const groups = new RegExp(`^[+-]?\\d{1,3}(?:\\${between}\\d{3})+$`);
    if (plain.includes(between) && !groups.test(plain.split(point)[0])) throw refused("no_number");
    return plain.replaceAll(between, "").replaceAll(point, ".");
  };
  const plain = text.length <= MOST_LETTERS ? stripped() : "";
  const quotient = QUOTIENT.exec(plain)?.groups;
  if (quotient) {
    const [whole, part, below] = [quotient.whole ?? 0, quotient.above, quotient.below].map(BigInt);
    if (below === 0n) throw refused("by_zero");
    const above = (whole * below + part) * (quotient.sign === "-" ? -1n : 1n);
    return { text, value: rational(above, below), unit: null, digits: 0, decimals: 0, remarks };
  }
  const parts = DECIMAL.exec(withPoint(plain))?.groups;
  if (!parts || !(parts.whole || parts.part)) throw refused("no_number");
  const high = parts.high?.replace(/[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (sign) =>
    ({ "⁺": "+", "⁻": "-" })[sign] ?? String(HIGH_DIGITS.indexOf(sign)));
  const power = Number((parts.e ?? parts.power ?? high ?? "0").replace(/[()]/g, ""));
  const exponent = power - (parts.percent ? 2 : 0);
  const plainly = `${parts.sign}${parts.whole ?? ""}.${parts.part ?? ""}e${exponent}`;
  return { ...decimal(plainly), text, remarks };
}
