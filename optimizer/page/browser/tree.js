/* The goal tree: opened level by level, by mouse or keyboard. */

const opened = new Set();
const INDENT = 18;

/** Return whether a node or one below it has a name that was sought; remembers who stays. */
function keeps(node, sought, names, found) {
  const own = names(node).toLowerCase().includes(sought);
  let below = false;
  for (const child of node.children) below = keeps(child, sought, names, found) || below;
  if (own || below) found.add(node.at);
  return own || below;
}

class Tree {
  constructor(held, columns) {
    Object.assign(this, { held, columns, sought: "", found: new Set(), key: null, direction: 1 });
    if (opened.size === 0) opened.add(0);
    this.focused = 0;
  }

  draw() {
    const body = h("tbody");
    const heads = this.columns.map((column) => sortHead(column, () => this.sortBy(column)));
    const label = t("tree_about");
    this.grid = h("table", { role: "treegrid", "aria-label": label, "aria-readonly": "true" },
      h("colgroup", {}, this.columns.map((column) => h("col", { css: { width: column.wide } }))),
      h("thead", {}, h("tr", {}, heads)), body);
    this.heads = heads;
    this.paper = h("p", { class: "paper quiet" });
    this.scroller = h("div", { class: "scroller tree", tabindex: -1 }, this.grid);
    this.part = new Window(this.scroller, body, this.columns.length, (node, at) => this.row(node, at));
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    onPaper.push(this.part);
    this.refresh();
    return [sideways(this.scroller), this.paper];
  }

  sortBy(column) {
    this.direction = this.key === column.key ? -this.direction : column.value ? -1 : 1;
    this.key = column.key;
    this.refresh();
    announce(t("sorted_by", { name: column.label, way: t(this.direction > 0 ? "ascending" : "descending") }));
  }

  seek(text) {
    this.sought = text;
    this.found = new Set();
    if (text) keeps(this.held.root, text, (node) => this.held.nameOf(node), this.found);
    this.focused = 0;
    this.refresh();
    announce(t("rows", { count: fixed(this.rows.length) }));
  }

  /** Show or hide all rows of people and places to a depth. */
  openTo(depth) {
    opened.clear();
    for (const node of this.held.nodes) if (node.depth < depth) opened.add(node.at);
    this.refresh();
  }

  isOpen(node) {
    return node.children.length > 0 && (this.sought ? this.found.has(node.at) : opened.has(node.at));
  }

  refresh() {
    const rows = [];
    const by = this.columns.find((column) => column.key === this.key);
    const order = byName();
    const list = (node) => {
      if (this.sought && !this.found.has(node.at)) return;
      rows.push(node);
      if (!this.isOpen(node)) return;
      const children = node.children.slice();
      if (by) sortRows(children, by, this.direction, order);
      children.forEach(list);
    };
    list(this.held.root);
    this.rows = rows;
    this.heads.forEach((head, at) => {
      const way = this.direction > 0 ? "ascending" : "descending";
      head.setAttribute("aria-sort", this.columns[at].key === this.key ? way : "none");
    });
    this.grid.setAttribute("aria-rowcount", rows.length + 1);
    this.focused = Math.min(this.focused, Math.max(0, rows.length - 1));
    this.part.show(rows);
    this.paper.textContent = rows.length > PRINTED
      ? t("printed", { count: fixed(PRINTED), all: fixed(rows.length) }) : "";
  }

  row(node, at) {
    const cells = this.columns.map((column, place) =>
      h("td", { role: place ? "gridcell" : "rowheader", class: column.value ? "number" : null },
        place ? column.cell?.(node) ?? column.text(node) : this.name(node)));
    return h("tr", {
      role: "row",
      class: `${node.kind} depth-${Math.min(node.depth, 3)}`,
      tabindex: at === this.focused ? 0 : -1,
      "aria-level": node.depth + 1,
      "aria-rowindex": at + 2,
      "aria-expanded": node.children.length ? String(this.isOpen(node)) : null,
      onfocus: () => this.settle(at),
    }, cells);
  }

  settle(at) {
    if (at === this.focused) return;
    this.grid.querySelector('tr[tabindex="0"]')?.setAttribute("tabindex", -1);
    this.focused = at;
    this.rowAt(at)?.setAttribute("tabindex", 0);
  }

  name(node) {
    const space = { "padding-left": `${node.depth * INDENT}px` };
    const twist = node.children.length
      ? h("button", { type: "button", class: "twist", tabindex: -1, "aria-hidden": "true", onclick: () => this.toggle(node) },
        this.isOpen(node) ? "▾" : "▸")
      : h("span", { class: "twist" });
    const link = h("a", { href: address(node.kind, node.id), tabindex: -1 }, this.held.nameOf(node));
    const count = node.children.length && node.kind !== "rep"
      ? h("span", { class: "quiet" }, ` ${fixed(this.peopleIn(node))}`) : null;
    return h("span", { class: "name", css: space, title: this.held.nameOf(node) }, twist, link, count);
  }

  peopleIn(node) {
    node.people ??= this.held.below(node).filter((one) => one.kind === "rep").length;
    return node.people || null;
  }

  toggle(node) {
    if (this.sought) return;
    if (opened.has(node.at)) opened.delete(node.at);
    else opened.add(node.at);
    this.focused = this.rows.indexOf(node);
    this.refresh();
    this.focus();
  }

  rowAt(at) {
    return this.grid.querySelector(`tr[aria-rowindex="${at + 2}"]`);
  }

  focus() {
    this.part.reveal(this.focused);
    this.rowAt(this.focused)?.focus({ preventScroll: true });
  }

  moveTo(at) {
    this.focused = Math.max(0, Math.min(this.rows.length - 1, at));
    this.part.drawn = "";
    this.focus();
  }

  pressed(event) {
    if (!event.target.matches("tr") || event.altKey || event.ctrlKey || event.metaKey) return;
    const node = this.rows[this.focused];
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW) - 2);
    const acts = {
      ArrowDown: () => this.moveTo(this.focused + 1),
      ArrowUp: () => this.moveTo(this.focused - 1),
      PageDown: () => this.moveTo(this.focused + page),
      PageUp: () => this.moveTo(this.focused - page),
      Home: () => this.moveTo(0),
      End: () => this.moveTo(this.rows.length - 1),
      ArrowRight: () => this.isOpen(node) ? this.moveTo(this.focused + 1) : node.children.length && this.toggle(node),
      ArrowLeft: () => this.isOpen(node) ? this.toggle(node) : node.parent && this.moveTo(this.rows.indexOf(node.parent)),
      Enter: () => { window.location.hash = address(node.kind, node.id); },
      " ": () => node.children.length && this.toggle(node),
    };
    if (!(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
  }
}
