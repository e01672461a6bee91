// Elements from names, properties and children. Text is only ever text: nothing here parses markup.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An HTML element.
 * Properties: `class`, `on…` (listeners), `style` (an object, custom properties too), `dataset` (an object), booleans
 * (present or not), anything else an attribute; null and undefined are left out.
 * Children: nodes, text, numbers, lists of them; null, undefined and false are left out.
 */
export function h(name, props, ...children) {
  return dress(document.createElement(name), props, children);
}

/** An SVG element, by the same rules. */
export function s(name, props, ...children) {
  return dress(document.createElementNS(SVG, name), props, children);
}

/** Puts children in the place of those that an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

function dress(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
