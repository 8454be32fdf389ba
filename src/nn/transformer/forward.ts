import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type Executor } from '../../compute/executor.ts';
import type { ModelConfig } from './config.ts';
import { Graph } from '../graph/graph.ts';
import { rotaryTable } from '../ops/rotary.ts';
import { uploadWeights } from './device-weights.ts';
import { compilePlan, Workspace } from '../graph/plan.ts';
import { fillSpans, rowSegments } from '../inputs/spans.ts';
import { causalAttention, languageHead, transformerBody } from './transformer.ts';

/**
 * Logits of every position of B sequences of T tokens (or of other segments): one forward pass,
 * everything freed after.
 * @returns f32[B*T, V]
 * @errors layout-mismatch, limit-exceeded
 */
export async function forwardLogits(
  executor: Executor,
  config: ModelConfig,
  parameters: Float32Array,
  batch: { B: number; T: number; ids: Uint32Array; segments?: Uint32Array },
): Promise<Float32Array<ArrayBuffer>> {
  const { B, T, ids } = batch;
  const rows = B * T;
  const segments = batch.segments ?? rowSegments(new Uint32Array(B).fill(T), T);
  const rowSpans = new Uint32Array(2 * rows);
  const rowPlaces = new Uint32Array(rows);
  fillSpans(segments, rowSpans, rowPlaces);
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  try {
    const views = uploadWeights(scope, config, parameters);
    const tokens = scope.allocate('token ids', 'u32', rows);
    const places = scope.allocate('places', 'u32', rows);
    const spans = scope.allocate('row spans', 'u32', 2 * rows);
    const table = scope.floats('rope', T * config.headWidth);
    executor.write(tokens, ids);
    executor.write(places, rowPlaces);
    executor.write(spans, rowSpans);
    executor.write(table, rotaryTable(T, config.headWidth, config.ropeTheta));
    const graph = new Graph();
    const inputs = { positions: viewOf(places), spans: viewOf(spans) };
    const rope = { table: viewOf(table), ...inputs, length: T };
    const attend = causalAttention(graph, config, rows, rope);
    const input = { ids: viewOf(tokens), segments: null };
    const hidden = transformerBody(graph, config, views, input, rows, attend);
    const logits = graph.keep(languageHead(graph, config, views, hidden, rows));
    const plan = await compilePlan('forward', graph, executor, workspace);
    executor.run(plan.program);
    const result = await executor.readFloats(plan.viewOf(logits));
    plan.program.destroy();
    return result;
  } finally {
    workspace.destroy();
    scope.destroy();
  }
}
