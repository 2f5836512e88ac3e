// The page: sliders, the diagram's live values, contributions, curves, claims, the table.
"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);
const NETWORK = DATA.network;
const NEURONS = NETWORK.layers.flatMap(layer => layer.neurons.map(n => ({ ...n, layer: layer.name, group: layer.group })));
const UNITS = [...NETWORK.inputs.flatMap(input => input.units), ...NEURONS.map(n => n.name)];
const N_INPUT_UNITS = UNITS.length - NEURONS.length;
const SVG = "http://www.w3.org/2000/svg";
const state = { row: {}, chosen: NETWORK.outputs[0], output: NETWORK.outputs[0], picked: null };

const $ = id => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function drawn(tag, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== "") made.textContent = text;
  return made;
}

// As a person would say it: so many digits, but no whole number rounded; weights are given in full.
function said(value, digits = 5) {
  if (!Number.isFinite(value)) return "no value";
  if (value === 0) return "0"; // and not -0
  if (Math.abs(value) >= 1e12 || Math.abs(value) < 1e-4) return value.toPrecision(4);
  const large = Math.abs(value) >= 10 ** (digits - 1);
  return value.toLocaleString("en-US", large ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits });
}

// Two numbers, with as many digits as it takes to see that they differ.
function saidBoth(low, high) {
  let texts = [];
  for (let digits = 5; digits < 17 && (texts.length === 0 || texts[0] === texts[1]); digits++) {
    texts = [said(low, digits), said(high, digits)];
  }
  return `${texts[0]} to ${texts[1]}`;
}

const withUnit = (value, unit, digits) => said(value, digits) + (unit ? " " + unit : "");

// -- inputs ---------------------------------------------------------------------------------------

function ends(input) {
  const seen = DATA.rows ? DATA.rows.map(r => r.inputs[input.name]).filter(Number.isFinite) : [];
  const low = input.range[0] ?? Math.min(0, ...seen);
  const high = input.range[1] ?? Math.max(low + 100, ...seen);
  return [low, high];
}

function startOf(input) {
  const seen = DATA.rows && !["category", "boolean"].includes(input.type) ?
    DATA.rows.map(r => r.inputs[input.name]).filter(Number.isFinite) : [];
  return seen.length ? seen.sort((a, b) => a - b)[Math.floor(seen.length / 2)] : input.start;
}

function buildInputs() {
  for (const input of NETWORK.inputs) {
    const id = "input-" + input.name;
    const box = element("div", { class: "input" });
    box.append(element("label", { for: id }, input.name + (input.unit ? ` (${input.unit})` : "")));
    box.append(...controls(input, id));
    if (input.description) box.append(element("div", { class: "hint" }, input.description));
    $("inputs").append(box);
  }
}

function controls(input, id) {
  const set = value => { state.picked = null; change(input.name, value); };
  if (input.type === "boolean") {
    const tick = element("input", { type: "checkbox", id });
    tick.addEventListener("change", () => set(tick.checked ? 1 : 0));
    return [tick];
  }
  if (input.type === "category") {
    const choice = element("select", { id });
    input.categories.forEach((text, i) => choice.append(element("option", { value: i }, text)));
    choice.addEventListener("change", () => set(Number(choice.value)));
    return [choice];
  }
  const [low, high] = ends(input);
  const step = input.type === "integer" ? 1 : "any";
  const number = element("input", { type: "number", id, step });
  const slider = element("input", {
    type: "range", min: low, max: high, step: input.type === "integer" ? 1 : (high - low) / 1000,
    "aria-label": input.name + ", slider",
  });
  number.addEventListener("input", () => { if (number.value !== "") set(Number(number.value)); });
  slider.addEventListener("input", () => set(Number(slider.value)));
  return [number, slider];
}

function showInputs() {
  for (const input of NETWORK.inputs) {
    const value = state.row[input.name], field = $("input-" + input.name);
    if (input.type === "boolean") { field.checked = value === 1; continue; }
    if (document.activeElement !== field || Number(field.value) !== value) {
      field.value = input.type === "number" ? Number(value.toPrecision(12)) : value;
    }
    if (input.type === "category") continue;
    field.parentElement.querySelector("input[type=range]").value = value;
    const [low, high] = input.range;
    const outside = (low !== null && value < low) || (high !== null && value > high);
    field.classList.toggle("outside", outside);
    field.setAttribute("aria-invalid", outside);
    field.title = outside ? "outside the declared range" : "";
  }
}

