// Elements are made of names, attributes and text. Text is only ever set as text, so nothing that a phone
// wrote can become an element; the page's policy forbids every other way.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `attributes.on` maps event names to listeners; children are nodes, text or null. */
function element(name, attributes = {}, ...children) {
  return furnished(document.createElement(name), attributes, children);
}

/** An SVG element; as `element`. */
function drawn(name, attributes = {}, ...children) {
  return furnished(document.createElementNS(SVG, name), attributes, children);
}

function furnished(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** A button with a label; `attributes` as for `element`. */
function button(label, pressed, attributes = {}) {
  return element("button", { type: "button", ...attributes, on: { click: pressed } }, label);
}

/** A long name that may be broken after its underscores, as people read it. */
function breakable(name) {
  return name.split(/(?<=_)/).flatMap((part, i) => (i ? [element("wbr"), part] : [part]));
}

const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();

/** Width of a text in the chart's font, in pixels; asks no layout of the page. */
function widthOf(text) {
  let width = widths.get(text);
  if (width === undefined) {
    ruler.font = "11px system-ui, sans-serif";
    width = ruler.measureText(text).width;
    widths.set(text, width);
  }
  return width;
}
