import type { Shard } from '../../../io/safetensors-shards.ts';
import type { RangeFile, RangeSession } from '../../ranges/range-session.ts';
import type { RangeCut, RangeWork } from '../../ranges/range-work.ts';
import { runRanges } from '../../ranges/run-ranges.ts';
import { copyTensor } from '../copy-tensor.ts';
import type { GlobalMerge } from '../merge-global.ts';
import { mergeTensor } from '../merge-tensor.ts';
import type { PlannedTensor } from '../planned-tensor.ts';
import type { RangeWorks } from './range-works.ts';
import { from } from './result-file.ts';
import type { RunContext } from '../run-context.ts';
import { outsideType } from '../write-floats.ts';

/** What the tensors of a file are written with. */
export interface ShardRun {
  readonly context: RunContext;
  readonly file: RangeFile;
  readonly global: GlobalMerge | null;
  readonly ranges: {
    readonly session: RangeSession;
    readonly works: RangeWorks;
    readonly cut: RangeCut;
  } | null;
  readonly tell: (tensor: string, bytes: number) => void;
  /** Hears of bytes that ranges write. */
  readonly written: (bytes: number) => void;
}

interface Placed {
  readonly tensor: PlannedTensor;
  readonly position: number;
}

/** Merges and writes the tensors of one file, each at its place. @errors as runMerge */
export async function writeShard(run: ShardRun, shard: Shard<PlannedTensor>): Promise<void> {
  let position = shard.header.length;
  const placed = shard.tensors.map((tensor): Placed => {
    const at = { tensor, position };
    position += tensor.sizeBytes;
    return at;
  });
  await run.file.write(0, shard.header);
  for (const group of groupsOf(run, placed)) {
    const [first] = group;
    if (first === undefined) continue;
    // Nothing is written any more, and nobody shall wait for it.
    if (!run.context.floats.bad.isEmpty) run.ranges?.session.stopWriting();
    if (takes(run, first)) await writeRanges(run, group);
    else for (const one of group) await writeTensor(run, one);
  }
  await run.file.close();
}

/** Tensors that go through together: neighbours, or all where any place may be written first. */
function groupsOf(run: ShardRun, placed: readonly Placed[]): Placed[][] {
  if (run.ranges?.session.isPlaced === true) {
    return [placed.filter((one) => takes(run, one)), placed.filter((one) => !takes(run, one))];
  }
  const groups: Placed[][] = [];
  for (const one of placed) {
    const last = groups.at(-1);
    const [neighbour] = last ?? [];
    if (
      last === undefined ||
      neighbour === undefined ||
      takes(run, neighbour) !== takes(run, one)
    ) {
      groups.push([one]);
    } else last.push(one);
  }
  return groups;
}

function takes({ ranges }: ShardRun, { tensor }: Placed): boolean {
  return ranges?.works.takes(tensor) === true;
}

async function writeTensor(run: ShardRun, { tensor, position }: Placed): Promise<void> {
  const { context, file, global, tell } = run;
  const { work } = tensor;
  const output = from(file, position);
  tell(tensor.name, 0);
  if (work.kind === 'copy') await copyTensor(context, tensor, work, output);
  else if (global !== null) await global.write(tensor, output);
  else await mergeTensor(context, tensor, work, output);
  tell(tensor.name, tensor.sizeBytes);
}

async function writeRanges(run: ShardRun, group: readonly Placed[]): Promise<void> {
  const { context, file, ranges, tell, written } = run;
  if (ranges === null) return;
  const { floats, meter, signal } = context;
  const { session, works: planned, cut } = ranges;
  const works = group.map(({ tensor, position }): RangeWork => {
    const content = planned.contentOf(tensor, (operand) => floats.stored(operand));
    return { ...tensor, file, position, content };
  });
  const onBytes = (tensor: string, bytes: number): void => {
    meter.look();
    written(bytes);
    tell(tensor, bytes);
  };
  const isBad = !floats.bad.isEmpty;
  const report = await runRanges({ session, works, isBad, cut, signal, onBytes });
  meter.look();
  floats.bytesRead += report.bytesRead;
  if (report.outside !== null) {
    const { work, before, after } = report.outside;
    throw outsideType(work.name, work.dtype, before, after);
  }
  group.forEach(({ tensor }, index) => {
    const counts = report.nonFinite[index] ?? [];
    planned.operandsOf(tensor).forEach((operand, k) => {
      floats.bad.add(operand, counts[k] ?? 0);
    });
  });
}
