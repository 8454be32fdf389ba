import type { RandomStream } from '../../../src/core/rng.ts';
import { oneIn, pick, rounds } from './pick.ts';

/** JSON that may say what no value can: a name twice, `1e999`, numbers with their own text. */
type Node =
  | { readonly kind: 'raw'; text: string }
  | { readonly kind: 'list'; readonly items: Node[] }
  | { readonly kind: 'map'; readonly fields: { name: string; value: Node }[] };

const HOSTILE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'length', '', 'a/../b'];

const HOSTILE = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1', '2', '0.5', '1.0', '1e3', '1e999', '-1e999'],
  ...['1e-400', '255', '65536', '2147483648', '4294967296', '9007199254740992'],
  ...['9007199254740993', '1099511627776', '18446744073709551616', '1e308', 'NaN', 'Infinity'],
  ...['""', '" "', '"__proto__"', '"\\u0000"', '"\\ud800"', '"\\u202e"', '"../../x"', '"1"'],
  ...['[]', '{}', '[[]]', '[null]', '[1,2]', '{"__proto__":{"polluted":1}}', '{"a":1,"a":2}'],
  `"${'x'.repeat(1500)}"`,
  `${'['.repeat(700)}${']'.repeat(700)}`,
  `${'{"a":'.repeat(400)}1${'}'.repeat(400)}`,
];

/** A neighbour of a JSON text; a text that is none comes back as it is. */
export function mutateJson(text: string, random: RandomStream): string {
  let root: Node;
  try {
    root = nodeOf(JSON.parse(text));
  } catch {
    return text;
  }
  for (let round = rounds(random); round > 0; round--) change(root, random);
  return printed(root);
}

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(nodeOf) };
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, own]) => ({ name, value: nodeOf(own) }));
    return { kind: 'map', fields };
  }
  return { kind: 'raw', text: JSON.stringify(value) };
}

function printed(node: Node): string {
  if (node.kind === 'raw') return node.text;
  if (node.kind === 'list') return `[${node.items.map(printed).join(',')}]`;
  const fields = node.fields.map(({ name, value }) => `${JSON.stringify(name)}:${printed(value)}`);
  return `{${fields.join(',')}}`;
}

function isInner(node: Node | undefined): node is Exclude<Node, { readonly kind: 'raw' }> {
  return node !== undefined && node.kind !== 'raw' && sizeOf(node) > 0;
}

function sizeOf(node: Node): number {
  return node.kind === 'raw' ? 0 : node.kind === 'list' ? node.items.length : node.fields.length;
}

function childAt(node: Node, at: number): Node | undefined {
  return node.kind === 'raw'
    ? undefined
    : node.kind === 'list'
      ? node.items[at]
      : node.fields[at]?.value;
}

/** A list or map on a random way down: large ones far below do not draw all of the changes. */
function innerNode(root: Node, random: RandomStream): Node {
  let node = root;
  while (isInner(node) && !oneIn(3, random)) {
    const next = childAt(node, random.nextInt(sizeOf(node)));
    if (!isInner(next)) break;
    node = next;
  }
  return node;
}

function change(root: Node, random: RandomStream): void {
  const node = innerNode(root, random);
  if (!isInner(node)) return;
  const at = random.nextInt(sizeOf(node));
  const other = random.nextInt(sizeOf(node));
  const child = childAt(node, at);
  if (child === undefined) return;
  switch (random.nextInt(8)) {
    case 0:
      set(node, at, nearby(child, random));
      return;
    case 1:
      set(node, at, { kind: 'raw', text: pick(HOSTILE, random) });
      return;
    case 2:
      remove(node, at);
      return;
    case 3:
      repeat(node, at, random);
      return;
    case 4:
      // Two values change places, which keeps everything but what belongs to what.
      set(node, at, childAt(node, other) ?? child);
      set(node, other, child);
      return;
    case 5:
      set(node, at, innerNode(root, random));
      if (depthOf(root) > 40) set(node, at, child);
      return;
    default:
      if (node.kind === 'map') rename(node, at, other, random);
      else set(node, at, nearby(child, random));
  }
}

/** The same value a little larger or smaller, or of another type. */
function nearby(node: Node, random: RandomStream): Node {
  if (node.kind !== 'raw') return { kind: 'raw', text: pick(HOSTILE, random) };
  const number = Number(node.text);
  if (node.text.startsWith('"') || !Number.isFinite(number)) {
    const raw = [`${node.text.slice(0, -1)} "`, `[${node.text}]`, node.text.toUpperCase(), '""'];
    return { kind: 'raw', text: pick(raw, random) };
  }
  const near = [number + 1, number - 1, number * 2, -number, number / 2, number * 1024, number / 3];
  const texts = [...near.map(String), `"${node.text}"`, `[${node.text}]`, `${node.text}.5`];
  return { kind: 'raw', text: pick(texts, random) };
}

function set(node: Node, at: number, value: Node): void {
  // A copy: one node in two places would be changed in both, and in itself would be no tree.
  const own = copyOf(value);
  if (node.kind === 'list') node.items[at] = own;
  else if (node.kind === 'map') {
    const field = node.fields[at];
    if (field !== undefined) field.value = own;
  }
}

function remove(node: Node, at: number): void {
  if (node.kind === 'list') node.items.splice(at, 1);
  else if (node.kind === 'map') node.fields.splice(at, 1);
}

function repeat(node: Node, at: number, random: RandomStream): void {
  const times = oneIn(8, random) ? 64 : 1;
  for (let time = 0; time < times; time++) {
    if (node.kind === 'list') node.items.push(copyOf(node.items[at] ?? { kind: 'raw', text: '0' }));
    else if (node.kind === 'map') {
      const field = node.fields[at];
      const name = times === 1 ? (field?.name ?? '') : `${field?.name ?? ''}${String(time)}`;
      if (field !== undefined) node.fields.push({ name, value: copyOf(field.value) });
    }
  }
}

function rename(
  node: Extract<Node, { readonly kind: 'map' }>,
  at: number,
  other: number,
  random: RandomStream,
): void {
  const field = node.fields[at];
  if (field === undefined) return;
  const names = [...HOSTILE_NAMES, node.fields[other]?.name ?? '', `${field.name} `];
  field.name = pick(names, random);
}

function copyOf(node: Node): Node {
  if (node.kind === 'raw') return { ...node };
  if (node.kind === 'list') return { kind: 'list', items: node.items.map(copyOf) };
  const fields = node.fields.map(({ name, value }) => ({ name, value: copyOf(value) }));
  return { kind: 'map', fields };
}

function depthOf(node: Node): number {
  if (node.kind === 'raw') return 0;
  const children = node.kind === 'list' ? node.items : node.fields.map(({ value }) => value);
  return 1 + children.reduce((most, child) => Math.max(most, depthOf(child)), 0);
}
