import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Document, type Node } from 'yaml';

/** Values that a document may have once every alias is replaced by what it stands for. */
const MOST_VALUES = 200_000;

export interface AliasFault {
  readonly offset: number | undefined;
  readonly message: string;
}

/**
 * What stands against replacing the aliases of a document: one that names nothing or contains
 * itself, a merge key without a mapping behind it, and aliases of aliases that would fill the memory.
 */
export function aliasFaults(document: Document.Parsed): AliasFault[] {
  const walk = new AliasWalk();
  walk.sizeOf(document.contents);
  return walk.faults;
}

class AliasWalk {
  readonly faults: AliasFault[] = [];
  /** Anchors in the order of the text: a name may be given again. Null while its value is open. */
  private readonly anchors = new Map<string, { readonly node: Node; size: number | null }>();
  private isTooLarge = false;

  /** Values of a node, aliases replaced. */
  sizeOf(node: unknown): number {
    if (!isNode(node)) return 0;
    if (isAlias(node)) return this.sizeOfAlias(node.source, node);
    const anchor = node.anchor === undefined ? null : { node, size: null as number | null };
    if (anchor !== null && node.anchor !== undefined) this.anchors.set(node.anchor, anchor);
    let size = 1;
    if (isSeq(node)) for (const item of node.items) size += this.sizeOf(item);
    if (isMap(node)) {
      for (const pair of node.items) {
        if (!isPair(pair)) continue;
        size += this.sizeOf(pair.key) + this.sizeOf(pair.value);
        if (isMergeKey(pair.key)) this.checkMerge(pair.value);
      }
    }
    if (anchor !== null) anchor.size = size;
    if (size > MOST_VALUES && !this.isTooLarge) {
      this.isTooLarge = true;
      this.add(node, `Has more than ${MOST_VALUES} values once its aliases are replaced.`);
    }
    return size;
  }

  private sizeOfAlias(name: string, alias: Node): number {
    const anchor = this.anchors.get(name);
    if (anchor === undefined)
      this.add(alias, `*${name} stands for nothing: no &${name} before it.`);
    else if (anchor.size === null) this.add(alias, `*${name} is inside &${name} itself.`);
    return anchor?.size ?? 1;
  }

  private checkMerge(value: unknown): void {
    const sources = isSeq(value) ? value.items : [value];
    for (const source of sources) {
      const node = isAlias(source) ? this.anchors.get(source.source)?.node : source;
      if (isNode(source) && node !== undefined && !isMap(node)) {
        this.add(source, 'Only mappings can be merged with "<<".');
      }
    }
  }

  private add(node: Node, message: string): void {
    this.faults.push({ offset: node.range?.[0], message });
  }
}

/** The key `<<`, which takes over what a mapping lacks from another. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}
