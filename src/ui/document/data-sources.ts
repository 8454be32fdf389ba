/** One way to bring data in, with the document's `data` section it starts from. */
export interface DataSource {
  readonly id: string;
  readonly title: string;
  /** What to give it; shown over the drop zone. */
  readonly files: string;
  readonly initial: Readonly<Record<string, unknown>>;
}

export const DATA_SOURCES: readonly DataSource[] = [
  {
    id: 'simulator',
    title: 'Simulator (built in)',
    files: '',
    initial: { source: 'simulator' },
  },
  {
    id: 'csv',
    title: 'CSV or TSV of your own',
    files: 'One file a domain, or one file with a domain column. Gzip and zip are fine.',
    initial: {
      importer: 'csv',
      columns: { user: 'user_id', item: 'item_id', time: 'timestamp' },
      timeUnit: 's',
    },
  },
  {
    id: 'amazon-reviews',
    title: 'Amazon reviews (McAuley lab)',
    files:
      '{Domain}.csv.gz (ratings) or {Domain}.jsonl.gz (reviews); meta_{Domain}.jsonl.gz for titles.',
    initial: { importer: 'amazon-reviews' },
  },
  {
    id: 'movielens',
    title: 'MovieLens',
    files: 'ratings and movies, .csv or .dat, of one MovieLens release, or its zip.',
    initial: { importer: 'movielens', genres: ['Comedy', 'Drama'] },
  },
  {
    id: 'mind',
    title: 'MIND news',
    files: 'behaviors.tsv and news.tsv of a training or validation split, or its zip.',
    initial: { importer: 'mind' },
  },
  {
    id: 'recbole',
    title: 'RecBole atomic files',
    files: '{Domain}.inter with times; {Domain}.item for titles. A zip is fine.',
    initial: { importer: 'recbole' },
  },
];
