/** One line of the table: what it is called there, and where its numbers come from. */
export interface LeadingRow {
  readonly label: string;
  /** Name of the document whose out folder has it. */
  readonly experiment: string;
  /** As in the results, or what stands for one model of each domain: a stage. */
  readonly model: string;
}

const row = (label: string, experiment: string, model: string): LeadingRow => ({
  label,
  experiment,
  model,
});

/** What every difference is taken to, by its label. */
export const REFERENCES = ['SASRec', 'item co-occurrence'] as const;

/** Pairs that are compared beside: what averaging adds to a chain, one body to a mean of everything. */
export const PAIRS = [
  ['averaged chain', 'chain of stages'],
  ['averaged chain, 8 epochs each', 'chain of stages, 8 epochs each'],
  ['compact ids, one averaged body', 'compact ids, everything averaged'],
] as const;

/** What the README says of differences, from top to bottom. */
export const LEADING_PAIRS = [
  ['compact semantic ids', 'SASRec'],
  ['compact semantic ids', 'item co-occurrence'],
  ['compact ids + co-occurrence', 'item co-occurrence'],
  ['compact ids, one averaged body', 'SASRec'],
  ['embeddings', 'SASRec'],
  ['titles', 'SASRec'],
  ...PAIRS,
] as const;

/** The table that leads the README, from top to bottom. */
export const LEADING_ROWS: readonly LeadingRow[] = [
  row('most popular', 'amazon-leading', 'most popular'),
  row('popularity and recency', 'amazon-leading', 'popularity-recency'),
  row('item co-occurrence', 'amazon-leading', 'co-occurrence'),
  row('SASRec', 'amazon-leading', 'SASRec'),
  row('compact semantic ids', 'amazon-leading', 'all'),
  row('compact ids, one averaged body', 'amazon-leading', 'bodies averaged'),
  row('compact ids, everything averaged', 'amazon-leading', 'everything averaged'),
  row('compact ids + co-occurrence', 'amazon-leading', 'all + co-occurrence'),
  row('chain of stages', 'amazon-leading-chain', 'phase2'),
  row('averaged chain', 'amazon-leading-averaged-chain', 'phase2'),
  row('chain of stages, 8 epochs each', 'amazon-leading-chain-8', 'phase2'),
  row('averaged chain, 8 epochs each', 'amazon-leading-averaged-chain-8', 'phase2'),
  row('averaged chain, one averaged body', 'amazon-leading-averaged-chain', 'bodies averaged'),
  row('semantic ids, LC-Rec’s form', 'amazon-semantic-id', 'phase2'),
  row('embeddings', 'amazon-embedding', 'phase2'),
  row('titles', 'amazon-title', 'phase2'),
];
