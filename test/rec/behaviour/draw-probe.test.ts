import { describe, expect, it } from 'vitest';
import { drawProbe } from '../../../src/rec/behaviour/draw-probe.ts';
import { samplesOf } from './cluster-data.ts';

const SAMPLES = samplesOf('probe', 50);

describe('the fixed draw of training samples', () => {
  it('is all of them where they are few', () => {
    expect(drawProbe(SAMPLES, 100, 1)).toBe(SAMPLES);
  });

  it('takes whole users in the order of the samples, the same for a seed', () => {
    const drawn = drawProbe(SAMPLES, 41, 1);
    expect(drawn).toHaveLength(40);
    expect(new Set(drawn.map(({ user }) => user)).size).toBe(20);
    expect(drawn.map((sample) => SAMPLES.indexOf(sample))).toEqual(
      drawn.map((sample) => SAMPLES.indexOf(sample)).sort((a, b) => a - b),
    );
    expect(drawProbe(SAMPLES, 41, 1)).toEqual(drawn);
    expect(drawProbe(SAMPLES, 41, 2)).not.toEqual(drawn);
  });

  it('takes the first samples where every user has too many', () => {
    const one = SAMPLES.map((sample) => ({ ...sample, user: 0 }));
    expect(drawProbe(one, 7, 1)).toEqual(one.slice(0, 7));
  });
});
