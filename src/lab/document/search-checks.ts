import { strategySize } from '../../merge/search/strategies.ts';
import { modelLabels, pointParameters } from '../merging/search-point.ts';
import { checkMerge } from './merge-checks.ts';
import { resolveSearch, type DocumentSearch } from './resolve.ts';
import type { ExperimentDocument } from '../experiment/common-sections.ts';
import { methodOf, parameterFaults, putsEvaluatedLast } from '../merging/merge-methods.ts';
import type { PathFault } from '../experiment/path-fault.ts';

/** Axes of one search; CMA-ES and people lose sight beyond. */
const MAX_AXES = 32;

/** As for a budget. */
const MAX_GRID = 10_000;

/** Faults of the `searches` section. */
export function checkSearches(document: ExperimentDocument): PathFault[] {
  const names = [...document.merges, ...document.searches].map(({ name }) => name);
  return document.searches.flatMap((search, index) => [
    ...(names.indexOf(search.name) === document.merges.length + index
      ? []
      : [{ path: ['searches', index, 'name'], message: `"${search.name}" is named twice.` }]),
    ...checkSearch(document, search).map(({ path, message }) => ({
      path: ['searches', index, ...path],
      message,
    })),
  ]);
}

function checkSearch(document: ExperimentDocument, search: DocumentSearch): PathFault[] {
  const faults = checkMerge(document, { ...search.merge, name: search.name }).map(
    ({ path, message }) => ({ path: ['merge', ...path], message }),
  );
  if (search.merge.base?.endsWith('-own') === true) {
    const message =
      'A search merges the cells as they are: name another base, or write its merges one by one.';
    faults.push({ path: ['merge', 'base'], message });
  }
  if (search.split === 'validation' && document.contexts.validation === undefined) {
    const message =
      'chooses on a validation window: add contexts.validation, or say split: test here.';
    faults.push({ path: ['split'], message });
  }
  if (!document.evaluation.cutoffs.includes(search.objective.k)) {
    const message = `must be one of the cut-offs ${document.evaluation.cutoffs.join(', ')}.`;
    faults.push({ path: ['objective', 'k'], message });
  }
  if (faults.length > 0) return faults;
  return checkAxes(document, search);
}

function checkAxes(document: ExperimentDocument, search: DocumentSearch): PathFault[] {
  const { merge, axes, budget, strategy } = resolveSearch(document, search);
  if (axes.length === 0 || axes.length > MAX_AXES) {
    return [{ path: ['vary'], message: `must name 1 to ${String(MAX_AXES)} numbers.` }];
  }
  const method = methodOf(merge.method);
  const labels = modelLabels(merge);
  const faults = axes.flatMap((axis): PathFault[] => {
    const path = ['vary', axis.key];
    if (axis.to < axis.from) return [{ path, message: 'ends below its start.' }];
    const [name = '', ...rest] = axis.key.split('.');
    const label = rest.join('.');
    if (name === 'weights') {
      const known = merge.weights;
      return known !== undefined && label !== 'shape' && Object.hasOwn(known, label)
        ? []
        : [{ path, message: 'The rule of weights has no such number.' }];
    }
    const definition = method?.parameters.find((one) => one.name === name);
    if (definition?.kind !== 'number') {
      const numbers = method?.parameters.filter(({ kind }) => kind === 'number') ?? [];
      const known = numbers.map((one) => one.name).join(', ');
      return [{ path, message: `The method has no number "${name}"; it has: ${known}.` }];
    }
    if (merge.gradients?.[name] !== undefined) {
      return [{ path, message: 'has values over depth already.' }];
    }
    if (label === '') return [];
    if (!definition.perModel) return [{ path, message: `"${name}" is one number for all models.` }];
    if (putsEvaluatedLast(merge.method)) {
      return [{ path, message: 'The order of models differs by domain: vary one for all.' }];
    }
    return labels.includes(label)
      ? []
      : [{ path, message: `There is no model "${label}"; models: ${labels.join(', ')}.` }];
  });
  if (faults.length > 0) return faults;
  const size = strategySize(strategy, axes);
  if (size !== null && (size > budget || size > MAX_GRID)) {
    const message = `The grid has ${String(size)} points: more than the budget or ${String(MAX_GRID)}.`;
    return [{ path: ['vary'], message }];
  }
  // Both ends of every axis must be values that the method takes.
  return [axes.map(({ from }) => from), axes.map(({ to }) => to)].flatMap((point) => {
    const parameters = pointParameters(merge, axes, point);
    return method === undefined
      ? []
      : parameterFaults(method, parameters, labels.length)
          .slice(0, 1)
          .map(({ path, message }) => ({
            path: ['vary'],
            message: `${path.join('.')}: ${message}`,
          }));
  });
}
