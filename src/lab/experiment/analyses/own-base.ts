import type { PathFault } from '../path-fault.ts';
import type { AnalysisScope } from './analysis-scope.ts';

/** The stage of a base `<stage>-own`: each model's own checkpoint of it; null for other bases. */
export function ownStage(base: string): string | null {
  return base.endsWith('-own') ? base.slice(0, -'-own'.length) : null;
}

/** `Games/phase2` → `Games/pretrain`; null for what is no cell. The domain may hold a slash. */
export function ownBaseOf(model: string, stage: string): string | null {
  const at = model.lastIndexOf('/');
  return at < 0 ? null : `${model.slice(0, at)}/${stage}`;
}

/** Models that have no checkpoint of that stage, or are it themselves. */
export function ownBaseFaults(
  models: readonly string[],
  stage: string,
  { models: known }: AnalysisScope,
): PathFault[] {
  return models.flatMap((model, at): PathFault[] => {
    const path = ['models', at];
    const own = ownBaseOf(model, stage);
    if (own === null || (known !== null && !known.includes(own))) {
      return [{ path, message: `"${model}" has no checkpoint of ${stage} of its own.` }];
    }
    return own === model ? [{ path, message: `"${model}" is its own base: nothing is left.` }] : [];
  });
}
