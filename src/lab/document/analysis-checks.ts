import { analysisKind, type AnalysisPlan } from '../experiment/analyses/analysis-list.ts';
import type { AnalysisScope } from '../experiment/analyses/analysis-scope.ts';
import { WEIGHT_METHOD, weightOf } from '../merging/merge-methods.ts';
import { paradigmDocument } from '../paradigms/document-list.ts';
import { domainsOf } from '../experiment/document-domains.ts';
import { gridColumns, resolveMerge } from './resolve.ts';
import type { ExperimentDocument } from '../experiment/common-sections.ts';
import { repeats, type PathFault } from '../experiment/path-fault.ts';

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

function faultsOf(document: ExperimentDocument, plan: AnalysisPlan): readonly PathFault[] {
  const own = paradigmDocument(document.paradigm).analysisFaults(document, plan);
  return own ?? analysisKind(plan.kind).faults?.(plan, scopeOf(document)) ?? [];
}

function scopeOf(document: ExperimentDocument): AnalysisScope {
  const { merges, evaluation } = document;
  const weighted = merges.filter(
    (merge) => merge.over === 'periods' && merge.method === WEIGHT_METHOD,
  );
  return {
    models: modelNames(document),
    domains: domainsOf(document),
    cutoffs: evaluation.cutoffs,
    merges: merges.map((merge) => {
      const resolved = resolveMerge(document, merge);
      const { name } = merge;
      return { name, domains: resolved.over === 'domains' ? resolved.evaluate : resolved.domains };
    }),
    weighted: {
      method: WEIGHT_METHOD,
      merges: weighted.map((merge) => {
        const { name, domains, parameters } = resolveMerge(document, merge);
        return { name, domains, weight: weightOf(parameters) };
      }),
    },
  };
}

/** Names an analysis may use; null where only the files tell the domains. */
function modelNames(document: ExperimentDocument): string[] | null {
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
