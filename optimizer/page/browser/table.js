/* Tables that sort, search and draw only the rows in sight. */

const ROW = 34;
const AHEAD = 12;
const WHOLE = 40;
const PRINTED = 200;
const PAPER_LETTERS = 100;
const SAMPLED = 1500;
const NARROWEST = 5;
const WIDEST = 34;
const UNFOLDED = 90;

let onPaper = [];
let watched = [];

/** Forget the tables of the view before. */
function forgetTables() {
  onPaper = [];
  for (const observer of watched) observer.disconnect();
  watched = [];
}

/** Hold what may be wider than its place: a shade where there is more, and buttons to reach it. */
function sideways(scroller) {
  const step = (way, sign) => h("button", { type: "button", class: "plain-button", "aria-label": t(way), title: t(way), onclick: () => {
    scroller.scrollLeft += sign * Math.max(80, scroller.clientWidth / 2);
  } }, sign < 0 ? "◀" : "▶");
  const ways = h("div", { class: "ways screen", hidden: true }, h("span", {}, t("more_columns")), step("columns_left", -1), step("columns_right", 1));
  const holder = h("div", { class: "sideways" }, ways, h("div", { class: "edges" }, scroller));
  const look = () => {
    const room = scroller.scrollWidth - scroller.clientWidth;
    const first = scroller.querySelector("th, td");
    ways.hidden = room < 2;
    holder.classList.toggle("more-left", scroller.scrollLeft > 1);
    holder.classList.toggle("more-right", room - scroller.scrollLeft > 1);
    holder.classList.toggle("held", first !== null && first.offsetWidth < scroller.clientWidth / 2);
  };
  scroller.addEventListener("scroll", look);
  const observer = new ResizeObserver(() => requestAnimationFrame(look));
  observer.observe(scroller);
  observer.observe(scroller.firstElementChild);
  watched.push(observer);
  return holder;
}

/** Hold a small table that is read from left to right where it is wider than its place. */
function wide(label, drawn) {
  return sideways(h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": label }, drawn));
}

/** Draw a part of many rows of equal height into a body, the part that is in sight. */
class Window {
  constructor(scroller, body, columns, drawRow) {
    Object.assign(this, { scroller, body, columns, drawRow, rows: [], printing: false });
    this.wait = 0;
    scroller.addEventListener("scroll", () => {
      this.wait ||= requestAnimationFrame(() => {
        this.wait = 0;
        this.draw();
      });
    });
  }

  show(rows) {
    this.rows = rows;
    this.drawn = "";
    this.scroller.classList.toggle("whole", rows.length <= WHOLE);
    this.draw();
  }

  reach() {
    const count = this.rows.length;
    if (this.printing) return [0, Math.min(count, PRINTED)];
    if (count <= WHOLE) return [0, count];
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - AHEAD);
    const tall = this.scroller.clientHeight || 600;
    return [Math.min(first, count), Math.min(count, first + Math.ceil(tall / ROW) + 2 * AHEAD)];
  }

  draw() {
    const [first, last] = this.reach();
    const key = `${first}-${last}-${this.printing}`;
    if (key === this.drawn) return;
    this.drawn = key;
    const drawn = this.rows.slice(first, last).map((row, at) => this.drawRow(row, first + at));
    const after = this.printing ? 0 : this.rows.length - last;
    this.body.replaceChildren(this.space(first), ...drawn, this.space(after));
  }

  space(rows) {
    const cell = h("td", { colspan: this.columns, css: { height: `${rows * ROW}px` } });
    return h("tr", { class: "space", "aria-hidden": "true", hidden: rows === 0 }, cell);
  }

  /** Bring a row into sight. */
  reveal(at) {
    const head = this.scroller.querySelector("thead").offsetHeight;
    const top = at * ROW;
    const tall = this.scroller.clientHeight - head;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + ROW > this.scroller.scrollTop + tall) this.scroller.scrollTop = top + ROW - tall;
    this.draw();
  }

  print(on) {
    this.printing = on;
    this.draw();
  }
}

window.addEventListener("beforeprint", () => onPaper.forEach((part) => part.print(true)));
window.addEventListener("afterprint", () => onPaper.forEach((part) => part.print(false)));

/** Return the width of columns in digits, from what they hold. */
function widths(columns, rows) {
  const stride = Math.max(1, Math.floor(rows.length / SAMPLED));
  return columns.map((column) => {
    if (column.width) return column.width;
    let widest = Math.ceil(widthOf(column.label) * 1.1) + 3;
    for (let at = 0; at < rows.length; at += stride) {
      widest = Math.max(widest, widthOf(column.text(rows[at])) + 3);
    }
    return Math.min(rows.length <= WHOLE ? WIDEST : UNFOLDED, Math.max(NARROWEST, widest));
  });
}