// An assignment would not do: an input may be named __proto__.
function put(name, value) {
  state.row = { ...state.row, [name]: value };
}

function change(name, value) {
  put(name, value);
  show();
}

// -- the diagram ----------------------------------------------------------------------------------

function buildDiagram() {
  // As a picture it would hide from a screen reader what can be chosen in it.
  document.querySelector("#diagram svg").setAttribute("role", "group");
  for (const group of document.querySelectorAll("#diagram .unit")) {
    const name = group.dataset.name;
    const neuron = NEURONS.find(n => n.name === name);
    if (!neuron) continue;
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.addEventListener("click", () => choose(name));
    group.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(name); }
    });
  }
}

function choose(name) {
  state.chosen = name;
  show();
}

function showDiagram(found) {
  const greatest = new Map();
  NEURONS.forEach((neuron, i) => {
    const size = Math.abs(found.a[N_INPUT_UNITS + i]);
    greatest.set(neuron.layer, Math.max(greatest.get(neuron.layer) ?? 0, Number.isFinite(size) ? size : 0));
  });
  for (const group of document.querySelectorAll("#diagram .unit")) {
    const at = UNITS.indexOf(group.dataset.name), value = found.a[at];
    const text = group.querySelector(".value");
    const input = NETWORK.inputs.find(i => i.name === group.dataset.name && i.type !== "category");
    if (text) text.textContent = said(input ? state.row[input.name] : value);
    if (at < N_INPUT_UNITS) continue;
    group.setAttribute("aria-label", `${group.dataset.name}, ${said(value)}: explain`);
    const rect = group.querySelector("rect"), layer = NEURONS[at - N_INPUT_UNITS].layer;
    const most = greatest.get(layer);
    const share = most > 0 && Number.isFinite(value) ? Math.abs(value) / most : 0;
    rect.setAttribute("class", value < 0 ? "below" : "firing");
    rect.style.fillOpacity = (0.5 * share).toFixed(3);
    group.classList.toggle("chosen", group.dataset.name === state.chosen);
  }
}

function showOutputs(found) {
  $("outputs").replaceChildren(...NETWORK.outputs.slice(0, 12).map(name => {
    const at = UNITS.indexOf(name), neuron = NEURONS[at - N_INPUT_UNITS];
    return element("div", { class: "output" }, name,
      element("b", { "data-output": name, "data-value": String(found.a[at]) },
        withUnit(found.a[at], neuron.unit)));
  }));
}

// -- why ------------------------------------------------------------------------------------------

function showWhy(found) {
  const at = UNITS.indexOf(state.chosen) - N_INPUT_UNITS, neuron = NEURONS[at];
  const parts = neuron.synapses.map(([source, weight], k) => ({
    source: UNITS[source], weight, value: found.a[source], part: found.terms[at][k],
  }));
  const widest = Math.max(Math.abs(neuron.bias), ...parts.map(p => Math.abs(p.part)), 1e-300);
  parts.sort((a, b) => Math.abs(b.part) - Math.abs(a.part));
  const head = element("tr", {}, ...["from", "contribution", "", "its value", "weight"].map(
    text => element("th", { scope: "col" }, text || element("span", { "aria-hidden": "true" }, " "))));
  const rows = parts.map(p => line(p.source, said(p.value, 7), said(p.weight, 15), p.part, widest));
  rows.push(line("bias", "", "", neuron.bias, widest));
  $("why-name").textContent = neuron.name;
  $("why-description").textContent = neuron.description ?? "";
  $("why").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  const z = found.z[at], a = found.a[N_INPUT_UNITS + at];
  const how = neuron.is_sum ? "They add up to" : `Their ${neuron.aggregation} and the bias give`;
  const makers = [neuron.is_identity ? "" : neuron.activation, neuron.group ?? ""];
  const maker = makers.filter(name => name).join(" and then ");
  const fires = maker === "" ? "" :
    ` ${maker} makes of it ${withUnit(a, neuron.unit)}${a === 0 ? ": the neuron is silent" : ""}.`;
  $("why-sum").textContent = found.bad ? "The row has no value: a number on the way is not finite." :
    `${how} z = ${withUnit(z, maker === "" ? neuron.unit : "", 7)}.${fires}`;
}

