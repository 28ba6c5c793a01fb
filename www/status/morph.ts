// Makes one part of a page equal to another, and touches only what differs: what has the focus,
// what is open and what is selected stays so. No node is moved, since a node that is moved loses
// the focus.

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
    at = upTo(at, wanted);
    if (at === null || !isSame(at, wanted)) {
      shown.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    if (at instanceof Element && wanted instanceof Element) morph(at, wanted);
    else if (at.nodeValue !== wanted.nodeValue) at.nodeValue = wanted.nodeValue;
    at = at.nextSibling;
  }
  while (at) at = without(at);
}

// Removes what stands before the node that is the same as `wanted`, if that has a name and is
// there; returns what then comes first.
function upTo(at: ChildNode | null, wanted: Node): ChildNode | null {
  if (!nameOf(wanted)) return at;
  let found = at;
  while (found && !isSame(found, wanted)) found = found.nextSibling;
  if (!found) return at;
  let first = at;
  while (first && first !== found) first = without(first);
  return first;
}

// Removes a node; returns the one after it.
function without(node: ChildNode): ChildNode | null {
  const next = node.nextSibling;
  node.remove();
  return next;
}

// What tells an element from its like: its id, or that of its heading.
function nameOf(node: Node): string {
  if (!(node instanceof Element)) return "";
  return node.id || (node.getAttribute("aria-labelledby") ?? "");
}

// Whether a node can become the other: one with a name is only ever itself.
const isSame = (one: Node, other: Node) =>
  one.nodeName === other.nodeName && nameOf(one) === nameOf(other);
