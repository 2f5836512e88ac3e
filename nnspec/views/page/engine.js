// The network in the page: the definitions of the reference evaluator, which the page's data bring
// along as expressions ([operation, operand, ...]), read once more. Terms are added in the order in
// which the page's data lists them, the bias last.
"use strict";

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

function line(x, knots) {
  if (Number.isNaN(x)) return NaN;
  if (x <= knots[0][0]) return knots[0][1];
  for (let i = 1; i < knots.length; i++) {
    const [x0, y0] = knots[i - 1], [x1, y1] = knots[i];
    if (x <= x1) return y0 + (x - x0) / (x1 - x0) * (y1 - y0);
  }
  return knots[knots.length - 1][1];
}

const PRIMITIVES = {
  "add": (a, b) => a + b, "subtract": (a, b) => a - b, "multiply": (a, b) => a * b,
  "divide": (a, b) => a / b, "quotient": (a, b) => a / b, "negative": a => -a, "abs": Math.abs,
  ">=": (a, b) => a >= b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, "<": (a, b) => a < b,
  "equal": (a, b) => a === b, "where": (condition, yes, no) => condition ? yes : no,
  "maximum": Math.max, "minimum": Math.min, "sign": Math.sign,
  "step": x => Number.isNaN(x) ? NaN : x >= 0 ? 1 : 0,
  "sqrt": Math.sqrt, "exp": Math.exp, "expm1": Math.expm1, "log": Math.log, "log1p": Math.log1p,
  "tanh": Math.tanh, "sin": Math.sin, "cos": Math.cos, "erfc": erfc,
  "power": (x, exponent) => exponent === 0 ? 1 : x < 0 && exponent % 1 !== 0 ? NaN : Math.pow(x, exponent),
  "line": line, "nan": () => NaN,
};

// A function of values in the order of their names.
function compiled(expression, names) {
  if (typeof expression === "number") return () => expression;
  const [operation, ...operands] = expression;
  if (operation === "variable") {
    const at = names.indexOf(operands[0]);
    return (...values) => values[at];
  }
  const apply = PRIMITIVES[operation];
  if (operation === "line") {
    const of = compiled(operands[0], names);
    return (...values) => apply(of(...values), operands[1]);
  }
  const parts = operands.map(operand => compiled(operand, names));
  return (...values) => apply(...parts.map(part => part(...values)));
}

const REDUCE = {
  "add": terms => terms.reduce((a, b) => a + b, 0),
  "multiply": terms => terms.reduce((a, b) => a * b, 1),
  "maximum": terms => terms.reduce((a, b) => Math.max(a, b)),
  "minimum": terms => terms.reduce((a, b) => Math.min(a, b)),
  "first": terms => {
    const first = terms.indexOf(terms.reduce((a, b) => Math.max(a, b)));
    return first < 0 ? NaN : first;
  },
};

// Expressions by their text, each compiled once.
const COMPILED = new Map();

function read(expression, ...names) {
  const key = JSON.stringify([expression, names]);
  if (!COMPILED.has(key)) COMPILED.set(key, compiled(expression, names));
  return COMPILED.get(key);
}

// Functions of a network's data, kept as long as the data is.
const PLANS = new WeakMap();

function planned(network) {
  if (!PLANS.has(network)) {
    PLANS.set(network, {
      transforms: network.inputs.map(input => input.transforms.map(one => read(one, "x"))),
      layers: network.layers.map(layer => ({
        steps: layer.steps.map(step => ({
          reduce: step.fold === null ? null : REDUCE[step.fold],
          of: step.of === null ? null : read(step.of, "value", "number", "folded"),
        })),
        neurons: layer.neurons.map(neuron => ({
          term: read(neuron.term, "w", "x"), reduce: REDUCE[neuron.reducer],
          finish: read(neuron.finish, "total", "n"), activate: read(neuron.expression, "z"),
        })),
      })),
    });
  }
  return PLANS.get(network);
}

function grouped(steps, given) {
  let values = given, folded = NaN;
  for (const { reduce, of } of steps) {
    const made = of === null ? values : values.map((value, i) => of(value, i, folded));
    if (reduce === null) values = made; else folded = reduce(made);
  }
  return values;
}

// What every unit is for one row: numbers by input, a category as the index of its value. A row is
// bad where anything is not finite, of a layer before its group acts too: then it has no values.
function evaluate(network, row) {
  const plan = planned(network), a = [], z = [], terms = [];
  let bad = false;
  network.inputs.forEach((input, i) => {
    let x = row[input.name];
    if (input.type === "category") {
      for (let k = 0; k < input.units.length; k++) a.push(x === k ? 1 : 0);
      return;
    }
    for (const step of plan.transforms[i]) x = step(x);
    a.push(x);
    bad ||= !Number.isFinite(x);
  });
  network.layers.forEach((layer, l) => {
    const first = a.length, own = [], { steps, neurons } = plan.layers[l];
    layer.neurons.forEach((neuron, i) => {
      const { term, reduce, finish, activate } = neurons[i];
      const parts = neuron.synapses.map(([s, w]) => term(w, a[s]));
      const reduced = parts.length ? finish(reduce(parts), parts.length) : neuron.empty;
      terms.push(parts);
      z.push(reduced + neuron.bias);
      own.push(activate(reduced + neuron.bias));
      bad ||= !Number.isFinite(reduced + neuron.bias) || !Number.isFinite(own[i]);
    });
    if (layer.group !== null) {
      const results = grouped(steps, layer.order.map(i => own[i]));
      layer.order.forEach((i, k) => { own[i] = results[k]; });
    }
    for (let i = 0; i < own.length; i++) a[first + i] = own[i];
    bad ||= !own.every(Number.isFinite);
  });
  return { a, z, terms, bad };
}

// The same as it may be shown: a bad row's neurons have no values.
function valued(network, row) {
  const found = evaluate(network, row);
  if (!found.bad) return found;
  const n = found.a.length - found.z.length;
  return {
    a: found.a.map((value, i) => i < n ? value : NaN), z: found.z.map(() => NaN),
    terms: found.terms.map(parts => parts.map(() => NaN)), bad: true,
  };
}

if (typeof module !== "undefined") module.exports = { evaluate, valued, erfc };
