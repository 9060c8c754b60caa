/* What charts are drawn with: fills, dashes and shapes that differ without colour. */

const LETTER = 7.7;
const TYPE_SIZE = 12.5;
const PAPER = 660;
const FILLS = ["ink", "url(#hatch)", "url(#dots)", "url(#cross)", "url(#back)", "url(#lines)"];
const DASHES = ["", "7 4", "2 3", "9 3 2 3", "14 4", "1 4"];

const ruler = document.createElement("canvas").getContext("2d");

/** Return how many pixels a text takes in a chart, in the letters that the browser has. */
function inked(words) {
  ruler.font = `${TYPE_SIZE}px ${getComputedStyle(document.documentElement).getPropertyValue("--sans")}`;
  return ruler.measureText(words).width;
}

/** Return a text that fits into so many pixels. */
function cropped(words, room) {
  if (inked(words) <= room) return words;
  const letters = [...words].slice(0, Math.ceil(room));
  while (letters.length > 1 && inked(`${letters.join("")}…`) > room) letters.pop();
  return `${letters.join("")}…`;
}

function pattern(id, size, ...inside) {
  return s("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse" },
    s("rect", { width: size, height: size, class: "paper-fill" }), inside);
}

/** A pattern of lines. */
const stroke = (path, extra = {}) => s("path", { d: path, class: "line", "stroke-width": 1.4, ...extra });

/** Patterns that all charts share; they hang in the page once. */
function patterns() {
  return s("svg", { width: 0, height: 0, class: "patterns", "aria-hidden": "true" }, s("defs", {},
    pattern("hatch", 6, stroke("M-1,7 L7,-1 M-1,1 L1,-1 M5,7 L7,5")),
    pattern("back", 6, stroke("M-1,-1 L7,7 M5,-1 L7,1 M-1,5 L1,7")),
    pattern("cross", 7, stroke("M0,0 L7,7 M7,0 L0,7", { "stroke-width": 1 })),
    pattern("dots", 5, s("circle", { cx: 2.5, cy: 2.5, r: 1, class: "solid" })),
    pattern("lines", 5, stroke("M0,2.5 L5,2.5")),
    pattern("on-green", 9, s("rect", { width: 9, height: 9, class: "pale-green" })),
    pattern("on-yellow", 5, s("circle", { cx: 2.5, cy: 2.5, r: 1.1, class: "fill-yellow" })),
    pattern("on-red", 6, s("path", { d: "M0,0 L6,6 M6,0 L0,6", class: "stroke-red" }))));
}

/** Make a bar; `kind` is a fill of FILLS, "none" or "pale". */
function bar(x, y, width, height, kind, title = null) {
  const known = { ink: { class: "solid edge" }, none: { class: "hollow edge" }, pale: { class: "pale" } }[kind]
    ?? { fill: kind, class: "edge" };
  return s("rect", { x, y, width: Math.max(0, width), height, ...known }, title && s("title", {}, title));
}

function text(x, y, words, options = {}) {
  return s("text", { x, y, ...options }, words);
}

/** Make a small shape around a point. */
function shape(name, x, y, r = 4.5) {
  const solid = { class: "solid halo" };
  const path = {
    square: () => s("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, ...solid }),
    triangle: () => s("path", { d: `M${x},${y - r - 1} L${x + r + 1},${y + r} L${x - r - 1},${y + r} Z`, ...solid }),
    diamond: () => s("path", { d: `M${x},${y - r - 1} L${x + r + 1},${y} L${x},${y + r + 1} L${x - r - 1},${y} Z`, class: "open thick" }),
    cross: () => s("path", { d: `M${x - r},${y - r} L${x + r},${y + r} M${x + r},${y - r} L${x - r},${y + r}`, class: "line thick" }),
    ring: () => s("circle", { cx: x, cy: y, r, class: "open thick" }),
  }[name] ?? (() => s("circle", { cx: x, cy: y, r, ...solid }));
  return path();
}

/** Make the list that says which mark is what; marks draw into 26 × 14. */
function legend(entries) {
  return h("ul", { class: "legend", "aria-hidden": "true" }, entries.map(([mark, words]) =>
    h("li", {}, s("svg", { width: 26, height: 14, viewBox: "0 0 26 14" }, mark), words)));
}

const barMark = (kind) => bar(1, 2, 24, 10, kind);
const tickMark = () => s("line", { x1: 13, x2: 13, y1: 0, y2: 14, class: "tick-mark" });
const shapeMark = (name) => shape(name, 13, 7);
const lineMark = (at, mark = null) => [
  s("line", { x1: 0, x2: 26, y1: 7, y2: 7, class: `line series-${at}`, "stroke-dasharray": DASHES[at] }),
  mark && shape(mark, 13, 7, 3.5),
];

/** Return about so many round numbers that span from low to high. */
function ticks(low, high, count = 5) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / count;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * ten).find((size) => size >= rough * 0.999);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) found.push(at * step + 0);
  return found;
}

/** Hold a chart that is drawn again whenever its place has another width. */
function chart(label, draw, marks = null) {
  const place = h("div", { class: "chart", role: "img", "aria-label": label });
  let before = 0;
  const drawAt = (width) => {
    if (width < 60 || width === before) return;
    before = width;
    const [height, ...inside] = draw(width);
    place.replaceChildren(s("svg", { viewBox: `0 0 ${width} ${height}`, width: "100%" }, inside));
  };
  const observer = new ResizeObserver(() => requestAnimationFrame(() => drawAt(Math.floor(place.clientWidth))));
  observer.observe(place);
  watched.push(observer);
  onPaper.push({ print: (on) => drawAt(on ? PAPER : Math.floor(place.clientWidth)) });
  return h("figure", {}, place, marks && legend(marks));
}
