import { AppError } from '../core/errors.ts';
import type { ParameterLayout } from '../core/layout.ts';

/** @errors layout-mismatch when the arena does not have the layout's length */
export function checkArena(layout: ParameterLayout, arena: Float32Array, name: string): void {
  if (layout.length === 0) {
    throw new AppError('invalid-argument', 'The layout has no parameters to merge.');
  }
  if (arena.length !== layout.length) {
    throw new AppError(
      'layout-mismatch',
      `${name} has ${arena.length} values where the layout has ${layout.length}.`,
      { hint: 'Only checkpoints of the same model configuration can be merged.' },
    );
  }
}

/**
 * Refuses NaN and infinities, which every merge would spread. All tensors that hold one are listed.
 * @errors non-finite
 */
export function checkFinite(layout: ParameterLayout, arena: Float32Array, name: string): void {
  const faults = layout.entries.flatMap((entry) => {
    let count = 0;
    for (let i = entry.offset; i < entry.offset + entry.size; i++) {
      if (!Number.isFinite(arena[i])) count++;
    }
    return count === 0
      ? []
      : [{ place: `tensor "${entry.name}"`, message: `${count} of ${entry.size} values.` }];
  });
  const [first] = faults;
  if (first === undefined) return;
  const more = faults.length === 1 ? '' : ` and ${faults.length - 1} more`;
  throw new AppError(
    'non-finite',
    `${name} has values that are not finite numbers in ${first.place}${more}.`,
    {
      hint: 'The stored checkpoints are unchanged. Train it again or use smaller weights.',
      faults,
    },
  );
}

/** Zeroes what lies between tensors (a negative weight leaves −0 there), in place. */
export function clearPadding(layout: ParameterLayout, arena: Float32Array): void {
  let end = 0;
  for (const entry of [...layout.entries].sort((a, b) => a.offset - b.offset)) {
    arena.fill(0, end, entry.offset);
    end = Math.max(end, entry.offset + entry.size);
  }
  arena.fill(0, end);
}
