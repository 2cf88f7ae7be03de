// What formulas are made of, as neurograph/formulas/functions.py has it, and rounding as on paper.

const F = {
  // Python's floats have 1 ** nan = 1 and (-1) ** inf = 1; a square is one multiplication.
  power(a, b) {
    if (b === 2) return a * a;
    if (a === 1 || b === 0) return 1;
    if (a === -1 && Math.abs(b) === Infinity) return 1;
    if (b === 0.5) return a === -Infinity ? Infinity : Math.sqrt(a) + 0;
    return Math.pow(a, b);
  },
  // Up to 1 a power series; beyond, what is missing to 1 as a continued fraction.
  erf(a) {
    const s = a * a;
    let r = 0;
    if (s < 1) {
      for (let k = 20; k > 0; k -= 1) r = ((1 / (2 * k + 1) + r) * -s) / k;
      return a + a * (r + 0.12837916709551256 * (1 + r));
    }
    const x = Math.abs(a);
    if (x > 6) return Math.sign(a);
    for (let k = 200; k > 0; k -= 1) r = k / 2 / (x + r);
    return Math.sign(a) * (1 - Math.exp(-s) / ((x + r) * Math.sqrt(Math.PI)));
  },
  logaddexp(a, b) {
    if (a === b) return a + Math.LN2;
    return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  },
  xlogy: (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log(b)),
  xlog1my: (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a * Math.log1p(-b)),
  xmuly: (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a * b),
  xdivy: (a, b) => (a === 0 && !Number.isNaN(b) ? 0 : a / b),
  // The decimal of 11 digits of b that a is but for rounding.
  settled(a, b) {
    if (!Number.isFinite(a) || !(b > 1e-290 && b < 1e290)) return a;
    const places = 11 - Math.ceil(Math.log10(b));
    const large = Number(`1e${Math.max(places, 0)}`);
    const small = Number(`1e${Math.max(-places, 0)}`);
    const units = (a / small) * large;
    const whole = Math.round(units);
    return Math.abs(units - whole) <= 0.01 ? (whole / large) * small : a;
  },

  // Over the numbers of a group, from the first to the last.
  total(n, of) {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += of(i);
    return sum;
  },
  product(n, of) {
    let product = 1;
    for (let i = 0; i < n; i += 1) product *= of(i);
    return product;
  },
  largest(n, of) {
    let largest = -Infinity;
    for (let i = 0; i < n; i += 1) largest = Math.max(largest, of(i));
    return largest;
  },
  least(n, of) {
    let least = Infinity;
    for (let i = 0; i < n; i += 1) least = Math.min(least, of(i));
    return least;
  },
};

// The sum as NumPy takes it over the samples of a batch, so that both round alike.
function pairwiseSum(numbers, start = 0, n = numbers.length) {
  if (n < 8) {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += numbers[start + i];
    return sum;
  }
  if (n <= 128) {
    const r = Array.from({ length: 8 }, (_, i) => numbers[start + i]);
    let i = 8;
    for (; i < n - (n % 8); i += 8) for (let j = 0; j < 8; j += 1) r[j] += numbers[start + i + j];
    let sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
    for (; i < n; i += 1) sum += numbers[start + i];
    return sum;
  }
  const half = Math.floor(n / 2) - (Math.floor(n / 2) % 8);
  return pairwiseSum(numbers, start, half) + pairwiseSum(numbers, start + half, n - half);
}

// So many decimals, half away from zero, or cut off. 15 significant digits drop the binary noise, so that
// 0.00125 computed as 0.0012499999999999998 is the tie that it is on paper.
function onPaper(value, digits, cut = false) {
  if (!Number.isFinite(value)) return value;
  const [mantissa, exponent] = Math.abs(value).toExponential(14).split("e");
  const figures = mantissa.replace(".", "");
  const kept = Number(exponent) + 1 + digits; // so many of the figures stay
  if (kept < 0) return 0;
  if (kept >= figures.length) return Math.sign(value) * Number(`${mantissa}e${exponent}`);
  const up = !cut && figures[kept] >= "5" ? 1n : 0n;
  const whole = BigInt(figures.slice(0, kept) || "0") + up;
  return Math.sign(value) * Number(`${whole}e${-digits}`);
}
