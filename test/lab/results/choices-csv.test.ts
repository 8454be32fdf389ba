import { expect, it } from 'vitest';
import { choicesCsv } from '../../../src/lab/results/choices-csv.ts';

it('has a line for every epoch, and says which is kept', () => {
  const choice = {
    ...{ epoch: 2, trained: 3, planned: 5, averaged: 2, improves: true },
    values: [3, 2.5, 2.25, 2.75],
  };
  expect(
    choicesCsv([{ title: 'train Games p1', ...choice }])
      .trim()
      .split(/\r?\n/),
  ).toEqual([
    'job,epoch,measure,value,kept,averaged,planned_epochs',
    'train Games p1,0,loss,3,0,,5',
    'train Games p1,1,loss,2.5,0,,5',
    'train Games p1,2,loss,2.25,1,2,5',
    'train Games p1,3,loss,2.75,0,,5',
  ]);
});
