/* The goal tree of a measure: company, regions, teams, people, and what each is to carry. */

const FIELDS = ["reference", "floor", "target", "stretch"];

const sliceKey = (period, product) => `${period}\u0000${product}`;

class Plan {
  constructor(place) {
    this.place = place;
    Object.assign(this, block(`plan-${place}`));
    this.people = table(`plan-${place}`, "people");
    this.rollup = table(`plan-${place}`, "rollup");
    this.products = this.rollup.column("product").labels.filter((name) => name !== ALL);
    const planned = new Set(this.rollup.column("period").labels);
    this.periods = core.periods.filter((name) => planned.has(name));
    this.rowOf = this.indexRollup();
    this.nodes = [];
    this.sums = new Map();
    this.places = new Map();
    this.plant();
  }

  get cells() {
    return table(`cells-${this.place}`);
  }

  get steps() {
    return table(`steps-${this.place}`);
  }

  reason(name) {
    const held = block(`reasons-${this.place}`);
    return held && held[name] ? table(`reasons-${this.place}`, name) : null;
  }

  indexRollup() {
    const found = new Map();
    const columns = ["region", "team", "product", "period"].map((name) => this.rollup.column(name));
    for (let row = 0; row < this.rollup.n; row += 1) {
      found.set(columns.map((column) => column.at(row)).join("\u0000"), row);
    }
    return found;
  }

  /** Grow the tree from the root down; children stand behind their parent. */
  plant() {
    const below = new Map();
    for (const [name, above] of Object.entries(core.regions)) {
      const parent = name === core.region || !(above in core.regions) ? "" : above;
      if (name !== core.region) {
        if (!below.has(parent)) below.set(parent, []);
        below.get(parent).push(name);
      }
    }
    const crew = this.crew();
    const root = core.region
      ? this.add(null, "region", core.region, { region: core.region })
      : this.add(null, "company", t("company"), { region: ALL });
    const grow = (node, region) => {
      for (const name of below.get(region) ?? []) {
        if (!this.rowOf.has([name, ALL, ALL, ALL].join("\u0000"))) continue;
        grow(this.add(node, "region", name, { region: name }), name);
      }
      this.staff(node, crew.get(region) ?? new Map());
    };
    grow(root, core.region);
    this.root = root;
    this.named = new Map(this.nodes.map((node) => [`${node.kind}/${node.id}`, node]));
  }

  /** Return who sits where: region to team to rows of people. */
  crew() {
    const found = new Map();
    for (let row = 0; row < this.people.n; row += 1) {
      const region = this.people.at("region", row);
      const team = this.people.at("team", row);
      if (!found.has(region)) found.set(region, new Map());
      if (!found.get(region).has(team)) found.get(region).set(team, []);
      found.get(region).get(team).push(row);
    }
    return found;
  }

  staff(node, teams) {
    const several = teams.size > 1 || (teams.size === 1 && ![node.name, ""].includes([...teams.keys()][0]));
    for (const [team, rows] of teams) {
      const above = several && team
        ? this.add(node, "team", team, { region: node.region, team })
        : node;
      for (const row of rows) {
        const rep = this.people.at("rep", row);
        this.add(above, "rep", rep, { region: node.region, team, rep, row });
      }
    }
  }

  add(parent, kind, name, rest) {
    const id = kind === "company" ? "" : name;
    const node = { parent, kind, name, id, children: [], depth: parent ? parent.depth + 1 : 0, ...rest };
    node.at = this.nodes.push(node) - 1;
    if (parent) parent.children.push(node);
    return node;
  }

  /** What a person is called: the name to show, with the rep's own where they differ. */
  nameOf(node) {
    if (node.kind === "company") return t("company");
    if (node.kind !== "rep") return node.name;
    const shown = this.people.at("name", node.row);
    return shown && shown !== node.name ? `${shown} (${node.name})` : node.name;
  }

  find(kind, id) {
    return this.named.get(`${kind}/${id}`);
  }

