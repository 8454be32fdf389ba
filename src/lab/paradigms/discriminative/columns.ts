import {
  STRATEGIES,
  transfersDense,
  type Strategy,
} from '../../../rec/behaviour/behaviour-types.ts';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import type { CellStart } from '../contract/paradigm-document.ts';
import { discriminativeOf, type DiscriminativeSection, type Ranker } from './section.ts';

/** "FT&SF" of the transformer, "DIN ST&SF" of another architecture. */
export function strategyLabel({
  strategy,
  ranker,
}: {
  readonly strategy: Strategy;
  readonly ranker?: Ranker | null;
}): string {
  return ranker ? `${ranker.toUpperCase()} ${strategy}` : strategy;
}

/** A column of the grid: what is trained on a stage, and from what. */
export interface ClickColumn {
  readonly name: string;
  readonly stage: string;
  readonly strategy: Strategy;
  /** null: the transformer that was pretrained. */
  readonly ranker: Ranker | null;
}

/** Strategies of the transformer, then of each ranker, for every stage. */
export function columnsOf(
  stages: readonly string[],
  { strategies, rankers }: Pick<DiscriminativeSection, 'strategies' | 'rankers'>,
): readonly ClickColumn[] {
  return stages.flatMap((stage) =>
    [null, ...rankers].flatMap((ranker) =>
      strategies
        .filter((strategy) => ranker === null || !transfersDense(strategy))
        .map((strategy) => {
          const own = strategyLabel({ strategy, ranker });
          return { name: stages.length === 1 ? own : `${stage} ${own}`, stage, strategy, ranker };
        }),
    ),
  );
}

/** Stages that click models are trained on: where `all` is asked for, the first is pretrained on. */
export function clickStages(
  stages: readonly string[],
  { samples }: Pick<DiscriminativeSection, 'samples'>,
): readonly string[] {
  return samples === 'all' ? stages.slice(1) : stages;
}

/** Columns of the grid: strategies, named with their stage where there are several stages. */
export function clickColumns(document: ExperimentDocument): readonly ClickColumn[] {
  const stages = document.contexts.stages.map(({ name: stage }) => stage);
  const section = discriminativeOf(document);
  return columnsOf(clickStages(stages, section), section);
}

/** Where the embedding (sparse) and the transformer (dense) come from. */
const TRANSFERS: Readonly<Record<Strategy, string>> = {
  NT: 'nothing transferred',
  FT: 'everything transferred, everything trained',
  ST: 'sparse part transferred, everything trained',
  'FT&SF': 'everything transferred, sparse part frozen',
  'ST&SF': 'sparse part transferred and frozen',
};

/** @param label as `strategyLabel` */
export function clickCellStart(label: string): CellStart | null {
  const own = label.split(' ').at(-1);
  const strategy = STRATEGIES.find((one) => one === own);
  if (strategy === undefined) return null;
  return { text: TRANSFERS[strategy], isRandom: strategy === 'NT' };
}

/**
 * The same of a draft, read tolerantly. With samples `all` the first stage is pretrained on and has
 * no click models.
 */
export function draftClickColumns(
  root: Readonly<Record<string, unknown>>,
  stages: readonly string[],
): readonly string[] {
  const section = isRecord(root['discriminative']) ? root['discriminative'] : {};
  const strategies =
    'strategies' in section ? list(section['strategies']).map(asText).filter(Boolean) : STRATEGIES;
  const used = section['samples'] === 'all' ? stages.slice(1) : stages;
  // Other architectures have nothing to take over but the tables.
  const rankers = list(section['rankers']).flatMap((ranker) =>
    strategies
      .filter((strategy) => !strategy.startsWith('FT'))
      .map((strategy) => `${asText(ranker).toUpperCase()} ${strategy}`),
  );
  return used.flatMap((stage) =>
    [...strategies, ...rankers].map((strategy) =>
      used.length === 1 ? strategy : `${stage} ${strategy}`,
    ),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
