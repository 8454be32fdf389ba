import type { BehaviourDomain, ClickSample } from '../../../../rec/behaviour/behaviour-types.ts';
import type { ValidationSettings } from '../../../job/job-settings.ts';
import { isHeldOut, type SplitRows } from '../../../work/held-out.ts';

/**
 * Impressions to train on, and those that choose an epoch: all of held-out users, or the newest
 * share. Impressions of one moment stay together.
 */
export function splitClicks(
  domain: string,
  samples: readonly ClickSample[],
  validation: ValidationSettings | undefined,
): SplitRows<ClickSample> {
  if (validation === undefined) return { rows: samples, held: [] };
  const { by, share } = validation;
  const times = samples.map(({ timeMs }) => timeMs).sort((a, b) => a - b);
  const border = times[Math.floor(times.length * (1 - share))] ?? Infinity;
  const isHeld =
    by === 'users'
      ? ({ user }: ClickSample) => isHeldOut(domain, `user ${String(user)}`, share)
      : ({ timeMs }: ClickSample) => timeMs >= border && border > (times[0] ?? border);
  return { rows: samples.filter((one) => !isHeld(one)), held: samples.filter(isHeld) };
}

/** Sequences have no times: a share of them is held out, whatever impressions are chosen by. */
export function splitSequences(
  domains: readonly Pick<BehaviourDomain, 'domain' | 'sequences'>[],
  validation: ValidationSettings | undefined,
): {
  readonly sequences: BehaviourDomain['sequences'];
  readonly held: BehaviourDomain['sequences'];
} {
  const sequences: (readonly number[])[] = [];
  const held: (readonly number[])[] = [];
  for (const { domain, sequences: all } of domains) {
    all.forEach((sequence, index) => {
      const share = validation?.share ?? 0;
      const isHeld = share > 0 && isHeldOut(domain, `sequence ${String(index)}`, share);
      (isHeld ? held : sequences).push(sequence);
    });
  }
  return { sequences, held };
}
