/* Elements, blocks of data and the words of a language. */

const SVG = "http://www.w3.org/2000/svg";
const ALL = "*";

const blocks = new Map();

/** Return a block of data by name, parsed when it is first asked for; null where there is none. */
function block(name) {
  if (!blocks.has(name)) {
    const held = document.getElementById(name);
    blocks.set(name, held ? JSON.parse(held.textContent) : null);
    if (held) held.remove();
  }
  return blocks.get(name);
}

const core = block("core");
const words = block("words");

const state = {
  lang: document.documentElement.lang.startsWith("zh") ? "zh" : "en",
  measure: 0,
  period: ALL,
  product: ALL,
};

/** Return a word or sentence in the page's language, with {names} filled in. */
function t(key, values = {}) {
  const text = words[state.lang][key];
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Return the word for a name of the files, such as a kind of limit; the name where it has none. */
function term(group, name) {
  return words[state.lang][`${group}.${name}`] ?? String(name).replaceAll("_", " ");
}

/** Return what the run says, in the page's language; `place` is the column or list it stands in. */
function spoken(place, text) {
  const told = state.lang === "zh" ? block("chinese")?.[place] : null;
  return told && Object.hasOwn(told, text) ? told[text] : text;
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "css") {
      for (const [rule, text] of Object.entries(value)) element.style.setProperty(rule, text);
    } else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** Make an HTML element; texts become text, never markup. */
function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** Make an SVG element. */
function s(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** Make an item of a list of what the run says. */
function spokenItem(place, text) {
  const told = spoken(place, text);
  return h("li", { lang: state.lang !== "en" && told === text ? "en" : null }, told);
}

/** Return the address of a view of this page, such as #/rep/Li%20Na. */
function address(...parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

function section(title, ...children) {
  return h("section", { class: "card" }, title && h("h2", {}, title), children);
}

/** Say something to who listens to the page instead of looking at it. */
function announce(text) {
  document.getElementById("heard").textContent = text;
}
