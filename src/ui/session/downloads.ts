import { saveFile } from '../../charts/save-file.ts';
import { reportHtml } from '../../lab/report/report-html.ts';
import { resultsJson } from '../../lab/report/results-json.ts';
import { clicksCsv, usersCsv } from '../../lab/results/answers-csv.ts';
import { resultsCsv } from '../../lab/results/results-csv.ts';
import { AppError } from '../../core/errors.ts';
import type { ResultFormat } from '../state/events.ts';
import { runRecord } from './run-record.ts';
import type { AppState } from '../state/state.ts';

/**
 * Offers the shown results as a file.
 * @errors invalid-argument before the engine has said which machine it runs on
 */
export function saveResults(
  state: AppState,
  format: ResultFormat,
  times: { readonly startedAt: string; readonly finishedAt: string },
): void {
  if (format === 'csv') {
    saveFile('results.csv', resultsCsv(state.run.rows), 'text/csv');
    return;
  }
  if (format === 'users') {
    saveUsers(state);
    return;
  }
  const record = runRecord(state, { ...times, browser: navigator.userAgent });
  if (record === null) {
    throw new AppError('invalid-argument', 'The run cannot be described yet.', {
      hint: 'Wait until the engine has started, then try again.',
    });
  }
  if (format === 'json') saveFile('results.json', resultsJson(record), 'application/json');
  else saveFile('report.html', reportHtml(record), 'text/html');
}

/** Of rankings users.csv, of click models clicks.csv. @errors data-missing before there are answers */
function saveUsers({ run }: AppState): void {
  const users = usersCsv(run.answers);
  const clicks = clicksCsv(run.answers);
  if (users !== null) saveFile('users.csv', users, 'text/csv');
  if (clicks !== null) saveFile('clicks.csv', clicks, 'text/csv');
  if (users !== null || clicks !== null) return;
  throw new AppError('data-missing', 'It is not known what each user was answered.', {
    hint: 'An older version stored these results without it. They are right; delete the stored results and run again to have it.',
  });
}
