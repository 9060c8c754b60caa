/* Charts: each returns a figure that says in words what it shows. */

const LINE = 30;
const GAP = 10;
const NAMES = 200;
const MARK_LINE = 17;

/** How many pixels the names on the left of a chart need. */
function margin(names, width) {
  const most = Math.max(width * 0.36, Math.min(NAMES, width * 0.55));
  return Math.min(most, Math.ceil(Math.max(0, ...names.map(inked))) + GAP);
}

function nameAt(words, y, left) {
  const shown = cropped(words, left - GAP);
  return s("text", { x: left - GAP, y, "text-anchor": "end", class: "name" }, shown, shown !== words && s("title", {}, words));
}

/** Draw lines at round numbers with their values below. */
function grid(marks, at, top, bottom, shown) {
  return marks.map((value) => [
    s("line", { x1: at(value), x2: at(value), y1: top, y2: bottom, class: "grid" }),
    text(at(value), bottom + 15, shown(value), { "text-anchor": "middle", class: "quiet" }),
  ]);
}

/** Floor, target, stretch and reference side by side, a row each. */
function levelBars(label, rows, shown) {
  const kept = rows.filter((row) => isKnown(row.target));
  const most = Math.max(1e-9, ...kept.flatMap((row) => [row.stretch, row.target, row.reference].filter(isKnown)));
  const told = kept.map((row) => `${row.name} ${shown(row.target)}`).join(", ");
  const draw = (width) => {
    const left = margin(kept.map((row) => row.name), width);
    const right = Math.max(...kept.map((row) => widthOf(shown(row.target)))) * LETTER + GAP;
    const at = (value) => left + (value / most) * (width - left - right - 4);
    const bottom = kept.length * LINE + 4;
    return [bottom + 22, grid(ticks(0, most, Math.max(2, Math.min(6, (width - left) / 110))), at, 0, bottom, brief),
      kept.map((row, place) => {
        const y = place * LINE + 6;
        const title = `${row.name}: ${t("floor")} ${shown(row.floor)}, ${t("target")} ${shown(row.target)}, ${t("stretch")} ${shown(row.stretch)}`;
        return [
          nameAt(row.name, y + 13, left),
          isKnown(row.stretch) && bar(at(0), y, at(row.stretch) - at(0), 18, "none", title),
          bar(at(0), y + 3, at(row.target) - at(0), 12, "ink", title),
          isKnown(row.floor) && s("line", { x1: at(row.floor), x2: at(row.floor), y1: y - 1, y2: y + 19, class: "tick-mark" }),
          isKnown(row.reference) && shape("diamond", at(row.reference), y + 9, 4),
          text(width - right + GAP, y + 13, shown(row.target), { class: "value" }),
        ];
      })];
  };
  const marks = [[barMark("ink"), t("target")], [tickMark(), t("floor")], [barMark("none"), t("stretch")]];
  if (kept.some((row) => isKnown(row.reference))) marks.push([shapeMark("diamond"), t("reference")]);
  return chart(`${label}: ${told}`, draw, marks);
}

