import { describe, expect, test } from 'vitest';
import { isRoundedNumber, parseTime } from '../../../src/rec/importers/time-stamp.ts';

describe('ISO times', () => {
  test.each([
    ['2023-02-28', Date.UTC(2023, 1, 28)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2000-02-29 23:59:59', Date.UTC(2000, 1, 29, 23, 59, 59)],
    ['2023-01-01T10:00', Date.UTC(2023, 0, 1, 10)],
    ['2023-01-01 10:00:00+05:30', Date.UTC(2023, 0, 1, 4, 30)],
    ['2023-01-01T10:00:00 -0330', Date.UTC(2023, 0, 1, 13, 30)],
    ['2023-01-01T10:00:00.123987Z', Date.UTC(2023, 0, 1, 10, 0, 0, 123)],
    ['2023-01-01T10:00:00.5Z', Date.UTC(2023, 0, 1, 10, 0, 0, 500)],
    ['2023-12-31T24:00:00Z', Date.UTC(2024, 0, 1)],
  ])('%s', (text, ms) => {
    expect(parseTime(text, 'iso')).toEqual({ ms });
  });

  test.each([
    ...['2023-02-30', '2023-02-29', '1900-02-29', '2023-04-31T10:00:00Z', '2023-06-31 10:00'],
    ...['2023-00-10', '2023-13-01', '2023-01-00', '2023-01-32'],
    ...['2023-01-01T24:00:01', '2023-01-01T23:60', '2023-01-01T23:59:60', '2023-01-01T25:00'],
    ...['2023-01-01T10:00:00+24:00', '2023-01-01T10:00:00+05:60', '2023-1-1', '30.02.2023'],
  ])('%s does not exist', (text) => {
    expect(parseTime(text, 'iso')).toEqual({
      fault: `timestamp "${text}" is not an ISO 8601 date or time`,
    });
  });
});

test('numbers that a spreadsheet has rounded', () => {
  for (const text of ['1.67E+12', '1e9', '1.6E12']) expect(isRoundedNumber(text)).toBe(true);
  for (const text of ['1670000000', '9.78300760e8', '978300760.0', '1.5e1', '1,67E+12']) {
    expect(isRoundedNumber(text)).toBe(false);
  }
});
