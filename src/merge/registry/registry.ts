import { AppError } from '../../core/errors.ts';
import type { MergeMethod } from '../method.ts';
import { mmgridAverage, simpleAverage, weightedAverage } from '../methods/averages.ts';
import { linear } from '../methods/linear.ts';
import { mmgridTaskArithmetic, mmgridWeighted } from '../methods/mmgrid-domain-forms.ts';
import { mmgridTies } from '../methods/mmgrid-ties.ts';
import { taskArithmetic } from '../methods/task-arithmetic.ts';
import { taskArithmeticSum } from '../methods/task-arithmetic-sum.ts';
import {
  mmgridAcceleration,
  mmgridExpDecay,
  mmgridLinearVelocity,
  mmgridMovingAverageVelocity,
  velocity,
} from '../methods/temporal.ts';
import { SPARSE_METHODS } from './sparse-methods.ts';
import { SPECTRAL_METHODS } from './spectral-methods.ts';
import { SPHERICAL_METHODS } from './spherical-methods.ts';
import { tiesGlobal } from '../methods/ties-global.ts';
import { ties } from '../methods/ties.ts';

/** All merge methods, in the order in which a form offers them. */
export const MERGE_METHODS: readonly MergeMethod[] = [
  linear,
  taskArithmetic,
  ties,
  velocity,
  simpleAverage,
  weightedAverage,
  taskArithmeticSum,
  tiesGlobal,
  mmgridAverage,
  mmgridWeighted,
  mmgridTaskArithmetic,
  mmgridTies,
  mmgridLinearVelocity,
  mmgridMovingAverageVelocity,
  mmgridAcceleration,
  mmgridExpDecay,
  ...SPARSE_METHODS,
  ...SPHERICAL_METHODS,
  ...SPECTRAL_METHODS,
];

/** @errors invalid-argument when there is no such method */
export function methodById(id: string): MergeMethod {
  const method = MERGE_METHODS.find((candidate) => candidate.id === id);
  if (method !== undefined) return method;
  const known = MERGE_METHODS.map((candidate) => candidate.id).join(', ');
  throw new AppError('invalid-argument', `There is no merge method "${id}".`, {
    hint: `Choose one of ${known}.`,
  });
}
