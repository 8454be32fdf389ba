import { describe, expect, it } from 'vitest';
import { chooseStages, STAGES } from '../../scripts/test/stages.ts';
import { countTests } from '../../scripts/test/vitest-report.ts';

describe('chooseStages', () => {
  it('runs everything by default, in order', () => {
    expect(chooseStages(undefined)).toBe(STAGES);
  });

  it('keeps the order of the stages, not of the wish', () => {
    expect(chooseStages('unit,types').map((stage) => stage.name)).toEqual(['types', 'unit']);
  });

  it('refuses a stage that does not exist', () => {
    expect(() => chooseStages('unit,typos')).toThrowError(
      /typos.*the stages are format, types, house/,
    );
  });
});

describe('countTests', () => {
  const report = (files: unknown[], counts: Record<string, number> = {}) =>
    JSON.stringify({
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      ...counts,
      testResults: files,
    });

  it('adds skipped and todo up', () => {
    const files = [{ status: 'failed', assertionResults: [{ status: 'failed' }] }];
    expect(countTests(report(files))).toEqual({ passed: 3, failed: 1, skipped: 3 });
  });

  it('counts a file that did not load as a failure', () => {
    const files = [
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ];
    expect(countTests(report(files, { numFailedTests: 0 })).failed).toBe(1);
  });
});
