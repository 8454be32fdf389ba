import type { ContextStatistics } from '../../rec/data/statistics.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { Job } from '../job/job.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';

/** What the time of a job depends on, beside its own settings. */
export interface TimeFacts {
  readonly contexts: readonly ContextStatistics[];
  /** Trainable values of a cell. */
  readonly parameters: number;
  /** Positions that one example of training takes at most. */
  readonly positions: number;
  /** The best matrix product of the machine. */
  readonly flopsPerSecond: number;
}

/** To start, to read the data and to write the result. */
const OWN_SECONDS = 10;
/** Of a training step, whatever its size: kernels are started, losses read back. */
const STEP_SECONDS = 0.005;
/**
 * Share of its best matrix product that a machine reaches in whole steps, at worst: small widths,
 * attention and all that moves memory included.
 */
const EFFICIENCY = 0.1;
const FLOPS_PER_VALUE = { training: 6, reading: 2 } as const;
/** Tokens that a found candidate takes at most: levels of an id, or a title. */
const ANSWER_TOKENS = 16;

/** Names that settings of several kinds of jobs share; each has some of them. */
interface SharedSettings {
  readonly kind?: string;
  readonly domain?: string;
  readonly domains?: readonly string[];
  readonly stage?: string | { readonly name: string };
  readonly period?: { readonly name: string };
  readonly optimizer?: { readonly epochs?: number; readonly tokensPerBatch?: number };
  readonly model?: { readonly width?: number };
  readonly users?: number;
  readonly beam?: number;
  readonly paradigm?: { readonly samples?: number };
  /** Of a search. */
  readonly budget?: number;
  readonly places?: readonly { readonly evaluations: readonly SharedSettings[] }[];
  /** Of a landscape. */
  readonly points?: number;
  readonly probe?: SharedSettings;
}

/**
 * Upper bound of a job's time on the measured machine, in seconds; kinds that train or rank by
 * settings of their own names count as those that do neither. Not a promise: who reserves a machine
 * by it multiplies it once more.
 */
export function jobSeconds(job: Job, facts: TimeFacts): number {
  const settings = job.settings as SharedSettings;
  const trained = trainingTokens(settings, facts);
  const steps = trained / (settings.optimizer?.tokensPerBatch ?? facts.positions);
  const { training, reading } = FLOPS_PER_VALUE;
  // A model of its own may have a row an item.
  const items = sum(contextsOf(settings, facts.contexts).map((context) => context.items));
  const parameters = facts.parameters + items * (settings.model?.width ?? 0);
  const perToken = parameters / (EFFICIENCY * facts.flopsPerSecond);
  const tokens = trained * training + readTokens(settings, facts) * reading;
  return OWN_SECONDS + steps * STEP_SECONDS + tokens * perToken;
}

/** Positions that one example takes at most, histories of texts included. */
export function examplePositions(experiment: Experiment): number {
  const { paradigm, contexts } = experiment;
  if (paradigm.kind === 'discriminative') return contexts.history + 1;
  const { maxPositions } = paradigmOf(experiment).model(experiment);
  // Every item of a history is a text of its own, and so is every negative.
  return paradigm.kind === 'embedding' ? maxPositions * (contexts.history + 1) : maxPositions;
}

function trainingTokens(settings: SharedSettings, { contexts, positions }: TimeFacts): number {
  const epochs = settings.optimizer?.epochs ?? 0;
  const { stage, period } = settings;
  const name = (typeof stage === 'object' ? stage.name : stage) ?? period?.name;
  let examples = 0;
  for (const { periods } of contextsOf(settings, contexts)) {
    const named = periods.filter((each) => each.name === name);
    for (const each of named.length > 0 ? named : periods) {
      examples += Math.max(each.interactions, each.samples);
    }
  }
  return epochs * examples * positions;
}

function readTokens(settings: SharedSettings, facts: TimeFacts): number {
  const { kind, places, budget = 1, probe, points = 1, users } = settings;
  if (places !== undefined) {
    const evaluations = places.flatMap((place) => place.evaluations);
    return budget * sum(evaluations.map((each) => rankedTokens(each, facts)));
  }
  // A plane has its points along both sides.
  const probed = kind === 'plane' ? points ** 2 : points;
  if (probe !== undefined) return probed * rankedTokens(probe, facts);
  return users === undefined ? 0 : rankedTokens(settings, facts);
}

/** Every item once, and every user's history with the candidates that are found for it. */
function rankedTokens(settings: SharedSettings, { contexts, positions }: TimeFacts): number {
  const { users = Infinity, beam = 1, paradigm } = settings;
  const each = positions * (paradigm?.samples ?? 1) + beam * ANSWER_TOKENS;
  return sum(
    contextsOf(settings, contexts).map((context) => {
      const asked = Math.min(users, context.periods.at(-1)?.samples ?? context.users);
      return context.items * ANSWER_TOKENS + asked * each;
    }),
  );
}

function contextsOf({ domain, domains }: SharedSettings, contexts: TimeFacts['contexts']) {
  return contexts.filter(
    (context) =>
      (domain === undefined || context.domain === domain) &&
      (domains === undefined || domains.includes(context.domain)),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
