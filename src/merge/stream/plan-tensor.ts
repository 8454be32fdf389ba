import { elementCount } from '../../core/layout.ts';
import { isReadable, type ReadableType } from '../../io/safetensors-decode.ts';
import { usesBase } from '../merge-checks.ts';
import type { MergeMethod } from '../method.ts';
import { filterFits } from '../recipe/evaluate-setting.ts';
import type { FloatType, Recipe, TensorAction } from '../recipe/recipe.ts';
import { storedName, type Inventory, type TensorFacts } from './checkpoint.ts';
import type { MergeSlot, SlotSource } from './merge-slots.ts';
import type { Operand, PlannedTensor, PlannedWork } from './planned-tensor.ts';
import type { PlannedVocabulary } from './plan-vocabulary.ts';
import type { PlannedFaults } from './planned-faults.ts';
import { slotParameters } from './slot-parameters.ts';
import { hasTokenRows, inputRows, isComputed, isHead } from './tensor-names.ts';

const STORED: Readonly<Record<FloatType, ReadableType>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
};

/** Decides for one tensor after the other how it comes about. */
export class TensorPlanner {
  readonly isTied: boolean;
  private readonly tiedTo: string | null;
  private readonly recipe: Recipe;
  private readonly method: MergeMethod;
  private readonly inputs: ReadonlyMap<string, Inventory>;
  private readonly vocabulary: PlannedVocabulary | null;
  private readonly faults: PlannedFaults;
  private readonly notes: PlannedFaults;
  private readonly parameterFaults = new Set<string>();

  constructor(
    recipe: Recipe,
    method: MergeMethod,
    inputs: ReadonlyMap<string, Inventory>,
    vocabulary: PlannedVocabulary | null,
    faults: PlannedFaults,
    notes: PlannedFaults,
  ) {
    this.recipe = recipe;
    this.method = method;
    this.inputs = inputs;
    this.vocabulary = vocabulary;
    this.faults = faults;
    this.notes = notes;
    this.isTied = [...inputs.values()].every(isTiedModel);
    this.tiedTo = [...inputs.values()].map(({ tensors }) => inputRows(tensors.keys()))[0] ?? null;
  }

  plan(slot: MergeSlot): PlannedTensor[] {
    // A tied head is its embedding: it is written once.
    if (isHead(slot.name) && this.isTied) return [];
    const action = this.actionFor(slot.name);
    switch (action.kind) {
      case 'skip':
        return [];
      case 'base':
        return this.copy(slot, { reference: slot.base ?? '', tensor: slot.name });
      case 'model': {
        const source = slot.sources[action.index];
        return source === undefined ? [] : this.copy(slot, source);
      }
      case 'merge':
        return this.merge(slot);
    }
  }

  private actionFor(name: string): TensorAction {
    const rule = this.recipe.tensors.find(({ filter }) => filterFits(filter, name));
    return rule?.action ?? { kind: 'merge' };
  }

  private copy(slot: MergeSlot, from: Operand): PlannedTensor[] {
    const operand = this.locate(slot.name, from);
    if (operand === null) {
      this.faults.add(
        placeOf(slot.name),
        `Missing in ${from.reference}, from where a rule copies it.`,
      );
      return [];
    }
    const { dtype, shape } = this.factsOf(operand);
    return [this.tensor(slot.name, dtype, shape, { kind: 'copy', from: operand })];
  }

  private merge(slot: MergeSlot): PlannedTensor[] {
    const { models, base } = this.operands(slot);
    const all = [...(base === null ? [] : [base]), ...models];
    const located = all.map((source) => this.locate(slot.name, source));
    const missing = all.filter((_, index) => located[index] === null);
    if (isComputed(slot.name)) return this.copyComputed(slot, located);
    if (missing.length > 0) {
      const names = [...new Set(missing.map(({ reference }) => reference))].join(', ');
      this.faults.add(placeOf(slot.name), `Missing in ${names}.`);
      return [];
    }
    const operands = located.filter((operand) => operand !== null);
    const facts = operands.map((operand) => this.factsOf(operand));
    const [first] = operands;
    const [lead] = facts;
    if (first === undefined || lead === undefined) return [];
    const describe = (what: (index: number) => string) =>
      operands.map(({ reference }, index) => `${what(index)} in ${reference}`).join(', ');
    if (facts.some(({ dtype }) => !isReadable(dtype))) {
      return this.copyWhole(slot, first, facts, describe);
    }
    const shape = this.mergedShape(slot, facts, describe);
    if (isTable(slot.name, lead.shape)) this.checkTokens(slot.name, operands);
    const result = slotParameters(this.method, slot, models, this.recipe.parameters);
    if (!result.ok) {
      // Most hold for every tensor: the first one stands for all.
      for (const fault of result.faults) {
        if (!this.parameterFaults.has(fault)) this.faults.add(placeOf(slot.name), fault);
        this.parameterFaults.add(fault);
      }
      return [];
    }
    if (shape === null) return [];
    const work: PlannedWork = {
      kind: 'merge',
      base: base === null ? null : first,
      models: base === null ? operands : operands.slice(1),
      parameters: result.given,
      isAligned: this.vocabulary !== null && isTable(slot.name, shape),
    };
    return [this.tensor(slot.name, lead.dtype, shape, work)];
  }