/** From the first step to the total; what adds is solid, what takes off is hatched. */
function waterfall(label, steps, total, shown, end = t("target")) {
  let sum = 0;
  const rows = steps.map(({ name, amount }, place) => {
    const from = place ? sum : 0;
    sum += amount;
    return { name, amount, from, to: sum };
  });
  rows.push({ name: end, amount: total, from: 0, to: total, whole: true });
  const ends = rows.flatMap((row) => [row.from, row.to]);
  const most = Math.max(0, ...ends);
  const close = Math.min(...rows.slice(1).flatMap((row) => (row.whole ? [row.to] : [row.from, row.to])), rows[0].to);
  const least = close > 0.6 * most ? Math.max(0, close - 0.6 * (most - close) - 0.02 * most) : Math.min(0, ...ends);
  const draw = (width) => {
    const left = margin(rows.map((row) => row.name), width);
    const right = Math.max(...rows.map((row) => widthOf(shown(row.amount)) + 1)) * LETTER + GAP;
    const at = (value) => left + ((Math.max(value, least) - least) / (most - least || 1)) * (width - left - right - 4);
    const bottom = rows.length * LINE;
    const line = least > 0
      ? text(left, bottom + 15, t("axis_from", { value: brief(least) }), { class: "quiet" })
      : s("line", { x1: at(0), x2: at(0), y1: 0, y2: bottom, class: "axis" });
    return [bottom + 20, line, rows.map((row, place) => {
      const y = place * LINE + 5;
      const [low, high] = [Math.min(row.from, row.to), Math.max(row.from, row.to)];
      const kind = row.whole || !place ? "none" : row.amount < 0 ? "url(#hatch)" : "ink";
      const told = row.whole || !place ? shown(row.amount) : signed(row.amount, shown(row.amount));
      return [
        nameAt(row.name, y + 14, left),
        bar(at(low), y, Math.max(1.5, at(high) - at(low)), 20, kind, `${row.name} ${told}`),
        place < rows.length - 1 && s("line", { x1: at(row.to), x2: at(row.to), y1: y + 20, y2: y + LINE, class: "grid" }),
        text(width - right + GAP, y + 14, told, { class: row.whole ? "value strong" : "value" }),
      ];
    })];
  };
  const told = rows.map((row) => `${row.name} ${shown(row.amount)}`).join(", ");
  return chart(`${label}: ${told}`, draw, [[barMark("ink"), t("adds")], [barMark("url(#hatch)"), t("takes_off")]]);
}

/** How many values fall into each class; classes outside the band are hatched. */
function histogram(label, values, { from, to, step, band, shown, axis }) {
  const count = Math.round((to - from) / step);
  const heights = new Array(count).fill(0);
  for (const value of values) {
    heights[Math.max(0, Math.min(count - 1, Math.floor((value - from) / step + 1e-9)))] += 1;
  }
  const most = Math.max(1, ...heights);
  const draw = (width) => {
    const [left, bottom] = [String(fixed(most)).length * LETTER + 14, 190];
    const wide = (width - left - 6) / count;
    const y = (value) => bottom - (value / most) * (bottom - 18);
    return [bottom + 42,
      ticks(0, most, 4).filter(Number.isInteger).map((value) => [
        s("line", { x1: left, x2: width, y1: y(value), y2: y(value), class: "grid" }),
        text(left - 6, y(value) + 4, fixed(value), { "text-anchor": "end", class: "quiet" }),
      ]),
      heights.map((height, place) => {
        const low = from + place * step;
        const inside = low > band[0] - step / 2 && low + step < band[1] + step / 2;
        const title = `${shown(low)} – ${shown(low + step)}: ${fixed(height)}`;
        return height > 0 && bar(left + place * wide + 1, y(height), wide - 2, bottom - y(height), inside ? "ink" : "url(#hatch)", title);
      }),
      s("line", { x1: left, x2: width, y1: bottom, y2: bottom, class: "axis" }),
      ticks(from, to, Math.max(3, Math.min(8, width / 90))).map((value) =>
        text(left + ((value - from) / step) * wide, bottom + 16, shown(value), { "text-anchor": "middle", class: "quiet" })),
      text(left, bottom + 36, axis, { class: "quiet" })];
  };
  const told = heights.map((height, place) => height && `${shown(from + place * step)} ${height}`).filter(Boolean).join(", ");
  return chart(`${label}: ${told}`, draw, [[barMark("ink"), t("inside_band", { low: shown(band[0]), high: shown(band[1]) })], [barMark("url(#hatch)"), t("outside_band")]]);
}