function line(name, value, weight, part, widest) {
  const width = Math.round(100 * Math.abs(part) / widest);
  const bar = element("i");
  bar.style.width = (Number.isFinite(width) ? width : 0) + "%";
  bar.style.background = part < 0 ? "#c8590c" : "#2563b8";
  return element("tr", {}, element("td", {}, name), element("td", {}, said(part, 7)),
    element("td", { class: "bar" }, bar), element("td", {}, value), element("td", {}, weight));
}

// -- curves ---------------------------------------------------------------------------------------

const W = 260, H = 130, LEFT = 6, TOP = 8, BOTTOM = 18;

function curvePoints(input) {
  if (input.type === "category") return input.categories.map((_, i) => i);
  if (input.type === "boolean") return [0, 1];
  const [low, high] = ends(input), n = input.type === "integer" ? Math.min(high - low, 200) : 200;
  return Array.from({ length: n + 1 }, (_, i) => low + (high - low) * i / n)
    .map(x => input.type === "integer" ? Math.round(x) : x);
}

// The neurons that one is made of, itself among them, by their place in NEURONS.
function madeOf(name) {
  const found = new Set(), open = [UNITS.indexOf(name) - N_INPUT_UNITS];
  while (open.length) {
    const at = open.pop();
    if (at < 0 || found.has(at)) continue;
    found.add(at);
    const { layer, group, synapses } = NEURONS[at];
    synapses.forEach(([source]) => open.push(source - N_INPUT_UNITS));
    if (group !== null) NEURONS.forEach((other, i) => { if (other.layer === layer) open.push(i); });
  }
  return found;
}

// Where those neurons bend along one input: z passes a hinge between two points; found by halving.
function hingesAlong(input, xs, neurons) {
  if (input.type === "category" || input.type === "boolean") return [];
  const zAt = x => evaluate(NETWORK, { ...state.row, [input.name]: x }).z;
  const zs = xs.map(zAt), found = [];
  for (const n of neurons) NEURONS[n].hinges.forEach(hinge => {
    for (let i = 1; i < xs.length && found.length < 60; i++) {
      const before = zs[i - 1][n] - hinge, after = zs[i][n] - hinge;
      if ((before < 0) === (after < 0)) continue;
      let low = xs[i - 1], high = xs[i];
      for (let k = 0; k < 30; k++) {
        const middle = (low + high) / 2;
        if ((zAt(middle)[n] - hinge < 0) === (before < 0)) low = middle; else high = middle;
      }
      found.push({ neuron: NEURONS[n].name, x: high });
    }
  });
  return found;
}

function showCurves() {
  const at = UNITS.indexOf(state.output), neurons = [...madeOf(state.output)].sort((a, b) => a - b);
  $("curves").replaceChildren(...NETWORK.inputs.slice(0, 24).map(input => {
    const xs = curvePoints(input);
    const ys = xs.map(x => valued(NETWORK, { ...state.row, [input.name]: x }).a[at]);
    return curve(input, xs, ys, hingesAlong(input, xs, neurons));
  }));
}

