import type { Fault } from '../../core/errors.ts';
import type { ParsedRecipe } from './parse-recipe.ts';
import { referencesOf } from './recipe.ts';

export type StepOrder =
  | {
      readonly ok: true;
      /** Every step after those it reads; the last is the result. */
      readonly steps: readonly ParsedRecipe[];
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Orders the documents of a file so that each comes after the ones it names. The result is the one
 * document that no other names; steps that do not lead to it are faults, and so are circles.
 */
export function orderSteps(parsed: readonly ParsedRecipe[]): StepOrder {
  const byName = new Map<string, ParsedRecipe>();
  const faults: Fault[] = [];
  for (const step of parsed) {
    const { name } = step.recipe;
    if (name === null) continue;
    if (byName.has(name)) {
      faults.push({ place: step.placeOf(['name']), message: `A second step is called "${name}".` });
    }
    byName.set(name, step);
  }
  const needed = new Map(
    parsed.map((step) => [
      step,
      referencesOf(step.recipe).flatMap((name) => byName.get(name) ?? []),
    ]),
  );
  const used = new Set([...needed.values()].flat());
  const circle = findCircle(parsed, needed);
  if (circle !== null) {
    const names = circle.map(({ recipe }) => recipe.name ?? '').join(' → ');
    const place = circle[0]?.placeOf(['name']) ?? 'document';
    faults.push({ place, message: `These steps need each other: ${names}.` });
  } else {
    const results = parsed.filter((step) => !used.has(step));
    for (const extra of results.slice(0, -1)) {
      const message = 'Several steps are used by no other; exactly one may be the result.';
      faults.push({ place: extra.placeOf(['name']), message });
    }
  }
  if (faults.length > 0) return { ok: false, faults };
  const steps: ParsedRecipe[] = [];
  const visit = (step: ParsedRecipe): void => {
    if (steps.includes(step)) return;
    needed.get(step)?.forEach(visit);
    steps.push(step);
  };
  parsed.filter((step) => !used.has(step)).forEach(visit);
  return { ok: true, steps };
}

type Needs = ReadonlyMap<ParsedRecipe, readonly ParsedRecipe[]>;

/** Steps that lead back to the first of them, which is named again at the end. */
function findCircle(parsed: readonly ParsedRecipe[], needed: Needs): ParsedRecipe[] | null {
  const finished = new Set<ParsedRecipe>();
  const search = (step: ParsedRecipe, trail: readonly ParsedRecipe[]): ParsedRecipe[] | null => {
    const at = trail.indexOf(step);
    if (at >= 0) return [...trail.slice(at), step];
    if (finished.has(step)) return null;
    for (const next of needed.get(step) ?? []) {
      const found = search(next, [...trail, step]);
      if (found !== null) return found;
    }
    finished.add(step);
    return null;
  };
  for (const step of parsed) {
    const found = search(step, []);
    if (found !== null) return found;
  }
  return null;
}
