import { toAppError } from '../../core/errors.ts';
import type { ContextStatistics } from '../../rec/data/statistics.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { Job } from '../job/job.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';

/** What the time of a job depends on, beside its own settings. */
export interface TimeFacts {
  readonly contexts: readonly Omit<ContextStatistics, 'cumulative'>[];
  /** Trainable values of a cell. */
  readonly parameters: number;
  /** Positions that one example of training takes at most. */
  readonly positions: number;
  /** The best matrix product of the machine. */
  readonly flopsPerSecond: number;
}

/** To start and to write the result. */
const OWN_SECONDS = 10;
/** To read an interaction, count it and sort it: every job reads the data. */
const INTERACTION_SECONDS = 2e-5;
/** Of a training step, whatever its size: kernels are started, losses read back. */
const STEP_SECONDS = 0.005;
/**
 * Share of its best matrix product that a machine reaches in whole steps, at worst: small widths,
 * attention and all that moves memory included.
 */
const EFFICIENCY = 0.25;
const FLOPS_PER_VALUE = { training: 6, reading: 2 } as const;
/** Tokens that a found candidate takes at most: levels of an id, or a title. */
const ANSWER_TOKENS = 16;

/** Names that settings of several kinds of jobs share; each has some of them. */
interface SharedSettings {
  readonly domain?: string;
  readonly domains?: readonly string[];
  readonly stage?: string | { readonly name: string };
  readonly period?: { readonly name: string };
  /** Of a start that may be trained: what the training's own settings say. */
  readonly training?: SharedSettings | null;
  readonly optimizer?: { readonly epochs?: number; readonly tokensPerBatch?: number };
  readonly model?: { readonly width?: number };
  readonly users?: number;
  readonly beam?: number;
  readonly test?: object;
  /** Tokens of a text; by itself, of a language model that learns the texts of the items. */
  readonly textTokens?: number;
  readonly paradigm?: {
    readonly samples?: number;
    readonly textTokens?: number;
    /** Items of a sequence, each a text of its own. */
    readonly inputs?: number;
    readonly negatives?: number;
    readonly sequencesPerBatch?: number;
  };
  /** Of a search. */
  readonly budget?: number;
  readonly places?: readonly { readonly evaluations: readonly SharedSettings[] }[];
  /** Of a landscape. */
  readonly points?: number;
  readonly probe?: SharedSettings;
}

/**
 * Upper bound of a job's time on the measured machine, in seconds, from names that settings share; a
 * kind with names of its own counts as one that neither trains nor ranks. Not a promise: who reserves
 * a machine by it multiplies it once more. Of all jobs above 5 s of the demo and of one study of each
 * other paradigm it was 1.2 to 19 times what they took on two cores that eight programs shared.
 */
export function jobSeconds(job: Job, facts: TimeFacts): number {
  const shared = job.settings as SharedSettings;
  const settings: SharedSettings = { ...shared, ...shared.training };
  const { models = [] } = job.inputs as { readonly models?: readonly string[] };
  const trained = trainingTokens(settings, facts);
  const steps = trained / (settings.optimizer?.tokensPerBatch ?? facts.positions);
  const { training, reading } = FLOPS_PER_VALUE;
  // A model of its own may have a row an item.
  const items = sum(contextsOf(settings, facts.contexts).map((context) => context.items));
  const parameters = facts.parameters + items * (settings.model?.width ?? 0);
  const perToken = parameters / (EFFICIENCY * facts.flopsPerSecond);
  const tokens = trained * training + readTokens(settings, models.length, facts) * reading;
  const read = sum(facts.contexts.map((context) => context.interactions)) * INTERACTION_SECONDS;
  return OWN_SECONDS + read + steps * STEP_SECONDS + tokens * perToken;
}

/** Positions that one example takes at most. */
export function examplePositions(experiment: Experiment): number {
  try {
    return paradigmOf(experiment).model(experiment).maxPositions;
  } catch (error) {
    if (toAppError(error).code !== 'invalid-argument') throw error;
    // No language model: a history and the item that is asked about.
    return experiment.contexts.history + 1;
  }
}

function trainingTokens(settings: SharedSettings, { contexts, positions }: TimeFacts): number {
  const { stage, period, textTokens, paradigm, optimizer } = settings;
  const epochs = optimizer?.epochs ?? 0;
  const name = (typeof stage === 'object' ? stage.name : stage) ?? period?.name;
  const each = contextsOf(settings, contexts).map((context) => {
    if (textTokens !== undefined) return context.items * textTokens;
    const named = context.periods.find((other) => other.name === name);
    // In sequences of whole histories every interaction stands once, with its padding twice.
    if (named === undefined) return 2 * context.interactions;
    if (paradigm?.inputs === undefined) return named.samples * positions;
    const { inputs, negatives = 0, sequencesPerBatch = 1 } = paradigm;
    const sequences = named.users + named.interactions / inputs;
    const texts = sequences * (inputs + 1) + (sequences / sequencesPerBatch + 1) * negatives;
    return texts * (paradigm.textTokens ?? positions);
  });
  return epochs * sum(each);
}

/** @param models inputs of the job */
function readTokens(settings: SharedSettings, models: number, facts: TimeFacts): number {
  const { places, budget = 1, probe, points = 1, users, test } = settings;
  if (places !== undefined) {
    const evaluations = places.flatMap((place) => place.evaluations);
    return budget * sum(evaluations.map((each) => rankedTokens(each, facts)));
  }
  // Two models span a line of points, three a square of them.
  if (probe !== undefined) return points ** Math.max(1, models - 1) * rankedTokens(probe, facts);
  return users === undefined && test === undefined ? 0 : rankedTokens(settings, facts);
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