function curve(input, xs, ys, hinges) {
  const finite = ys.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const span = high > low ? high - low : 1, width = xs[xs.length - 1] - xs[0] || 1;
  const edge = input.type === "number" || input.type === "integer" ? LEFT : 3 * LEFT;
  const px = x => edge + (W - 2 * edge) * (x - xs[0]) / width;
  const py = y => TOP + (H - TOP - BOTTOM) * (1 - (high > low ? (y - low) / span : 0.5));
  const label = x => input.type === "category" ? input.categories[x] : said(x, 4);
  const plot = drawn("svg", { class: "plot", viewBox: `0 0 ${W} ${H}`, role: "img",
    "aria-label": `${state.output} as ${input.name} goes from ${label(xs[0])} to ` +
      `${label(xs[xs.length - 1])}: from ${said(ys[0])} to ${said(ys[ys.length - 1])}` });
  plot.append(drawn("line", { class: "axis", x1: 0, x2: W, y1: H - BOTTOM, y2: H - BOTTOM }));
  for (const hinge of hinges) {
    const mark = drawn("line", { class: "hinge", x1: px(hinge.x), x2: px(hinge.x), y1: 0, y2: H - BOTTOM });
    mark.append(drawn("title", {}, `${hinge.neuron} bends at ${said(hinge.x)}`));
    plot.append(mark);
  }
  const d = xs.map((x, i) => Number.isFinite(ys[i]) ? `${i && Number.isFinite(ys[i - 1]) ? "L" : "M"}${px(x).toFixed(1)},${py(ys[i]).toFixed(1)}` : "").join("");
  if (input.type === "number" || input.type === "integer") {
    plot.append(drawn("path", { class: "line", d }));
  } else { // between categories there is nothing to draw a line through
    xs.forEach((x, i) => {
      if (!Number.isFinite(ys[i])) return;
      const level = drawn("line", { class: "level", x1: px(x) - 9, x2: px(x) + 9, y1: py(ys[i]), y2: py(ys[i]) });
      level.append(drawn("title", {}, `${label(x)}: ${said(ys[i])}`));
      plot.append(level);
    });
  }
  const now = state.row[input.name], y = valued(NETWORK, state.row).a[UNITS.indexOf(state.output)];
  if (Number.isFinite(y) && now >= xs[0] && now <= xs[xs.length - 1]) {
    plot.append(drawn("circle", { class: "now", cx: px(now), cy: py(Math.min(high, Math.max(low, y))), r: 4 }));
  }
  xs.forEach((x, i) => {
    const end = i === xs.length - 1, between = input.type === "category" && xs.length < 5;
    if (i && !end && !between) return;
    const at = { x: i ? end ? W - LEFT : px(x) : LEFT, "text-anchor": i ? end ? "end" : "middle" : "start" };
    plot.append(drawn("text", { ...at, y: H - 4 }, label(x)));
  });
  const range = high > low ? saidBoth(low, high) : `always ${said(low)}`;
  const bends = [...new Set(hinges.map(h => h.neuron))];
  const where = bends.length ? `; bends: ${bends.slice(0, 4).join(", ")}${bends.length > 4 ? ", …" : ""}` : "";
  return element("div", { class: "curve" }, element("h3", {}, input.name),
    element("p", { class: "small soft" }, range + where), plot);
}

function buildOutputChoice() {
  if (NETWORK.outputs.length < 2) { $("output-choice").hidden = true; return; }
  const choice = $("output");
  NETWORK.outputs.forEach(name => choice.append(element("option", { value: name }, name)));
  choice.addEventListener("change", () => { state.output = choice.value; show(); });
}

// -- claims ---------------------------------------------------------------------------------------

function buildClaims() {
  if (!DATA.cases.length) { $("claims-section").hidden = true; return; }
  for (const one of DATA.cases) {
    const item = element("li", {},
      element("span", { class: "state " + (one.failed ? "failed" : "good") }, one.verdict),
      `${one.kind}: ${one.name}`);
    if (one.row) {
      const button = element("button", { type: "button" }, "show");
      button.setAttribute("aria-label", `Show the row of ${one.name}`);
      button.addEventListener("click", () => {
        state.row = { ...state.row, ...one.row }; state.picked = null; show();
      });
      item.append(" ", button);
    }
    for (const text of one.messages) item.append(element("div", { class: "small soft" }, text));
    $("claims").append(item);
  }
}

// -- the table ------------------------------------------------------------------------------------

let predicted = [];

function buildTable() {
  if (!DATA.rows || !DATA.rows.length) { $("table-section").hidden = true; return; }
  predicted = DATA.rows.map(row => valued(NETWORK, row.inputs).a);
  DATA.columns.forEach(name => $("column").append(element("option", { value: name }, name)));
  if (DATA.columns.length) $("column").value = likeliest();
  $("column").addEventListener("change", showScatter);
  $("row").max = DATA.rows.length;
  $("row").addEventListener("input", () => {
    const at = Number($("row").value) - 1;
    if (DATA.rows[at]) pick(at);
  });
  $("table-note").textContent = DATA.rows.length < DATA.n_rows ?
    `An even selection of ${DATA.rows.length.toLocaleString("en-US")} of ${DATA.n_rows.toLocaleString("en-US")} rows.` :
    `${DATA.n_rows.toLocaleString("en-US")} rows.`;
  showScatter();
}

