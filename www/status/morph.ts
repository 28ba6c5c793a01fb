// Makes one part of a page equal to another, and touches only what differs: what has the focus, what
// is open and what is selected stays so.

// Attributes that belong to the reader.
const KEPT = new Set(["open"]);

// Makes `shown` equal to `next`.
export function morph(shown: Element, next: Element): void {
  for (const { name } of [...shown.attributes]) {
    if (!next.hasAttribute(name) && !KEPT.has(name)) shown.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (!KEPT.has(name) && shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  let at = shown.firstChild;
  for (const wanted of [...next.childNodes]) {
    const named = wanted instanceof Element && wanted.id ? child(shown, wanted.id) : undefined;
    if (named && named !== at) shown.insertBefore(named, at);
    const found = named ?? (at && isAlike(at, wanted) ? at : undefined);
    if (found === undefined) {
      shown.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    if (found instanceof Element && wanted instanceof Element) morph(found, wanted);
    else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

const child = (parent: Element, id: string) => [...parent.children].find((one) => one.id === id);

// Whether a node can become the other: one with an id is only ever itself.
function isAlike(one: Node, other: Node): boolean {
  const idOf = (node: Node) => (node instanceof Element ? node.id : "");
  return one.nodeName === other.nodeName && idOf(one) === idOf(other);
}
