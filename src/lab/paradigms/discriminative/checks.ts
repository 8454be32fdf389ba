import { SOURCE_KINDS, sourceKind } from '../../../rec/importers/source.ts';
import { MODEL } from '../../experiment/experiment-defaults.ts';
import type { AnalysisPlan } from '../../experiment/analyses/analysis-list.ts';
import type { ScalingPlan } from '../../experiment/analysis-section.ts';
import type { BehaviourSizes } from '../../experiment/behaviour-sizes.ts';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import { domainsOf } from '../../experiment/document-domains.ts';
import type { MergePlan } from '../../experiment/experiment-types.ts';
import { repeats, type PathFault } from '../../experiment/path-fault.ts';
import { checkBehaviourBase } from './base-checks.ts';
import { clickColumns } from './columns.ts';
import { discriminativeOf } from './section.ts';

/** Sections that say nothing to a click model; those of other paradigms are faults anyway. */
const FOREIGN = ['ids', 'training', 'searches'] as const;

/**
 * Faults of a discriminative document. @param raw the document as it was written: sections with
 * defaults that somebody wrote all the same
 */
export function checkDiscriminative(document: ExperimentDocument, raw: unknown): PathFault[] {
  return [
    ...foreignSections(raw),
    ...checkBehaviourBase(document, raw),
    ...checkSection(document),
    ...checkSizes(document, raw),
    ...checkEvaluationKeys(raw),
  ];
}

function foreignSections(raw: unknown): PathFault[] {
  if (typeof raw !== 'object' || raw === null) return [];
  return FOREIGN.filter((key) => key in raw).map((key) => ({
    path: [key],
    message:
      key === 'searches'
        ? 'searches rank items: merges of click models are compared as merges.'
        : 'means nothing for the paradigm discriminative.',
  }));
}

function checkEvaluationKeys(raw: unknown): PathFault[] {
  const evaluation = (raw as { evaluation?: unknown }).evaluation;
  if (typeof evaluation !== 'object' || evaluation === null) return [];
  return Object.keys(evaluation)
    .filter((key) => key !== 'crossMatrix' && key !== 'baselines')
    .map((key) => ({
      path: ['evaluation', key],
      message: 'means nothing for click models: all test impressions are measured.',
    }));
}

function checkSection(document: ExperimentDocument): PathFault[] {
  const { contexts, data } = document;
  const section = discriminativeOf(document);
  const { samples, trainShare, strategies, rankers, numbers, moments, features = [] } = section;
  const at = (key: string) => ['discriminative', key];
  const faults = [
    ...repeats(strategies, at('strategies')),
    ...repeats(rankers, at('rankers')),
    ...repeats(numbers, at('numbers')),
    ...repeats(moments, at('moments')),
    ...repeats(features, at('features')),
  ];
  if (samples === 'all' && contexts.stages.length < 2) {
    const message =
      'all needs at least two stages: the first is pretrained on, later ones give the impressions.';
    faults.push({ path: at('samples'), message });
  }
  if (trainShare !== undefined && (samples === 'all' || contexts.stages.length !== 1)) {
    const message = 'divides one stage from the test: it needs exactly one, and not all samples.';
    faults.push({ path: at('trainShare'), message });
  }
  if (section.validation?.by === 'window') {
    const message = 'must be users or time: impressions have no window of their own.';
    faults.push({ path: [...at('validation'), 'by'], message });
  }
  if (section.validation?.metric === 'ndcg') {
    const message = 'must be loss: click models rank nothing.';
    faults.push({ path: [...at('validation'), 'metric'], message });
  }
  if ((section.average?.before ?? 0) > 0) {
    const message = 'means nothing for click models: no stage lies before a strategy.';
    faults.push({ path: [...at('average'), 'before'], message });
  }
  if (contexts.validation !== undefined) {
    const message =
      'means nothing for click models: discriminative.validation holds out users or times.';
    faults.push({ path: ['contexts', 'validation'], message });
  }
  if (samples === 'impressions' && !readsImpressions(data)) {
    const message = `impressions needs data that have them: ${withImpressions()}.`;
    faults.push({ path: at('samples'), message });
  }
  return faults;
}

function readsImpressions(data: ExperimentDocument['data']): boolean {
  return 'importer' in data && sourceKind(data).impressions?.areRead(data) === true;
}

/** The importers that read impressions, and what makes them. */
function withImpressions(): string {
  const all = SOURCE_KINDS.flatMap(({ id, impressions }) =>
    impressions === undefined ? [] : [`importer ${id} with ${impressions.setting}`],
  );
  return all.join(', or ');
}

/** Kernels read vectors of 8 elements a head. */
function sizeFault({ width, heads }: BehaviourSizes): string | null {
  const step = 8 * heads;
  return width % step === 0 ? null : `must be a multiple of 8 · heads = ${String(step)}.`;
}

/** GPSD derives the rest: heads · head width = width, SwiGLU of 8/3 of the width. */
const SIZES = ['layers', 'width', 'heads'];

function checkSizes({ model = MODEL }: ExperimentDocument, raw: unknown): PathFault[] {
  const written = (raw as { model?: unknown }).model;
  const keys = typeof written === 'object' && written !== null ? Object.keys(written) : [];
  const foreign = keys
    .filter((key) => !SIZES.includes(key))
    .map((key) => ({ path: ['model', key], message: 'follows from the width in click models.' }));
  const message = sizeFault(model);
  return message === null ? foreign : [...foreign, { path: ['model', 'width'], message }];
}

/** Cells of click models can be compared as task vectors, and by size; they rank nothing. */
export function clickAnalysisFaults(
  document: ExperimentDocument,
  plan: AnalysisPlan,
): PathFault[] | null {
  if (plan.kind === 'task-vectors') return null;
  if (plan.kind === 'scaling') return scalingFaults(document, plan);
  return [{ path: ['kind'], message: `${plan.kind} means nothing for click models.` }];
}

function scalingFaults(document: ExperimentDocument, plan: ScalingPlan): PathFault[] {
  const domains = domainsOf(document);
  const faults: PathFault[] = repeats(plan.sizes.map(spacedSize), ['sizes']);
  plan.sizes.forEach((size, at) => {
    const message = sizeFault(size);
    if (message !== null) faults.push({ path: ['sizes', at, 'width'], message });
  });
  faults.push(...repeats(plan.strategies ?? [], ['strategies']));
  const { domain } = plan;
  if (domain !== undefined && domains?.includes(domain) === false) {
    faults.push({ path: ['domain'], message: `"${domain}" is not among the domains.` });
  }
  return faults;
}

function spacedSize({ layers, width, heads }: BehaviourSizes): string {
  return `L${layers} H${width} A${heads}`;
}

/** Methods that look at training rows know language models; architectures merge with their like. */
export function clickMergeFault(
  document: ExperimentDocument,
  merge: MergePlan,
  method: { readonly title: string; readonly needsData: boolean },
): PathFault | null {
  if (method.needsData) {
    const message = `${method.title} reads training rows of language models: not of click models.`;
    return { path: ['method'], message };
  }
  const merged = merge.over === 'domains' ? [merge.stage] : merge.stages;
  const rankers = clickColumns(document)
    .filter(({ name }) => merged.includes(name))
    .map(({ ranker }) => ranker);
  if (new Set(rankers).size > 1) {
    return { path: ['stages'], message: 'Models of different architectures cannot be merged.' };
  }
  if (rankers[0] === null || rankers[0] === undefined || merge.base !== 'base') return null;
  const message = 'The base is the pretrained transformer, which these models do not share.';
  return { path: ['method'], message };
}