/** Return whether no word of a table has to be broken for it to fit on paper. */
function keepsWords(columns, rows) {
  const some = rows.slice(0, PRINTED);
  const needed = columns.map((column) => {
    const pieces = [...column.label.split(" "), ...some.flatMap((row) => column.text(row).split(/[\s\u2e80-\uffff]+/))];
    return pieces.reduce((most, piece) => Math.max(most, widthOf(piece)), 0) + 2;
  });
  return needed.reduce((sum, width) => sum + width, 0) <= PAPER_LETTERS;
}

/**
 * Make a table.
 *
 * Columns have key, label, text(row), and for numbers value(row); cell(row) makes more than
 * text. `rows` are whatever the columns take; `sort` is [key, direction].
 */
function dataTable({ caption, columns, rows, sort = null, search = true, empty = null }) {
  if (rows.length === 0) return h("p", { class: "quiet" }, empty ?? t("no_rows"));
  let [key, direction] = sort ?? [null, 1];
  let sought = "";
  const order = byName();
  const texts = columns.filter((column) => !column.value);
  const wide = widths(columns, rows);
  const heads = columns.map((column) => sortHead(column, () => {
    const before = key === column.key ? direction : 0;
    [key, direction] = [column.key, before ? -before : column.value ? -1 : 1];
    refresh();
    announce(t("sorted_by", { name: column.label, way: t(direction > 0 ? "ascending" : "descending") }));
  }));
  const body = h("tbody");
  const total = wide.reduce((sum, width) => sum + width, 0);
  const drawn = h(
    "table",
    { class: columns.length > 10 ? "many" : keepsWords(columns, rows) ? "unbroken" : null, "aria-rowcount": rows.length + 1, css: { "min-width": `${total}ch` } },
    h("caption", { class: "heard" }, caption),
    h("colgroup", {}, wide.map((width) => h("col", { css: { width: `${(100 * width) / total}%` } }))),
    h("thead", {}, h("tr", { "aria-rowindex": 1 }, heads)),
    body,
  );
  const scroller = h("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": caption }, drawn);
  const part = new Window(scroller, body, columns.length, (row, at) =>
    h("tr", { "aria-rowindex": at + 2 }, columns.map((column, place) => tableCell(column, row, place === 0))));
  const counted = h("p", { class: "count quiet" });
  const paper = h("p", { class: "paper quiet" });
  const field = search && rows.length > 8 ? searchField((text) => {
    sought = text;
    refresh();
    announce(counted.textContent);
  }) : null;

  function refresh() {
    heads.forEach((head, at) => {
      const now = columns[at].key === key ? (direction > 0 ? "ascending" : "descending") : "none";
      head.setAttribute("aria-sort", now);
    });
    const found = sought
      ? rows.filter((row) => texts.some((column) => column.text(row).toLowerCase().includes(sought)))
      : rows.slice();
    const by = columns.find((column) => column.key === key);
    if (by) sortRows(found, by, direction, order);
    scroller.scrollTop = 0;
    part.show(found);
    drawn.setAttribute("aria-rowcount", found.length + 1);
    counted.textContent = sought
      ? t("rows_of", { count: fixed(found.length), all: fixed(rows.length) })
      : t("rows", { count: fixed(rows.length) });
    paper.textContent = found.length > PRINTED
      ? t("printed", { count: fixed(PRINTED), all: fixed(found.length) })
      : "";
  }
  refresh();
  onPaper.push(part);
  const bar = h("div", { class: "bar" }, field, counted);
  return h("div", { class: "table" }, rows.length > 8 ? bar : null, sideways(scroller), paper);
}

function sortHead(column, chosen) {
  const button = h("button", { type: "button", onclick: chosen }, column.label, h("span", { class: "arrow", "aria-hidden": "true" }));
  return h("th", { scope: "col", class: column.value ? "number" : null, title: column.about }, button);
}

function tableCell(column, row, first) {
  const text = column.text(row);
  const inside = column.cell ? column.cell(row) : text;
  const [tag, scope] = first ? ["th", "row"] : ["td", null];
  return h(tag, { scope, class: column.value ? "number" : null, title: widthOf(text) > 18 ? text : null }, inside);
}

/** Sort rows in place; unknown numbers come last whichever way. */
function sortRows(rows, column, direction, order) {
  if (!column.value) {
    rows.sort((one, other) => direction * order.compare(column.text(one), column.text(other)));
    return;
  }
  const worth = new Map(rows.map((row) => [row, column.value(row)]));
  rows.sort((one, other) => {
    const [a, b] = [worth.get(one), worth.get(other)];
    if (!isKnown(a) || !isKnown(b)) return isKnown(b) - isKnown(a);
    return direction * (a - b);
  });
}

function searchField(sought, label = t("search")) {
  const field = h("input", { type: "search", placeholder: label, "aria-label": label, autocomplete: "off" });
  field.addEventListener("input", () => sought(field.value.trim().toLowerCase()));
  return field;
}

/** Return all row numbers of a table. */
function rowsIn(held) {
  return Array.from({ length: held.n }, (_, row) => row);
}
