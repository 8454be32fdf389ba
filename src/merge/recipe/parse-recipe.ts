import { AppError, type Fault } from '../../core/errors.ts';
import type { LocatedDocument } from '../../io/yaml/located-yaml.ts';
import { checkRecipe } from './check-recipe.ts';
import type { PathFault } from './checked-value.ts';
import { readRecipes } from './read-recipe.ts';
import type { Recipe } from './recipe.ts';

/** A recipe of a file, with a way to say where in the file something stands. */
export interface ParsedRecipe {
  readonly recipe: Recipe;
  readonly placeOf: LocatedDocument['placeOf'];
  /** What mergekit would pass over without a word. */
  readonly notes: readonly Fault[];
}

export type RecipeResult =
  | { readonly ok: true; readonly recipes: readonly ParsedRecipe[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Reads the recipes of a file (YAML or JSON; several documents are steps of one merge) and checks
 * all that can be checked without the models. All faults come at once, with their places.
 */
export function parseRecipes(text: string): RecipeResult {
  const read = readRecipes(text);
  const faults: Fault[] = read.ok ? [] : [...read.faults];
  const recipes = read.recipes.map(({ recipe, placeOf }): ParsedRecipe => {
    const located = ({ path, message }: PathFault): Fault => ({ place: placeOf(path), message });
    const checked = checkRecipe(recipe);
    faults.push(...checked.faults.map(located));
    return { recipe, placeOf, notes: checked.notes.map(located) };
  });
  return faults.length > 0 ? { ok: false, faults } : { ok: true, recipes };
}

/** The recipes of a text that must be right. @errors recipe-invalid with all faults */
export function recipesFrom(text: string): readonly ParsedRecipe[] {
  const parsed = parseRecipes(text);
  if (parsed.ok) return parsed.recipes;
  throw invalidRecipe(parsed.faults);
}

/** The error of a recipe with faults. */
export function invalidRecipe(faults: readonly Fault[]): AppError {
  const count = faults.length;
  return new AppError('recipe-invalid', `The recipe has ${count} fault${count === 1 ? '' : 's'}.`, {
    hint: 'Nothing was merged and nothing was written. Correct the places listed.',
    faults,
  });
}
