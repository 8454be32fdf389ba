import { elementCount } from '../../core/layout.ts';
import { isReadable, type ReadableType } from '../../io/safetensors-decode.ts';
import { lastRow, type TokenRule, type Vocabulary } from '../align-vocabulary.ts';
import { usesBase } from '../merge-checks.ts';
import type { MergeMethod } from '../method.ts';
import { filterFits } from '../recipe/evaluate-setting.ts';
import type { FloatType, Recipe, TensorAction } from '../recipe/recipe.ts';
import { storedName, type Inventory, type TensorFacts } from './checkpoint.ts';
import { slotOperands, type MergeSlot } from './merge-slots.ts';
import {
  bytesOf,
  placeOf,
  type Operand,
  type PlannedTensor,
  type PlannedWork,
} from './planned-tensor.ts';
import type { PlannedVocabulary } from './plan-vocabulary.ts';
import type { PlannedFaults } from './planned-faults.ts';
import { slotParameters } from './slot-parameters.ts';
import { inputRows, isComputed, isHead } from './tensor-names.ts';
import { tokenTable, withTokens, type TokenTable } from './tokens/token-table.ts';

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
  /** Tensors of the result with an entry a token. */
  readonly tables = new Map<string, TokenTable>();

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
    this.isTied = ![...inputs.values()].some((input) => input.head.hasOwnHead);
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
    const table = this.tableOf(operand);
    const isAligned = this.vocabulary !== null && table !== null && isReadable(dtype);
    if (isAligned) this.checkTokens(slot.name, [operand]);
    const rows = isAligned ? this.alignedRows(slot, [operand]) : null;
    const work: PlannedWork = { kind: 'copy', from: operand, rows };
    return [this.tensor(slot.name, dtype, this.resultShape(slot.name, shape, table), work)];
  }

  private merge(slot: MergeSlot): PlannedTensor[] {
    const { models, base } = slotOperands(slot, usesBase(this.method));
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
    const shape = this.mergedShape(slot, operands, describe);
    const table = this.commonTable(operands);
    if (table !== null) this.checkTokens(slot.name, operands);
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
      rows: this.vocabulary === null || table === null ? null : this.alignedRows(slot, operands),
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
    const work: PlannedWork = { kind: 'copy', from: first, rows: null };
    return [{ name: slot.name, dtype, shape, sizeBytes, work }];
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
      const work: PlannedWork = { kind: 'copy', from: first, rows: null };
      return [this.tensor(slot.name, lead.dtype, lead.shape, work)];
    }
    const types = describe(
      (index) => `${facts[index]?.dtype ?? ''}[${String(facts[index]?.shape)}]`,
    );
    this.faults.add(placeOf(slot.name), `${types}; F32, F16 and BF16 are merged.`);
    return [];
  }

  private mergedShape(
    slot: MergeSlot,
    operands: readonly Operand[],
    describe: (what: (index: number) => string) => string,
  ): readonly number[] | null {
    const shapes = operands.map((operand) => this.factsOf(operand).shape);
    const [lead = []] = shapes;
    const table = this.commonTable(operands);
    if (table !== null && this.vocabulary !== null) return this.resultShape(slot.name, lead, table);
    if (shapes.every((shape) => shape.join() === lead.join())) {
      return this.resultShape(slot.name, lead, table);
    }
    const sizes = describe((index) => `[${shapes[index]?.join(', ') ?? ''}]`);
    if (table === null) {
      this.faults.add(placeOf(slot.name), `Shapes differ: ${sizes}.`);
      return null;
    }
    const least = Math.min(...operands.map((operand) => this.tableOf(operand)?.rows ?? 0));
    const what = `${sizes}: cut to ${least} rows. tokenizer_source aligns tokens instead.`;
    this.notes.add(placeOf(slot.name), what);
    this.tables.set(slot.name, { ...table, rows: least });
    return withTokens(lead, table, least);
  }

  /** The shape in the result's vocabulary, where it is planned; tables are kept in mind. */
  private resultShape(
    name: string,
    shape: readonly number[],
    table: TokenTable | null,
  ): readonly number[] {
    if (table === null) return shape;
    const rows = this.vocabulary?.rows ?? table.rows;
    this.tables.set(name, { ...table, rows });
    return withTokens(shape, table, rows);
  }

  /** A tensor is a table of tokens where it is one in every model, with as many values a token. */
  private commonTable(operands: readonly Operand[]): TokenTable | null {
    const tables = operands.map((operand) => this.tableOf(operand));
    const [first = null] = tables;
    const isCommon = first !== null && first.width > 0;
    return isCommon && tables.every((table) => table?.width === first.width) ? first : null;
  }

  private tableOf({ reference, tensor }: Operand): TokenTable | null {
    const input = this.inputs.get(reference);
    return input === undefined ? null : tokenTable(input, tensor);
  }

  /** Tensors whose rows stand in for tokens that an operand lacks, in the order of the models. */
  private alignedRows({ name }: MergeSlot, operands: readonly Operand[]): readonly Operand[] {
    const { vocabularies = new Map<string, Vocabulary>(), rules = new Map<string, TokenRule>() } =
      this.vocabulary ?? {};
    const named = new Set(
      [...rules.values()].flatMap(({ source }) => (source.kind === 'zero' ? [] : [source.model])),
    );
    const others = [...vocabularies.keys()].flatMap((reference): Operand[] => {
      if (operands.some((operand) => operand.reference === reference)) return [];
      const operand = this.locate(name, { reference, tensor: name });
      const isTable = operand !== null && this.tableOf(operand) !== null;
      if (isTable && isReadable(this.factsOf(operand).dtype)) return [operand];
      if (named.has(reference)) {
        this.faults.add(placeOf(name), `Missing in ${reference}, whose row a token is to have.`);
      }
      return [];
    });
    const rows = [...operands, ...others];
    const missing = [...(this.vocabulary?.output.keys() ?? [])].filter(
      (token) =>
        !rules.has(token) &&
        !rows.some(({ reference }) => vocabularies.get(reference)?.has(token) === true),
    );
    if (missing.length > 0) {
      const shown = missing.slice(0, 3).map((token) => JSON.stringify(token));
      const what = `No model that has this tensor has a row for ${missing.length} tokens: ${shown.join(', ')}.`;
      this.faults.add(placeOf(name), what);
    }
    return rows;
  }

  /** Every token that a model's tokenizer knows needs a row. */
  private checkTokens(name: string, operands: readonly Operand[]): void {
    for (const operand of operands) {
      const vocabulary = this.vocabulary?.vocabularies.get(operand.reference);
      const rows = this.tableOf(operand)?.rows ?? 0;
      const last = vocabulary === undefined ? -1 : lastRow(vocabulary);
      if (last < rows) continue;
      const what = `${operand.reference} has ${rows} rows, its tokenizer a token at ${last}.`;
      this.faults.add(placeOf(name), what);
    }
  }

  private locate(name: string, { reference, tensor }: Operand): Operand | null {
    const input = this.inputs.get(reference);
    const isTied = isHead(name) && input?.head.hasOwnHead === false;
    const stored =
      input === undefined ? null : storedName(input, tensor, isTied ? this.tiedTo : null);
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
