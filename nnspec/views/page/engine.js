// The network in the page: the reference evaluator's definition, once more.
// Terms are added in the order in which the page's data lists them, the bias last.
"use strict";

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

function sigmoid(z) {
  const decay = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : decay) / (1 + decay);
}

function softplus(z) {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

// The complementary error function: Kummer's series near 0 (NIST DLMF 7.6.2), Laplace's continued
// fraction beyond (7.9.3), by Lentz's method.
function erfc(x) {
  if (Number.isNaN(x)) return NaN;
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let term = x, total = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
      term *= 2 * x * x / (2 * n + 1);
      total += term;
    }
    return 1 - 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * total;
  }
  if (x > 27) return 0;
  let c = x, d = 0, value = x;
  for (let k = 1; k < 500; k++) {
    d = 1 / (x + k / 2 * d);
    c = x + k / 2 / c;
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * value);
}

function clip(z, low, high) {
  return Number.isNaN(z) ? NaN : Math.min(Math.max(z, low), high);
}

function elu(z, alpha) {
  return z >= 0 ? z : alpha * Math.expm1(z);
}

function power(x, exponent) {
  return exponent === 0 ? 1 : Math.pow(x, exponent);
}

function piecewise(z, knots) {
  if (Number.isNaN(z)) return NaN;
  if (z <= knots[0][0]) return knots[0][1];
  for (let i = 1; i < knots.length; i++) {
    const [x0, y0] = knots[i - 1], [x1, y1] = knots[i];
    if (z <= x1) return y0 + (z - x0) / (x1 - x0) * (y1 - y0);
  }
  return knots[knots.length - 1][1];
}

const ACTIVATIONS = {
  "identity": z => z,
  "relu": z => Math.max(z, 0),
  "step": z => Number.isNaN(z) ? NaN : z >= 0 ? 1 : 0,
  "sign": z => Math.sign(z),
  "sigmoid": sigmoid,
  "tanh": z => Math.tanh(z),
  "square": z => z * z,
  "cube": z => z * z * z,
  "abs": z => Math.abs(z),
  "sqrt": z => Math.sqrt(z),
  "exp": z => Math.exp(z),
  "log": z => Math.log(z),
  "reciprocal": z => 1 / z,
  "sin": z => Math.sin(z),
  "cos": z => Math.cos(z),
  "gaussian": z => Math.exp(-(z * z)),
  "softplus": softplus,
  "softsign": z => z / (1 + Math.abs(z)),
  "hard-sigmoid": z => clip(z / 6 + 0.5, 0, 1),
  "hard-tanh": z => clip(z, -1, 1),
  "relu6": z => clip(z, 0, 6),
  "leaky-relu": (z, p) => z >= 0 ? z : p.slope * z,
  "elu": (z, p) => elu(z, p.alpha),
  "selu": z => SELU_SCALE * elu(z, SELU_ALPHA),
  "celu": (z, p) => z >= 0 ? z : p.alpha * Math.expm1(z / p.alpha),
  "gelu": z => z === -Infinity ? NaN : z * 0.5 * erfc(-z / Math.SQRT2),
  "gelu-tanh": z => z * sigmoid(Math.sqrt(8 / Math.PI) * (z + 0.044715 * (z * z * z))),
  "silu": z => z * sigmoid(z),
  "mish": z => z * Math.tanh(softplus(z)),
  "clip": (z, p) => clip(z, p.low, p.high),
  "power": (z, p) => power(z, p.exponent),
  "piecewise": (z, p) => piecewise(z, p.knots),
};

const TERMS = {
  "sum": (w, x) => w * x, "mean": (w, x) => w * x, "max": (w, x) => w * x, "min": (w, x) => w * x,
  "product": (w, x) => power(x, w),
  "distance": (w, x) => (x - w) * (x - w), "squared-distance": (w, x) => (x - w) * (x - w),
  "manhattan": (w, x) => Math.abs(x - w),
};

const add = terms => terms.reduce((a, b) => a + b, 0);

const REDUCE = {
  "sum": add, "mean": terms => add(terms) / terms.length,
  "max": terms => Math.max(...terms), "min": terms => Math.min(...terms),
  "product": terms => terms.reduce((a, b) => a * b, 1),
  "distance": terms => Math.sqrt(add(terms)), "squared-distance": add, "manhattan": add,
};

const GROUPS = {
  "softmax": a => {
    const shift = Math.max(...a);
    const powers = a.map(v => Math.exp(v - shift));
    const total = add(powers);
    return powers.map(v => v / total);
  },
  "normalize": a => {
    const total = add(a);
    return a.map(v => total === 0 ? NaN : v / total);
  },
  "winner": a => {
    if (a.some(Number.isNaN)) return a.map(() => NaN);
    const first = a.indexOf(Math.max(...a));
    return a.map((_, i) => i === first ? 1 : 0);
  },
};

const TRANSFORMS = {
  "standardize": (x, mean, deviation) => (x - mean) / deviation,
  "rescale": (x, a, b, c, d) => c + (x - a) / (b - a) * (d - c),
  "clip": (x, low, high) => {
    const raised = low === null ? x : Math.max(x, low);
    return high === null ? raised : Math.min(raised, high);
  },
  "log": x => Math.log(x), "log1p": x => Math.log1p(x), "sqrt": x => Math.sqrt(x),
};

// What every unit is for one row: numbers by input, a category as the index of its value.
function evaluate(network, row) {
  const a = [], z = [], terms = [];
  for (const input of network.inputs) {
    let x = row[input.name];
    if (input.type === "category") {
      for (let i = 0; i < input.units.length; i++) a.push(x === i ? 1 : 0);
      continue;
    }
    for (const [kind, ...parameters] of input.transforms) x = TRANSFORMS[kind](x, ...parameters);
    a.push(x);
  }
  for (const layer of network.layers) {
    const first = a.length, own = [];
    for (const neuron of layer.neurons) {
      const parts = neuron.synapses.map(([s, w]) => TERMS[neuron.aggregation](w, a[s]));
      const total = REDUCE[neuron.aggregation](parts) + neuron.bias;
      terms.push(parts);
      z.push(total);
      own.push(ACTIVATIONS[neuron.activation](total, neuron.parameters));
    }
    if (layer.group !== null) {
      const grouped = GROUPS[layer.group](layer.order.map(i => own[i]));
      layer.order.forEach((i, k) => { own[i] = grouped[k]; });
    }
    for (let i = 0; i < own.length; i++) a[first + i] = own[i];
  }
  return { a, z, terms };
}

if (typeof module !== "undefined") module.exports = { evaluate, ACTIVATIONS, erfc };