/** Lines that differ in dashes and shapes; `marks` are lines across with a name. */
function lines(label, series, { xShown, yShown, xName, yFrom = 0, marks = [], band = null }) {
  const points = series.flatMap((one) => one.points);
  const xs = [...points.map(([x]) => x), ...marks.filter((mark) => "x" in mark).map((mark) => mark.x), ...(band ? [band.x] : [])];
  const ys = [...points.map(([, y]) => y), ...marks.filter((mark) => "y" in mark).map((mark) => mark.y), ...(band ? [band.high] : []), yFrom];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const draw = (width) => {
    const height = Math.round(Math.max(200, Math.min(320, width * 0.5)));
    const yMarks = ticks(y0, y1, 5);
    const left = Math.max(...yMarks.map((value) => widthOf(yShown(value)))) * LETTER + 12;
    const upright = marks.filter((mark) => "x" in mark);
    const [top, bottom] = [12 + upright.length * MARK_LINE, height - 44];
    const x = (value) => left + ((value - x0) / (x1 - x0 || 1)) * (width - left - 16);
    const y = (value) => bottom - ((value - y0) / (y1 - y0 || 1)) * (bottom - top);
    const line = ([px, py], place) => `${place ? "L" : "M"}${x(px).toFixed(1)},${y(py).toFixed(1)}`;
    return [height,
      yMarks.map((value) => [
        s("line", { x1: left, x2: width - 4, y1: y(value), y2: y(value), class: "grid" }),
        text(left - 8, y(value) + 4, yShown(value), { "text-anchor": "end", class: "quiet" }),
      ]),
      grid(ticks(x0, x1, Math.max(3, Math.min(8, width / 90))), x, bottom, bottom + 4, xShown),
      text(left, height - 4, xName, { class: "quiet" }),
      band && [bar(x(band.x) - 7, y(band.high), 14, y(band.low) - y(band.high), "url(#hatch)", band.name), shape("diamond", x(band.x), y(band.middle), 4)],
      upright.map((mark, at) => uprightLine(mark.name, x(mark.x), MARK_LINE * at + 12, bottom, (left + width) / 2)),
      marks.filter((mark) => "y" in mark).map((mark) => acrossLine(mark, y(mark.y), left, width - 4)),
      series.map((one, at) => [
        s("path", { d: one.points.map(line).join(" "), class: `line series-${at}`, fill: "none", "stroke-dasharray": DASHES[at % DASHES.length] }),
        one.shape && one.points.map(([px, py]) => shape(one.shape, x(px), y(py), 3)),
      ])];
  };
  const entries = series.map((one, at) => [lineMark(at % DASHES.length, one.shape), one.name]);
  if (band) entries.push([barMark("url(#hatch)"), band.name]);
  const told = series.map((one) => `${one.name} ${yShown(one.points.at(-1)[1])}`).join(", ");
  return chart(`${label}: ${told}`, draw, entries);
}

/** Draw an upright line with its name beside its upper end, above all curves. */
function uprightLine(name, x, top, bottom, middle) {
  const late = x > middle;
  return [
    s("line", { x1: x, x2: x, y1: top - 9, y2: bottom, class: "mark-line" }),
    text(x + (late ? -5 : 5), top, name, { class: "note halo-text", "text-anchor": late ? "end" : "start" }),
  ];
}

function acrossLine(mark, y, left, right) {
  return [
    s("line", { x1: left, x2: right, y1: y, y2: y, class: "mark-line" }),
    text(right, y - 5, mark.name, { "text-anchor": "end", class: "note halo-text" }),
  ];
}

/** Bars of several parts that make a whole, a row each; `parts` are [name, fill]. */
function stacked(label, rows, parts, shown) {
  const draw = (width) => {
    const left = margin(rows.map((row) => row.name), width);
    return [rows.length * LINE + 4, rows.map((row, place) => {
      const sum = row.values.reduce((total, value) => total + value, 0) || 1;
      const y = place * LINE + 4;
      let from = left;
      return [nameAt(row.name, y + 15, left), row.values.map((value, at) => {
        const wide = (value / sum) * (width - left - 2);
        const x = from;
        from += wide;
        const told = shown(value, sum);
        return value > 0 && [
          bar(x, y, wide, 22, parts[at][1], `${row.name}, ${parts[at][0]}: ${told}`),
          wide > widthOf(told) * LETTER + 12 && text(x + wide / 2, y + 15, told, { "text-anchor": "middle", class: `value halo-text on-${at}` }),
        ];
      })];
    })];
  };
  const told = rows.map((row) => `${row.name}: ${row.values.map((value, at) => `${parts[at][0]} ${value}`).join(", ")}`).join("; ");
  return chart(`${label}: ${told}`, draw, parts.map(([name, kind]) => [barMark(kind), name]));
}

