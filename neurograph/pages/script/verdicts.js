// Whether a number agrees with printed digits: as neurograph/scenario/verdicts.py says.

const FULL_DIGITS = 15;
const LAST_PLACES = 8;

const isFull = (printed) => printed.digits >= FULL_DIGITS && Number.isFinite(numberOf(printed.value));
const lastPlaces = (printed) => LAST_PLACES * lastPlace(floatOf(printed));
// What a numeral is to a program: the nearest number, as JavaScript reads its text.
const floatOf = ({ value, unit }) =>
  unit === null ? numberOf(value) : Number(`${(value.n * unit.d) / (value.d * unit.n)}e${exponentOf(unit)}`);
const exponentOf = ({ n, d }) => n.toString().length - d.toString().length;

// "rounded", "truncated", "same float" or "last places"; null where it does not agree.
function agreement(computed, printed, truncated = false) {
  if (!Number.isFinite(computed)) return null;
  if (truncated && isCutOff(computed, printed)) return "truncated";
  const halfUnit = printed.unit === null ? rational(0n) : times(HALF, printed.unit);
  const distance = size(minus(decimal(String(computed)).value, printed.value));
  if (!truncated && atMost(distance, halfUnit)) return "rounded";
  const named = floatOf(printed);
  if (computed === named) return "same float";
  const full = printed.unit === null || isFull(printed);
  return full && Math.abs(computed - named) <= lastPlaces(printed) ? "last places" : null;
}

// Whether the digits are those of a number, cut off.
function isCutOff(computed, printed) {
  const full = isFull(printed);
  // 15 significant digits drop the binary noise, as rounding on paper does.
  const exact = full ? exactly(computed) : decimal(computed.toPrecision(15)).value;
  const cut = printed.value;
  if (cut.n !== 0n && cut.n < 0n !== exact.n < 0n) return false;
  const beyond = minus(size(exact), size(cut));
  const noise = full ? exactly(lastPlaces(printed)) : rational(0n);
  const end = plus(printed.unit ?? rational(0n), noise);
  return atMost(rational(-noise.n, noise.d), beyond) && !atMost(end, beyond);
}

// How far a number may lie from digits that it agrees with.
function margin(printed) {
  const half = printed.unit === null ? 0 : numberOf(times(HALF, printed.unit));
  return printed.unit === null || isFull(printed) ? Math.max(half, lastPlaces(printed)) : half;
}

// A printed value of a source beside the computed one.
function verdictOf({ value, correct, truncated = false }, computed) {
  const agrees = agreement(computed, decimal(value), truncated) !== null;
  if (correct === undefined) return agrees ? "reproduced" : "FAILED";
  return !agrees && agreement(computed, decimal(correct)) !== null ? "erratum" : "FAILED";
}
