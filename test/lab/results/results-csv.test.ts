import { describe, expect, it } from 'vitest';
import { resultsCsv } from '../../../src/lab/results/results-csv.ts';
import { resultRow } from '../report/run-record.ts';

describe('resultsCsv', () => {
  it('writes the documented columns, one metric a line', () => {
    const [header, line, rest] = resultsCsv([resultRow({ value: 1 / 3 })]).split('\r\n');
    expect(header).toBe(
      'run_id,model_id,model,kind,recipe_hash,eval_domain,eval_period,split,metric,k,value,' +
        'stderr,n_users,seed,tier,backend,adapter,engine_version,created_at,stderr_by_user,' +
        'other_value',
    );
    expect(line).toBe(
      'run1,id-games-p1,Games/p1,cell,,Games,test,test,recall,10,0.3333333333333333,' +
        '0.678,210,1,full,webgpu,SwiftShader,0.1.0,2026-01-02T03:04:05.000Z,0.678,',
    );
    expect(rest).toBe('');
  });

  it('has the error over users of clicks, and the number of the other mask, where they are known', () => {
    const clicks = { metric: 'auc', k: 0 } as const;
    const [, known, unknown] = resultsCsv([
      resultRow({ ...clicks, userError: 0.9, otherValue: 7 }),
      resultRow(clicks),
    ]).split('\r\n');
    expect(known).toMatch(/Z,0\.9,7$/);
    expect(unknown).toMatch(/Z,,$/);
  });

  it('disarms what a spreadsheet would run', () => {
    expect(resultsCsv([resultRow({ evalDomain: '=HYPERLINK("x")' })])).toContain(
      `"'=HYPERLINK(""x"")"`,
    );
  });

  it('refuses a value that is not a number', () => {
    expect(() => resultsCsv([resultRow({ value: Number.NaN })])).toThrowError(/value/);
  });
});
