import type { LinearForm, Operand } from '../linear-form.ts';
import type { BlockStep, RangeForm, WritePass } from '../range-form.ts';

/** Models added by one call of `linear_combination`. */
const TERMS_PER_CALL = 4;

/** What a combination starts from, by the kernel's numbers. */
const START = { nothing: 0, target: 1, origin: 2 } as const;

/** A fixed linear combination: one pass, in the order of operations of `linear/`. */
export function linearRanges(form: LinearForm): RangeForm {
  const all = [...(form.origin === null ? [] : [form.origin]), ...form.terms.map(operandOf)];
  const operands = [...new Set(all)];
  const result = operands.length;
  const pass: WritePass = {
    kind: 'write',
    result,
    scratch: 1,
    steps: combinationSteps({
      target: result,
      terms: form.terms.map(({ operand, coefficient }) => ({
        block: operands.indexOf(operand),
        coefficient,
      })),
      origin: form.origin === null ? null : operands.indexOf(form.origin),
    }),
  };
  return {
    operands,
    passes: function* () {
      return pass;
    },
  };
}

/** A weighted sum of blocks; a coefficient may be a record of the section. */
export interface BlockCombination {
  readonly target: number;
  readonly terms: readonly {
    readonly block: number;
    readonly coefficient: number | { readonly value: string; readonly at: number };
  }[];
  /** Block that the sum of differences from it is added to. */
  readonly origin: number | null;
}

/** target = Σ cₖ xₖ, or o + Σ cₖ (xₖ − o). */
export function combinationSteps({ target, terms, origin }: BlockCombination): BlockStep[] {
  const steps: BlockStep[] = [];
  for (let at = 0; at < terms.length; at += TERMS_PER_CALL) {
    const group = terms.slice(at, at + TERMS_PER_CALL);
    const bound = origin ?? group[0]?.block ?? 0;
    const blocks = Array.from({ length: TERMS_PER_CALL }, (_, k) => group[k]?.block ?? bound);
    const first = origin === null ? START.nothing : START.origin;
    steps.push({
      kernel: 'linear_combination',
      arguments: [
        ...[target, bound, ...blocks].map((block) => ({ block })),
        'quads',
        group.length,
        at > 0 ? START.target : first,
        origin === null ? 0 : 1,
        ...Array.from({ length: TERMS_PER_CALL }, (_, k) => group[k]?.coefficient ?? 0),
        // One thread does the whole block.
        ...[0, 1],
      ],
    });
  }
  return steps;
}

function operandOf({ operand }: { readonly operand: Operand }): Operand {
  return operand;
}
