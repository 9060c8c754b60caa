/* Tables of the page: a column is decoded when it is first looked at. */

function spread(raw, n) {
  if (!raw.r) return raw.v;
  const codes = new Int32Array(n);
  for (let at = 0, row = 0; at < raw.r.length; at += 2) {
    codes.fill(raw.r[at], row, row + raw.r[at + 1]);
    row += raw.r[at + 1];
  }
  return codes;
}

/** A column of labels: codes and the texts they stand for. */
class Labels {
  constructor(raw, n) {
    this.labels = raw.l;
    this.codes = spread(raw, n);
  }

  at(row) {
    return this.labels[this.codes[row]];
  }
}

/** A column of numbers, NaN where unknown. */
class Numbers {
  constructor(raw) {
    const parts = raw.s ?? 1;
    this.values = Float64Array.from(raw.v, (value) => (value === null ? NaN : value / parts));
  }

  at(row) {
    return this.values[row];
  }
}

class Table {
  constructor(raw) {
    this.n = raw.n;
    this.raw = raw.c;
    this.decoded = new Map();
  }

  get names() {
    return Object.keys(this.raw);
  }

  has(name) {
    return name in this.raw;
  }

  isNumber(name) {
    return !("l" in this.raw[name]);
  }

  column(name) {
    if (!this.decoded.has(name)) {
      const raw = this.raw[name];
      this.decoded.set(name, this.isNumber(name) ? new Numbers(raw) : new Labels(raw, this.n));
    }
    return this.decoded.get(name);
  }

  at(name, row) {
    return this.column(name).at(row);
  }

  /** Return the rows where a column of labels holds a label. */
  where(name, label, among = null) {
    const { labels, codes } = this.column(name);
    const code = labels.indexOf(label);
    if (code < 0) return [];
    const rows = [];
    if (among) {
      for (const row of among) if (codes[row] === code) rows.push(row);
    } else {
      for (let row = 0; row < this.n; row += 1) if (codes[row] === code) rows.push(row);
    }
    return rows;
  }
}

const tables = new Map();

/** Return a table of a block, such as table("plan-0", "rollup"); null where there is none. */
function table(name, part = null) {
  const key = `${name}/${part}`;
  if (!tables.has(key)) {
    const held = block(name);
    const raw = part && held ? held[part] : held;
    tables.set(key, raw ? new Table(raw) : null);
  }
  return tables.get(key);
}
