import { describe, expect, test } from 'vitest';
import { faultOf, fileOf, importFrom, rowsOf } from './support.ts';

const inter = `user_id:token\titem_id:token\trating:float\ttimestamp:float
196\t242\t3\t881250949
186\t302\t3\t891717742.0
`;
const item = `item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq
242\tKolya "the film"\t1996\tComedy
302\tL.A. Confidential\t1997\tCrime Film-Noir
999\tnan\t\t
`;
const source = { importer: 'recbole' };

describe('RecBole atomic files', () => {
  test('have typed headers; titles are joined', async () => {
    const { domains, notes } = await importFrom({ ...source, columns: { category: 'class' } }, [
      fileOf('ml-100k/ml-100k.inter', inter),
      fileOf('ml-100k/ml-100k.item', item),
      fileOf('ml-100k/ml-100k.user', 'user_id:token\n1\n'),
    ]);
    const [log] = domains;
    expect(log?.domain).toBe('ml-100k');
    expect(rowsOf(log)).toEqual(['196 242 881250949000', '186 302 891717742000']);
    expect(log?.titles).toEqual(['Kolya "the film"', 'L.A. Confidential']);
    expect(log?.features).toEqual({ category: ['Comedy', 'Crime Film-Noir'] });
    expect(notes).toContain(
      '1 files were not read: ml-100k/ml-100k.user (a table of RecBole beside the interactions).',
    );
  });

  test('without a type, of other names, in milliseconds', async () => {
    const text = 'uid\tiid\twhen\nu\ti\t1700000000000\n';
    const columns = { user: 'uid', item: 'iid', time: 'when' };
    const files = [fileOf('x.inter', text)];
    const { domains, notes } = await importFrom({ ...source, columns, timeUnit: 'ms' }, files);
    expect(rowsOf(domains[0])).toEqual(['u i 1700000000000']);
    expect(domains[0]?.titles).toBeNull();
    expect(notes).toContain('No {Domain}.item, so no titles: x.');
  });

  test('without times are refused, and so are benchmarks with lists in a field', async () => {
    const timeless = 'user_id:token\titem_id:token\nu\ti\n';
    const error = await faultOf(importFrom(source, [fileOf('x.inter', timeless)]));
    expect(error.faults).toEqual([{ place: 'x.inter:1', message: 'no column "timestamp"' }]);
    const lists = 'user_id:token\titem_id_list:token_seq\titem_id:token\nu\t1 2\t3\n';
    const benchmark = await faultOf(importFrom(source, [fileOf('x.train.inter', lists)]));
    expect(benchmark.message).toContain('a benchmark of RecBole with a list of items in one field');
  });

  test('a title column that is not called like one is asked for', async () => {
    const files = [
      fileOf('x.inter', inter),
      fileOf('x.item', 'item_id:token\tlabel:token_seq\n242\tA\n'),
    ];
    const without = await importFrom(source, files);
    expect(without.domains[0]?.titles).toBeNull();
    expect(without.notes.join('\n')).toContain('data.columns.title names one');
    const named = await importFrom({ ...source, columns: { title: 'label' } }, files);
    expect(named.domains[0]?.titles).toEqual(['A', '']);
    const wrong = await faultOf(importFrom({ ...source, columns: { title: 'none' } }, files));
    expect(wrong.faults).toEqual([{ place: 'x.item:1', message: 'no column "none"' }]);
  });

  test('missing files say what was given', async () => {
    const error = await faultOf(importFrom(source, [fileOf('x.kg', 'head_id:token\n')]));
    expect(error.code).toBe('data-missing');
    expect(error.faults.map(({ place }) => place)).toEqual(['{Domain}.inter', 'x.kg']);
  });
});
