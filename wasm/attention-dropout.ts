import { attention } from './attention';
import { attention_keys } from './attention-keys';
import { closeMask, openMask } from './attention-mask';
import { attention_queries } from './attention-queries';

/** `attention_dropout`: as `attention`, with probabilities dropped. */
export function attention_dropout(
  out: usize,
  lse: usize,
  qkv: usize,
  spans: usize,
  draw: usize,
  rows: i32,
  heads: i32,
  kvHeads: i32,
  causal: i32,
  site: i32,
  threshold: i32,
  scale: f32,
  keep: f32,
  D4: i32,
  part: i32,
  parts: i32,
): void {
  openMask(draw, heads, site, threshold, keep);
  attention(out, lse, qkv, spans, rows, heads, kvHeads, causal, scale, D4, 1, part, parts);
  closeMask();
}

/** `attention_dropout_queries`: as `attention_queries`. */
export function attention_dropout_queries(
  dqkv: usize,
  delta: usize,
  dout: usize,
  out: usize,
  lse: usize,
  qkv: usize,
  spans: usize,
  draw: usize,
  rows: i32,
  heads: i32,
  kvHeads: i32,
  causal: i32,
  site: i32,
  threshold: i32,
  scale: f32,
  keep: f32,
  D4: i32,
  part: i32,
  parts: i32,
): void {
  openMask(draw, heads, site, threshold, keep);
  attention_queries(
    dqkv, delta, dout, out, lse, qkv, spans, rows, heads, kvHeads, causal, scale, D4, 1, part, parts,
  );
  closeMask();
}

/** `attention_dropout_keys`: as `attention_keys`. */
export function attention_dropout_keys(
  dqkv: usize,
  delta: usize,
  dout: usize,
  out: usize,
  lse: usize,
  qkv: usize,
  spans: usize,
  draw: usize,
  rows: i32,
  heads: i32,
  kvHeads: i32,
  causal: i32,
  site: i32,
  threshold: i32,
  scale: f32,
  keep: f32,
  D4: i32,
  part: i32,
  parts: i32,
): void {
  openMask(draw, heads, site, threshold, keep);
  attention_keys(
    dqkv, delta, dout, out, lse, qkv, spans, rows, heads, kvHeads, causal, scale, D4, 1, part, parts,
  );
  closeMask();
}