  /** What programs compute anew when they open a model is not merged: it is one model's, or nobody's. */
  private copyComputed(slot: MergeSlot, located: readonly (Operand | null)[]): PlannedTensor[] {
    const [first] = located;
    if (first === undefined || first === null || located.includes(null)) {
      const owners = located.flatMap((one) => (one === null ? [] : [one.reference]));
      const what = `Only in ${[...new Set(owners)].join(', ')}; computed when a model is opened: left out.`;
      this.notes.add(placeOf(slot.name), what);
      return [];
    }
    const { dtype, shape } = this.factsOf(first);
    const sizeBytes = elementCount(shape) * bytesOf(dtype);
    return [{ name: slot.name, dtype, shape, sizeBytes, work: { kind: 'copy', from: first } }];
  }

  /** Counters, masks and the like are no weights: they are the base's, or the first model's. */
  private copyWhole(
    slot: MergeSlot,
    first: Operand,
    facts: readonly TensorFacts[],
    describe: (what: (index: number) => string) => string,
  ): PlannedTensor[] {
    const [lead] = facts;
    const isWhole = facts.every(({ dtype }) => /^(?:[IU]\d+|BOOL)$/.test(dtype));
    const isSame = facts.every(({ shape }) => shape.join() === lead?.shape.join());
    if (lead !== undefined && isWhole && isSame) {
      this.notes.add(placeOf(slot.name), `Whole numbers: copied from ${first.reference}.`);
      return [this.tensor(slot.name, lead.dtype, lead.shape, { kind: 'copy', from: first })];
    }
    const types = describe(
      (index) => `${facts[index]?.dtype ?? ''}[${String(facts[index]?.shape)}]`,
    );
    this.faults.add(placeOf(slot.name), `${types}; F32, F16 and BF16 are merged.`);
    return [];
  }

  private mergedShape(
    slot: MergeSlot,
    facts: readonly TensorFacts[],
    describe: (what: (index: number) => string) => string,
  ): readonly number[] | null {
    const shapes = facts.map(({ shape }) => shape);
    const [lead = []] = shapes;
    const rows = shapes.map(([count = 0]) => count);
    const hasRows = isTable(slot.name, lead) && shapes.every(({ length }) => length === 2);
    const isSameWidth = shapes.every(([, width]) => width === lead[1]);
    if (hasRows && isSameWidth && this.vocabulary !== null) {
      return [this.vocabulary.rows, lead[1] ?? 0];
    }
    if (shapes.every((shape) => shape.join() === lead.join())) return lead;
    const sizes = describe((index) => `[${shapes[index]?.join(', ') ?? ''}]`);
    if (!hasRows || !isSameWidth) {
      this.faults.add(placeOf(slot.name), `Shapes differ: ${sizes}.`);
      return null;
    }
    const least = Math.min(...rows);
    const what = `${sizes}: cut to ${least} rows. tokenizer_source aligns tokens instead.`;
    this.notes.add(placeOf(slot.name), what);
    return [least, lead[1] ?? 0];
  }

  /** Every token that a model's tokenizer knows needs a row. */
  private checkTokens(name: string, operands: readonly Operand[]): void {
    for (const operand of operands) {
      const vocabulary = this.vocabulary?.vocabularies.get(operand.reference);
      const rows = this.factsOf(operand).shape[0] ?? 0;
      const last = Math.max(-1, ...(vocabulary?.values() ?? []));
      if (last < rows) continue;
      const what = `${operand.reference} has ${rows} rows, its tokenizer a token at ${last}.`;
      this.faults.add(placeOf(name), what);
    }
  }

  private operands(slot: MergeSlot): { models: readonly SlotSource[]; base: SlotSource | null } {
    const { sources, base } = slot;
    if (base === null || !usesBase(this.method)) return { models: sources, base: null };
    const own = sources.find(({ reference }) => reference === base);
    return {
      models: sources.filter(({ reference }) => reference !== base),
      base: own ?? { reference: base, tensor: slot.name, settings: new Map() },
    };
  }

  private locate(name: string, { reference, tensor }: Operand): Operand | null {
    const input = this.inputs.get(reference);
    const tiedTo = isHead(name) && input !== undefined && isTiedModel(input) ? this.tiedTo : null;
    const stored = input === undefined ? null : storedName(input, tensor, tiedTo);
    return stored === null ? null : { reference, tensor: stored };
  }

  private factsOf({ reference, tensor }: Operand): TensorFacts {
    return this.inputs.get(reference)?.tensors.get(tensor) ?? { dtype: '', shape: [] };
  }

  private tensor(
    name: string,
    stored: string,
    shape: readonly number[],
    work: PlannedWork,
  ): PlannedTensor {
    const wanted = this.recipe.outDtype ?? this.recipe.dtype;
    const dtype = wanted === null || !isReadable(stored) ? stored : STORED[wanted];
    const sizeBytes = elementCount(shape) * bytesOf(dtype);
    return { name, dtype, shape, sizeBytes, work };
  }
}

/** A model whose head is its embedding: it says so, or has no head of its own. */
function isTiedModel({ config, tensors }: Inventory): boolean {
  return config?.['tie_word_embeddings'] === true || ![...tensors.keys()].some(isHead);
}

function isTable(name: string, shape: readonly number[]): boolean {
  return shape.length === 2 && hasTokenRows(name);
}

function placeOf(tensor: string): string {
  return `tensor "${tensor}"`;
}

/** Bytes of one element, from the width in the type's name. */
function bytesOf(dtype: string): number {
  return Number(/\d+/.exec(dtype)?.[0] ?? 8) / 8;
}
