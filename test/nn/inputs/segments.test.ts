import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { fillSpans, rowSegments } from '../../../src/nn/inputs/spans.ts';
import { checkPackedLogits, checkPackedTraining } from '../../support/ops/segments.ts';

describe('packed sequences on the CPU executor', () => {
  it('have the logits of padded ones', () => checkPackedLogits(createCpuExecutor()));
  it('train like padded ones', () => checkPackedTraining(createCpuExecutor()));
});

describe('segments', () => {
  it('of padded rows leave out padding and empty rows', () => {
    expect(rowSegments([2, 0, 3], 4)).toEqual(Uint32Array.of(0, 2, 8, 11));
  });

  it('become spans and places; the rest is padding', () => {
    const spans = new Uint32Array(12).fill(9);
    const places = new Uint32Array(6).fill(9);
    fillSpans(Uint32Array.of(0, 2, 3, 5), spans, places);
    expect(spans).toEqual(Uint32Array.of(0, 2, 0, 2, 0, 0, 3, 5, 3, 5, 0, 0));
    expect(places).toEqual(Uint32Array.of(0, 1, 0, 0, 1, 0));
  });

  it.each([[[0, 7]], [[2, 2]], [[0, 3, 2, 4]], [[3, 4, 0, 2]]])('refuse %j', (segments) => {
    const fill = () => {
      fillSpans(Uint32Array.from(segments), new Uint32Array(12), new Uint32Array(6));
    };
    expect(fill).toThrowError(/does not fit/);
  });
});
