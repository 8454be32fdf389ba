import type { Axis, Point } from '../../merge/search/axis.ts';
import { shapedWeights, type WeightShape } from '../../merge/weight-shapes.ts';
import type { MergePlan } from '../experiment/experiment-types.ts';
import { methodOf } from './merge-methods.ts';

/** The part of a merge that a search fills in. */
export type SearchTemplate = Pick<MergePlan, 'method' | 'parameters' | 'weights'>;

/** What the models of a merge are told apart by, in their order: domains, or stages. */
export function modelLabels(merge: MergePlan): readonly string[] {
  return merge.over === 'domains' ? merge.domains : merge.stages;
}

/**
 * Parameters of a merge at a point of the search: `alpha` replaces a number, `weight.Games` one
 * model's number, `weights.halfLife` a number of the rule that makes the weights.
 */
export function pointParameters(
  merge: MergePlan,
  axes: readonly Axis[],
  point: Point,
): Readonly<Record<string, unknown>> {
  return parametersOfPoint(merge, modelLabels(merge), axes, point);
}

/** The same with the labels at hand. */
export function parametersOfPoint(
  template: SearchTemplate,
  labels: readonly string[],
  axes: readonly Axis[],
  point: Point,
): Readonly<Record<string, unknown>> {
  const definitions = methodOf(template.method)?.parameters ?? [];
  const parameters: Record<string, unknown> = { ...template.parameters };
  let shape = template.weights;
  axes.forEach(({ key }, index) => {
    const value = point[index] ?? 0;
    const [name = '', ...rest] = key.split('.');
    const label = rest.join('.');
    if (name === 'weights') {
      shape = { ...shape, [label]: value } as WeightShape;
      return;
    }
    const definition = definitions.find((one) => one.name === name);
    const isWhole = definition?.kind === 'number' && definition.isInteger === true;
    const number = isWhole ? Math.round(value) : value;
    if (label === '') {
      parameters[name] = number;
      return;
    }
    const given = parameters[name] ?? definition?.default;
    const each = labels.map((_, at): unknown => (Array.isArray(given) ? given[at] : given));
    parameters[name] = each.with(labels.indexOf(label), number);
  });
  if (shape !== undefined) parameters['weight'] = shapedWeights(shape, labels.length);
  return parameters;
}