  /** Return one figure of a node; NaN where it is unknown. */
  figure(node, field, period = ALL, product = ALL) {
    if (node.kind === "rep") return this.ofRep(node, field, period, product);
    const key = [node.region, node.team ?? ALL, product, period].join("\u0000");
    const row = this.rowOf.get(key);
    return row === undefined ? NaN : this.rollup.at(field, row);
  }

  /** What a node is to carry: people and teams their street, regions their target. */
  target(node, period = ALL, product = ALL) {
    const field = node.kind === "team" ? "street" : "target";
    return this.figure(node, field, period, product);
  }

  /** What a node carries against its reference, 1 where it is what was to be expected. */
  multiple(node, period = ALL, product = ALL) {
    const reference = this.figure(node, "reference", period, product);
    return reference > 0 ? this.target(node, period, product) / reference : NaN;
  }

  /** Return a figure of one person: from the sums over everybody where they are there. */
  ofRep(node, field, period, product) {
    if (!FIELDS.includes(field)) return NaN;
    const known = this.sums.get(sliceKey(period, product));
    if (known) return known[field][node.at];
    const { cells } = this;
    if (!cells) return NaN;
    let sum = 0;
    for (const row of this.rowsOf("cells", cells, node.id)) {
      const inPeriod = period === ALL || cells.at("period", row) === period;
      if (inPeriod && (product === ALL || cells.at("product", row) === product)) sum += cells.at(field, row);
    }
    return sum;
  }

  /** Return sums over the cells of people, an array per field, for a slice. */
  carried(period, product) {
    const key = sliceKey(period, product);
    if (!this.sums.has(key)) this.sums.set(key, this.sumSeats(period, product));
    return this.sums.get(key);
  }

  sumSeats(period, product) {
    const { cells } = this;
    const found = {};
    for (const field of FIELDS) found[field] = new Float64Array(this.nodes.length);
    if (!cells) return found;
    const reps = cells.column("rep");
    const node = reps.labels.map((name) => this.find("rep", name)?.at ?? -1);
    const periods = cells.column("period");
    const products = cells.column("product");
    const inPeriod = period === ALL ? -1 : periods.labels.indexOf(period);
    const inProduct = product === ALL ? -1 : products.labels.indexOf(product);
    const sums = FIELDS.map((field) => found[field]);
    const values = FIELDS.map((field) => cells.column(field).values);
    const missing = (period !== ALL && inPeriod < 0) || (product !== ALL && inProduct < 0);
    for (let row = 0; row < cells.n && !missing; row += 1) {
      if (inPeriod >= 0 && periods.codes[row] !== inPeriod) continue;
      if (inProduct >= 0 && products.codes[row] !== inProduct) continue;
      const at = node[reps.codes[row]];
      if (at < 0) continue;
      for (let field = 0; field < sums.length; field += 1) sums[field][at] += values[field][row];
    }
    return found;
  }

  /** Return where the rows of each rep lie in a table: first and last of a run of rows. */
  rowsOf(name, held, rep) {
    if (!this.places.has(name)) {
      const { codes, labels } = held.column("rep");
      const rows = labels.map(() => []);
      for (let row = 0; row < held.n; row += 1) rows[codes[row]].push(row);
      this.places.set(name, new Map(labels.map((label, code) => [label, rows[code]])));
    }
    return this.places.get(name).get(rep) ?? [];
  }

  /** Return the people at and below a node. */
  below(node) {
    if (node.kind === "rep") return [node];
    return node.children.flatMap((child) => this.below(child));
  }

  amount(value) {
    return fixed(value, this.decimals);
  }

  amountWithUnit(value) {
    return withUnit(this.amount(value), this.unit);
  }
}

const plans = new Map();

/** Return the plan of the measure that is looked at. */
function plan() {
  if (!plans.has(state.measure)) plans.set(state.measure, new Plan(state.measure));
  return plans.get(state.measure);
}
