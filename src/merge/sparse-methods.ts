import type { MergeMethod } from './method.ts';
import { breadcrumbs, breadcrumbsTies } from './methods/breadcrumbs.ts';
import { expo } from './methods/expo.ts';
import { passthrough } from './methods/passthrough.ts';
import {
  dareFusionBench,
  dareLinear,
  dareTies,
  della,
  dellaLinear,
} from './methods/random-drop.ts';

/** Methods that drop or choose elements of task vectors. */
export const SPARSE_METHODS: readonly MergeMethod[] = [
  dareLinear,
  dareTies,
  della,
  dellaLinear,
  dareFusionBench,
  breadcrumbs,
  breadcrumbsTies,
  expo,
  passthrough,
];
