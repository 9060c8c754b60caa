/* Numbers, shares and dates as a reader of the language expects them. */

const formats = new Map();

function formatter(options) {
  const key = state.lang + JSON.stringify(options);
  if (!formats.has(key)) {
    const place = state.lang === "zh" ? "zh-CN" : "en-GB";
    formats.set(key, new Intl.NumberFormat(place, options));
  }
  return formats.get(key);
}

const isKnown = (value) => typeof value === "number" && Number.isFinite(value);

/** A number with a fixed count of decimals; blank where it is unknown. */
function fixed(value, decimals = 0) {
  if (!isKnown(value)) return "";
  const shown = formatter({ minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const text = shown.format(value);
  return (/[1-9]/.test(text) ? text : text.replace("-", "")).replace("-", "−");
}

/** A number with as many digits as it needs, at most so many. */
function short(value, digits = 4) {
  if (!isKnown(value)) return "";
  return formatter({ maximumSignificantDigits: digits }).format(value).replace("-", "−");
}

/** A number of a few letters, for charts: 6.1M, 610 万. */
function brief(value) {
  if (!isKnown(value)) return "";
  if (Math.abs(value) < 10000) return short(value, 4);
  return formatter({ notation: "compact", maximumSignificantDigits: 3 })
    .format(value).replace("-", "−");
}

function percent(value, decimals = 1) {
  if (!isKnown(value)) return "";
  const options = { style: "percent", maximumFractionDigits: decimals };
  return formatter(options).format(value).replace("-", "−");
}

/** A difference with its sign. */
function signed(value, text) {
  return value > 0 ? `+${text}` : text;
}

/** An amount of the measure with its unit. */
function withUnit(text, unit) {
  if (!unit || !text) return text;
  return /^\d/.test(unit) ? `${text} × ${unit}` : `${text} ${unit}`;
}

const byName = () => new Intl.Collator(state.lang === "zh" ? "zh-CN" : "en", { numeric: true });

/** Roughly how many digits wide a text is; Chinese characters are two. */
function widthOf(text) {
  let width = 0;
  for (const letter of text) width += letter.codePointAt(0) > 0x2e7f ? 2 : 1;
  return width;
}
