import { velocity } from '../../merge/methods/temporal.ts';
import type { AnalysisPlan, ScalingPlan } from './experiment-analysis.ts';
import { sizeFault } from './experiment-discriminative.ts';
import { domainsOf, gridColumns, resolveMerge } from './experiment-resolve.ts';
import type { ExperimentDocument } from './experiment-schema.ts';
import { repeats, type PathFault } from './path-fault.ts';

/** The method whose α the regression is about. */
export const WEIGHT_METHOD = velocity.id;

/** Faults of the `analysis` section: names, models, domains, and what a regression stands on. */
export function checkAnalysis(document: ExperimentDocument): PathFault[] {
  const names = document.analysis.map(({ name }) => name);
  return [
    ...repeats(names, ['analysis']),
    ...document.analysis.flatMap((plan, index) =>
      faultsOf(document, plan).map(({ path, message }) => ({
        path: ['analysis', index, ...path],
        message,
      })),
    ),
  ];
}

function faultsOf(document: ExperimentDocument, plan: AnalysisPlan): PathFault[] {
  const isDiscriminative = document.paradigm === 'discriminative';
  if (plan.kind === 'scaling') return checkScaling(document, plan);
  if (isDiscriminative && plan.kind !== 'task-vectors') {
    return [{ path: ['kind'], message: `${plan.kind} means nothing for click models.` }];
  }
  if (plan.kind === 'weight-regression') return checkRegression(document, plan);
  const known = modelNames(document);
  const faults = plan.models.flatMap((model, at) => unknownModel(known, model, ['models', at]));
  const repeated = repeats(plan.models, ['models']);
  if (plan.kind === 'task-vectors') {
    return [...faults, ...repeated, ...unknownModel(known, plan.base, ['base'])];
  }
  const domains = domainsOf(document);
  const strangers = (plan.evaluate ?? []).flatMap((domain, at) =>
    domains === null || domains.includes(domain)
      ? []
      : [{ path: ['evaluate', at], message: `"${domain}" is not among the domains.` }],
  );
  return [...faults, ...repeated, ...strangers];
}

function unknownModel(
  known: readonly string[] | null,
  model: string,
  path: PathFault['path'],
): PathFault[] {
  if (known === null || known.includes(model)) return [];
  const message = `There is no model "${model}"; models: ${known.slice(0, 40).join(', ')}.`;
  return [{ path, message }];
}

/** Names an analysis may use; null where only the files tell the domains. */
export function modelNames(document: ExperimentDocument): string[] | null {
  const domains = domainsOf(document);
  if (domains === null) return null;
  const stages = gridColumns(document);
  return [
    'base',
    ...domains.flatMap((domain) => stages.map((stage) => `${domain}/${stage}`)),
    ...stages.map((stage) => `${stage}-mean`),
    ...[...document.merges, ...document.searches].flatMap(({ name }) => [
      name,
      ...domains.map((domain) => `${name} (${domain})`),
    ]),
  ];
}

function checkRegression(
  document: ExperimentDocument,
  plan: Extract<AnalysisPlan, { kind: 'weight-regression' }>,
): PathFault[] {
  const faults: PathFault[] = [];
  const velocities = document.merges.filter(
    (merge) => merge.over === 'periods' && merge.method === WEIGHT_METHOD,
  );
  const asked = plan.merges ?? velocities.map(({ name }) => name);
  for (const [at, name] of asked.entries()) {
    if (velocities.some((merge) => merge.name === name)) continue;
    const message = `"${name}" is not a merge over periods by ${WEIGHT_METHOD}.`;
    faults.push({ path: ['merges', at], message });
  }
  const chosen = velocities.filter(({ name }) => asked.includes(name));
  if (faults.length === 0 && chosen.length < 2) {
    const message = `needs at least two merges over periods by ${WEIGHT_METHOD} to choose from.`;
    faults.push({ path: [], message });
  }
  const everywhere = chosen.map((merge) => resolveMerge(document, merge).domains.join());
  if (new Set(everywhere).size > 1) {
    faults.push({ path: ['merges'], message: 'must all be over the same domains.' });
  }
  if (!document.evaluation.cutoffs.includes(plan.k)) {
    const message = `must be one of the cut-offs: ${document.evaluation.cutoffs.join(', ')}.`;
    faults.push({ path: ['k'], message });
  }
  return faults;
}

function checkScaling(document: ExperimentDocument, plan: ScalingPlan): PathFault[] {
  if (document.paradigm !== 'discriminative') {
    const message = `scaling is a study of click models, not of the paradigm ${document.paradigm}.`;
    return [{ path: ['kind'], message }];
  }
  const domains = domainsOf(document);
  const faults: PathFault[] = repeats(
    plan.sizes.map(({ layers, width, heads }) => `L${layers} H${width} A${heads}`),
    ['sizes'],
  );
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
