import { AppError, type Fault } from '../../core/errors.ts';
import type { ParameterLayout, TensorEntry } from '../../core/layout.ts';
import {
  behaviourTable,
  initialBehaviour,
  sparseTensors,
  type BehaviourConfig,
  type SparseDefinition,
} from '../../nn/behaviour-model/behaviour-layout.ts';
import { dinTable, initialDin, type DinConfig } from '../../nn/din-model/din-layout.ts';
import type { Strategy } from './behaviour-types.ts';

/** @source GPSD, arXiv:2506.03699 */
const TRANSFERS: Readonly<
  Record<
    Strategy,
    { readonly sparse: 'random' | 'transferred' | 'frozen'; readonly dense: boolean }
  >
> = {
  NT: { sparse: 'random', dense: false },
  FT: { sparse: 'transferred', dense: true },
  ST: { sparse: 'transferred', dense: false },
  'FT&SF': { sparse: 'frozen', dense: true },
  'ST&SF': { sparse: 'frozen', dense: false },
};

/** A parameter arena with the table that says where its tensors lie. */
export interface NamedArena {
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
}

/** What a strategy made of every tensor of the model; names in the order of the arena. */
export interface TransferReport {
  readonly transferred: readonly string[];
  readonly random: readonly string[];
  readonly transferredValues: number;
  readonly randomValues: number;
}

export interface StrategyStart {
  readonly parameters: Float32Array<ArrayBuffer>;
  /** Tensors that training leaves as they are; empty unless the strategy freezes. */
  readonly frozen: readonly string[];
  readonly report: TransferReport;
}

/**
 * Start of a click model under a transfer strategy. The random values are those of `start`
 * whatever the strategy: models of one seed share them where they are random.
 * @param pretrained result of pretraining with the same configuration; NT takes none
 * @param start arena of `behaviourTable(config, true)`; default: drawn by the seed
 * @errors layout-mismatch for missing, unknown or misshapen tensors, invalid-argument where the
 *   strategy needs pretraining; nothing is changed then
 */
export function strategyStart(
  strategy: Strategy,
  {
    config,
    pretrained,
    start,
    seed,
    sparse,
  }: {
    readonly config: BehaviourConfig;
    readonly pretrained: NamedArena | null;
    readonly start?: Float32Array;
    readonly seed: number;
    readonly sparse: SparseDefinition;
  },
): StrategyStart {
  const { layout } = behaviourTable(config, true);
  return transferInto(strategy, {
    target: { layout, parameters: start ?? initialBehaviour(config, true, seed) },
    pretrained,
    sparse: sparseTensors(config, sparse),
    dense: behaviourTable(config, false).layout.entries.map(({ name }) => name),
  });
}

/**
 * Start of a deep interest network: it has the tables of a behaviour model, of any width of layers
 * behind them, but no transformer. Only NT, ST and ST&SF are possible.
 * @errors as `strategyStart`; invalid-argument for strategies that transfer the transformer
 */
export function dinStart(
  strategy: Strategy,
  {
    config,
    pretrained,
    seed,
    sparse,
  }: {
    readonly config: DinConfig;
    readonly pretrained: NamedArena | null;
    readonly seed: number;
    readonly sparse: SparseDefinition;
  },
): StrategyStart {
  if (TRANSFERS[strategy].dense) {
    throw new AppError(
      'invalid-argument',
      `${strategy} transfers the transformer, which a deep interest network does not have.`,
      { hint: 'Choose NT, ST or ST&SF for it.' },
    );
  }
  return transferInto(strategy, {
    target: { layout: dinTable(config).layout, parameters: initialDin(config, seed) },
    pretrained,
    sparse: sparseTensors(config, sparse),
    dense: [],
  });
}

/**
 * The same for a model of any architecture that names its sparse tensors as pretraining does.
 * @param target random start
 * @param sparse names of the tensors that count as sparse
 * @param dense names of the target's tensors that pretraining has, the sparse ones among them or not
 * @errors as `strategyStart`
 */
export function transferInto(
  strategy: Strategy,
  {
    target,
    pretrained,
    sparse,
    dense,
  }: {
    readonly target: NamedArena;
    readonly pretrained: NamedArena | null;
    readonly sparse: readonly string[];
    readonly dense: readonly string[];
  },
): StrategyStart {
  const transfer = TRANSFERS[strategy];
  const { layout } = target;
  const taken = new Set(transfer.sparse === 'random' ? [] : sparse);
  if (transfer.dense) for (const name of dense) taken.add(name);
  if (target.parameters.length !== layout.length) throw mismatch([]);
  const parameters = new Float32Array(target.parameters);
  if (taken.size > 0) {
    if (pretrained === null) {
      throw new AppError('invalid-argument', `${strategy} needs a pretrained model.`, {
        hint: 'Pretrain first, or choose the strategy NT.',
      });
    }
    const faults = faultsOf(layout, pretrained, taken, transfer.dense);
    if (faults.length > 0) throw mismatch(faults);
    for (const { name, offset, size } of layout.entries) {
      if (!taken.has(name)) continue;
      const source = entryIn(pretrained.layout, name)?.offset ?? 0;
      parameters.set(pretrained.parameters.subarray(source, source + size), offset);
    }
  }
  const own = layout.entries.filter(({ name }) => taken.has(name));
  const random = layout.entries.filter(({ name }) => !taken.has(name));
  return {
    parameters,
    frozen: transfer.sparse === 'frozen' ? [...sparse] : [],
    report: {
      transferred: own.map(({ name }) => name),
      random: random.map(({ name }) => name),
      transferredValues: valuesOf(own),
      randomValues: valuesOf(random),
    },
  };
}

/** @param isWhole the pretrained model must have no other tensors than those taken */
function faultsOf(
  target: ParameterLayout,
  pretrained: NamedArena,
  taken: ReadonlySet<string>,
  isWhole: boolean,
): Fault[] {
  const faults: Fault[] = [];
  for (const name of taken) {
    const place = `tensor "${name}"`;
    const needed = entryIn(target, name);
    const given = entryIn(pretrained.layout, name);
    if (needed === undefined) faults.push({ place, message: 'is not part of the click model' });
    else if (given === undefined) faults.push({ place, message: 'is not in the pretrained model' });
    else if (given.shape.join() !== needed.shape.join()) {
      const message = `is [${given.shape.join()}], the click model needs [${needed.shape.join()}]`;
      faults.push({ place, message });
    }
  }
  for (const { name } of isWhole ? pretrained.layout.entries : []) {
    if (taken.has(name)) continue;
    faults.push({ place: `tensor "${name}"`, message: 'is not part of the click model' });
  }
  const { length } = pretrained.parameters;
  if (length !== pretrained.layout.length) {
    const message = `has ${String(length)} of ${String(pretrained.layout.length)} values`;
    faults.push({ place: 'the pretrained model', message });
  }
  return faults;
}

function mismatch(faults: readonly Fault[]): AppError {
  return new AppError(
    'layout-mismatch',
    'The pretrained model does not fit the click model; nothing was transferred.',
    { hint: 'Pretrain with the same model section and data.', faults },
  );
}

function entryIn({ entries }: ParameterLayout, name: string): TensorEntry | undefined {
  return entries.find((entry) => entry.name === name);
}

function valuesOf(entries: readonly TensorEntry[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0);
}