// The column that goes most with the output: what one would compare it with.
function likeliest() {
  const at = UNITS.indexOf(state.output);
  const strength = index => {
    const pairs = DATA.rows.map((row, i) => [row.columns[index], predicted[i][at]])
      .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    const mean = k => pairs.reduce((sum, p) => sum + p[k], 0) / pairs.length;
    const [mx, my] = [mean(0), mean(1)];
    const part = (f) => pairs.reduce((sum, p) => sum + f(p[0] - mx, p[1] - my), 0);
    return Math.abs(part((x, y) => x * y)) / Math.sqrt(part(x => x * x) * part((x, y) => y * y)) || 0;
  };
  const own = DATA.columns.slice(0, DATA.n_compared || DATA.columns.length);
  return own.reduce((best, name) =>
    strength(DATA.columns.indexOf(name)) > strength(DATA.columns.indexOf(best)) ? name : best);
}

function pick(at) {
  state.picked = at;
  state.row = { ...DATA.rows[at].inputs };
  show();
}

function showScatter() {
  if (!DATA.rows || !DATA.columns.length) return;
  const name = $("column").value, index = DATA.columns.indexOf(name), at = UNITS.indexOf(state.output);
  const points = DATA.rows.map((row, i) => [row.columns[index], predicted[i][at], i])
    .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  // Drawn at the size it has, so that its text is as large as the page's.
  const width = Math.max(280, Math.min(720, $("scatter").clientWidth)), height = Math.round(0.6 * width);
  const plot = drawn("svg", { class: "plot", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `${state.output} against ${name}, ${points.length} rows` });
  if (points.length) {
    const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const left = 12 + 7 * Math.max(said(y0, 4).length, said(y1, 4).length), bottom = height - 24;
    const px = x => left + 6 + (width - left - 14) * (x - x0) / (x1 - x0 || 1);
    const py = y => bottom - 6 - (bottom - 34) * (y - y0) / (y1 - y0 || 1);
    plot.append(drawn("line", { class: "axis", x1: left, x2: width, y1: bottom, y2: bottom }),
      drawn("line", { class: "axis", x1: left, x2: left, y1: 20, y2: bottom }),
      drawn("text", { x: left, y: height - 6 }, said(x0, 4)),
      drawn("text", { x: width, y: height - 6, "text-anchor": "end" }, `${name} ${said(x1, 4)}`),
      drawn("text", { x: left, y: 13 }, state.output),
      drawn("text", { x: left - 6, y: 32, "text-anchor": "end" }, said(y1, 4)),
      drawn("text", { x: left - 6, y: bottom - 2, "text-anchor": "end" }, said(y0, 4)));
    for (const [x, y, i] of points) {
      const dot = drawn("circle", { class: "dot" + (i === state.picked ? " chosen" : ""),
        cx: px(x).toFixed(1), cy: py(y).toFixed(1), r: i === state.picked ? 6 : 3 });
      dot.addEventListener("click", () => pick(i));
      plot.append(dot);
    }
  }
  $("scatter").replaceChildren(plot);
}

// -- the link -------------------------------------------------------------------------------------

function readLink() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const input of NETWORK.inputs) {
    if (!given.has(input.name)) continue;
    const text = given.get(input.name);
    const value = input.type === "category" ? input.categories.indexOf(text) : Number(text);
    if (Number.isFinite(value) && value >= (input.type === "category" ? 0 : -Infinity)) {
      put(input.name, value);
    }
  }
  const chosen = given.get("~neuron");
  if (NEURONS.some(n => n.name === chosen)) state.chosen = chosen;
}

function writeLink() {
  const link = new URLSearchParams();
  for (const input of NETWORK.inputs) {
    const value = state.row[input.name];
    link.set(input.name, input.type === "category" ? input.categories[value] : String(value));
  }
  link.set("~neuron", state.chosen);
  try { history.replaceState(null, "", "#" + link); } catch { /* a sandboxed frame has no history */ }
}

// -- all of it ------------------------------------------------------------------------------------

function show() {
  const found = valued(NETWORK, state.row);
  showInputs();
  showOutputs(found);
  showDiagram(found);
  showWhy(found);
  showCurves();
  showScatter();
  if (state.picked !== null) $("row").value = state.picked + 1;
  writeLink();
}

for (const input of NETWORK.inputs) put(input.name, startOf(input));
readLink();
buildInputs();
buildDiagram();
buildOutputChoice();
buildClaims();
buildTable();
show();
window.addEventListener("hashchange", () => { state.picked = null; readLink(); show(); });
window.addEventListener("resize", showScatter);
window.nnspec = { evaluate: row => valued(NETWORK, row), units: UNITS, state };