/** Bars side by side, a group per row and a fill per run. */
function groups(label, rows, names, shown) {
  const most = Math.max(1e-9, ...rows.flatMap((row) => row.values.filter(isKnown)));
  const each = 16;
  const draw = (width) => {
    const left = margin(rows.map((row) => row.name), width);
    const right = Math.max(...rows.flatMap((row) => row.values.map((value) => widthOf(shown(value))))) * LETTER + GAP;
    const tall = names.length * each + 12;
    return [rows.length * tall + 4, rows.map((row, place) => [
      nameAt(row.name, place * tall + (tall - 12) / 2 + 9, left),
      row.values.map((value, at) => isKnown(value) && [
        bar(left, place * tall + at * each + 3, (value / most) * (width - left - right), each - 3, FILLS[at % FILLS.length], `${row.name}, ${names[at]}: ${shown(value)}`),
        text(left + (value / most) * (width - left - right) + 6, place * tall + at * each + 14, shown(value), { class: "value" }),
      ]),
    ])];
  };
  const told = rows.map((row) => `${row.name}: ${row.values.map((value, at) => `${names[at]} ${shown(value)}`).join(", ")}`).join("; ");
  return chart(`${label}: ${told}`, draw, names.map((name, at) => [barMark(FILLS[at % FILLS.length]), name]));
}

/** A distribution by its quantiles: the middle half, nine in ten, and lines to hold it against. */
function quantiles(label, cost, marks, shown) {
  const value = (name) => cost[name]?.value;
  const known = [value("p5"), value("p99"), ...marks.map((mark) => mark.value)].filter(isKnown);
  const pad = (Math.max(...known) - Math.min(...known)) * 0.06 || Math.abs(known[0]) * 0.05 || 1;
  const [low, high] = [Math.min(...known) - pad, Math.max(...known) + pad];
  const draw = (width) => {
    const at = (amount) => 8 + ((amount - low) / (high - low)) * (width - 16);
    const top = marks.length * 20 + 14;
    const bottom = top + 62;
    return [bottom + 20, grid(ticks(low, high, Math.max(3, Math.min(7, width / 100))), at, top - 4, bottom, brief),
      s("line", { x1: at(value("p5")), x2: at(value("p99")), y1: top + 28, y2: top + 28, class: "axis" }),
      bar(at(value("p5")), top + 12, at(value("p95")) - at(value("p5")), 32, "url(#dots)", t("nine_in_ten")),
      bar(at(value("p25")), top + 6, at(value("p75")) - at(value("p25")), 44, "url(#hatch)", t("middle_half")),
      s("line", { x1: at(value("p50")), x2: at(value("p50")), y1: top, y2: top + 56, class: "median" }),
      shape("cross", at(value("p99")), top + 28, 4),
      marks.map((mark, place) => {
        const late = at(mark.value) > width / 2;
        return [
          s("line", { x1: at(mark.value), x2: at(mark.value), y1: place * 20 + 12, y2: bottom - 6, class: "mark-line" }),
          text(at(mark.value) + (late ? -5 : 5), place * 20 + 16, `${mark.name} ${shown(mark.value)}`, { class: "note halo-text", "text-anchor": late ? "end" : "start" }),
        ];
      })];
  };
  const told = ["p5", "p25", "p50", "p75", "p95", "p99"].map((name) => `${name} ${shown(value(name))}`).join(", ");
  return chart(`${label}: ${told}`, draw, [
    [barMark("url(#hatch)"), t("middle_half")], [barMark("url(#dots)"), t("nine_in_ten")],
    [s("line", { x1: 13, x2: 13, y1: 0, y2: 14, class: "median" }), t("median")], [shapeMark("cross"), t("worst_hundredth")],
  ]);
}

/** A small row of bars, one per period, as tall as its share of the largest. */
function spark(values) {
  const most = Math.max(1e-9, ...values.filter(isKnown));
  const wide = Math.max(4, Math.min(9, Math.floor(72 / values.length)));
  return s("svg", { class: "spark", width: values.length * wide, height: 20, "aria-hidden": "true" },
    values.map((value, at) => isKnown(value) && bar(at * wide, 20 - (18 * value) / most, wide - 2, (18 * value) / most, "pale")));
}
