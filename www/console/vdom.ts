// The page as a function of what is known. A view describes elements, and this changes the page to
// be like that: what stays the same is not touched, so focus, selection and open details stay.
//
// Texts become text nodes and attributes are set by name, so nothing that is shown is ever parsed
// as HTML.

export type Child = VNode | string | number | false | null | undefined;
export type Children = Child | readonly Children[];
export type Handler = (event: Event) => void;

export interface Attrs {
  // Tells elements of one list apart. An element keeps its key for as long as it is shown.
  readonly key?: string | number;
  // Properties of CSS, by their names. A style attribute would be refused by the page's policy.
  readonly css?: Readonly<Record<string, string>>;
  // Called with the element when it is in the page; what it returns is called when it has left.
  readonly mount?: (element: Element) => (() => void) | undefined;
  // Called with the element each time that it was described again.
  readonly update?: (element: Element) => void;
  readonly [name: string]: unknown;
}

export interface VNode {
  readonly tag: string;
  readonly attrs: Attrs;
  readonly children: readonly (VNode | string)[];
}

interface Built {
  readonly dom: Element | Text;
  node: VNode | string;
  leave: (() => void) | undefined;
}

const SVG = "http://www.w3.org/2000/svg";
const NO_ATTRS: Attrs = {};
// What a person changes in an element, so that it is set only where the description changes.
const PROPERTIES = new Set(["value", "checked"]);
const OWN = new Set(["key", "css", "mount", "update"]);

const built = new WeakMap<Element, Built[]>();
const handlers = new WeakMap<Element, Map<string, Handler>>();

export function h(tag: string, attrs: Attrs | null, ...children: Children[]): VNode {
  return { tag, attrs: attrs ?? NO_ATTRS, children: flat(children) };
}

// Has `parent` show these children, all of which are this function's own.
export function render(parent: Element, children: Children): void {
  patchChildren(parent, flat([children]));
}

export function flat(children: readonly Children[]): (VNode | string)[] {
  const all: (VNode | string)[] = [];
  const add = (child: Children): void => {
    if (child === false || child === null || child === undefined || child === "") return;
    if (Array.isArray(child)) for (const each of child) add(each);
    else if (typeof child === "object") all.push(child as VNode);
    else all.push(String(child));
  };
  for (const child of children) add(child);
  return all;
}

function patchChildren(parent: Element, next: readonly (VNode | string)[]): void {
  const before = built.get(parent) ?? [];
  const keyed = new Map<string, Built>();
  const others: Built[] = [];
  for (const each of before) {
    const name = nameOf(each.node);
    if (name === undefined) others.push(each);
    else keyed.set(name, each);
  }
  let at = 0;
  const after: Built[] = [];
  const stays = new Set<Built>();
  for (const node of next) {
    const name = nameOf(node);
    let match = name === undefined ? others[at++] : keyed.get(name);
    if (match !== undefined && (stays.has(match) || !isAlike(match.node, node))) match = undefined;
    if (match === undefined) {
      after.push(build(node, parent));
    } else {
      stays.add(match);
      patch(match, node);
      after.push(match);
    }
  }
  // Those that leave go first, so that those that stay need not move: an element that is moved
  // loses the focus.
  for (const each of before) {
    if (!stays.has(each)) {
      each.dom.remove();
      leave(each);
    }
  }
  let place = parent.firstChild;
  for (const { dom } of after) {
    if (dom === place) place = place.nextSibling;
    else parent.insertBefore(dom, place);
  }
  built.set(parent, after);
  for (const each of after) {
    if (!stays.has(each)) arrive(each);
  }
}

const nameOf = (node: VNode | string): string | undefined =>
  typeof node === "string" || node.attrs.key === undefined
    ? undefined
    : `${node.tag} ${node.attrs.key}`;

const isAlike = (one: VNode | string, other: VNode | string): boolean =>
  typeof one === "string"
    ? typeof other === "string"
    : typeof other !== "string" && one.tag === other.tag && one.attrs.key === other.attrs.key;

function build(node: VNode | string, parent: Element): Built {
  const { ownerDocument: document } = parent;
  if (typeof node === "string") {
    return { dom: document.createTextNode(node), node, leave: undefined };
  }
  const isSvg = node.tag === "svg" || (parent.namespaceURI === SVG && parent.tagName !== "title");
  const dom = isSvg ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
  patchAttrs(dom, NO_ATTRS, node.attrs);
  patchChildren(dom, node.children);
  // The value of a list is one of its options, which had to be there first.
  if (node.tag === "select") setAttr(dom, "value", node.attrs["value"]);
  return { dom, node, leave: undefined };
}

function patch(it: Built, node: VNode | string): void {
  const before = it.node;
  it.node = node;
  if (typeof node === "string") {
    if (node !== before) (it.dom as Text).data = node;
    return;
  }
  const dom = it.dom as Element;
  patchAttrs(dom, (before as VNode).attrs, node.attrs);
  patchChildren(dom, node.children);
  node.attrs.update?.(dom);
}

// Children are built before the element that they are in is part of the page, and a chart has to
// know how large it is: so what is mounted waits until all of it is there.
function arrive(it: Built): void {
  if (typeof it.node === "string" || !it.dom.isConnected) return;
  for (const child of built.get(it.dom as Element) ?? []) arrive(child);
  if (it.leave === undefined) it.leave = it.node.attrs.mount?.(it.dom as Element);
}

function leave(it: Built): void {
  if (typeof it.node === "string") return;
  for (const child of built.get(it.dom as Element) ?? []) leave(child);
  it.leave?.();
}

function patchAttrs(dom: Element, before: Attrs, after: Attrs): void {
  for (const name in before) {
    if (!(name in after) && !OWN.has(name)) setAttr(dom, name, undefined);
  }
  for (const name in after) {
    if (after[name] !== before[name] && !OWN.has(name)) setAttr(dom, name, after[name]);
  }
  const { style } = dom as HTMLElement;
  for (const name in after.css) {
    if (after.css[name] !== before.css?.[name]) style.setProperty(name, after.css[name] ?? "");
  }
}

function setAttr(dom: Element, name: string, value: unknown): void {
  if (name.startsWith("on")) {
    setHandler(dom, name.slice(2), value as Handler | undefined);
  } else if (PROPERTIES.has(name)) {
    if (value !== undefined) Object.assign(dom, { [name]: value });
  } else if (value === undefined || value === null || value === false) {
    dom.removeAttribute(name);
  } else {
    dom.setAttribute(name, value === true ? "" : String(value));
  }
}

function setHandler(dom: Element, type: string, handler: Handler | undefined): void {
  let own = handlers.get(dom);
  if (own === undefined) {
    own = new Map();
    handlers.set(dom, own);
  }
  if (!own.has(type)) dom.addEventListener(type, (event) => handlers.get(dom)?.get(type)?.(event));
  // Without a handler, the listener that is there does nothing.
  own.set(type, handler ?? (() => {}));
}
