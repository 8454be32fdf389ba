// As attention.wgsl for hardware adapters: a workgroup for each block of ROWS queries of a head.
// Keys, then values, are staged KEYS at a time; a thread holds TILE rows of scores and of sums.
const D4: u32 = 4u;
// Rows of a thread: the components of its vectors.
const TILE: u32 = 4u;
const ROWS: u32 = 32u;
const KEYS: u32 = 32u;
// Threads that share TILE rows, and what each has of a tile's keys and of a row's columns.
const COLUMNS: u32 = 8u;
const OWN_KEYS: u32 = 4u;
const OWN_COLUMNS: u32 = 1u;
// 1: the block's queries are staged too; 0: they are too wide.
const STAGED: u32 = 1u;
const THREADS: u32 = ROWS / TILE * COLUMNS;
// Odd pitches keep neighbouring rows off each other's memory banks.
const PITCH: u32 = D4 | 1u;
const WEIGHT_PITCH: u32 = (ROWS / TILE) | 1u;
const MASKED: f32 = -3.0e38;
const NO_ROW: u32 = 0xffffffffu;

struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  causal: u32,
  scale: f32,
  first_group: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> lse: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(3) var<storage, read> spans: array<vec2u>;
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> block: array<vec4f, ROWS * D4 * STAGED + 1u - STAGED>;
var<workgroup> staged: array<vec4f, KEYS * PITCH>;
// Softmax numerators of TILE rows: [key, rows].
var<workgroup> weights: array<vec4f, KEYS * WEIGHT_PITCH>;
var<workgroup> partial: array<vec4f, THREADS>;

fn is_padding(row: u32) -> bool {
  let span = spans[row];
  return span.x >= span.y;
}

// Rows first + 0 … KEYS - 1 of one column block of qkv; zeros from `end` on.
fn stage(thread: u32, first: u32, end: u32, column: u32) {
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  for (var i = thread; i < KEYS * D4; i += THREADS) {
    var value = vec4f();
    if (first + i / D4 < end) {
      value = qkv[(first + i / D4) * stride + column + i % D4];
    }
    staged[i / D4 * PITCH + i % D4] = value;
  }
}

// Row i of the sums, a column of the matrix, grows by p[i] * v.
fn outer(v: vec4f, p: vec4f) -> mat4x4f {
  return mat4x4f(p.x * v, p.y * v, p.z * v, p.w * v);
}

@compute @workgroup_size(THREADS)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = params.first_group + group.y * groups.x + group.x;
  let row0 = index / params.heads * ROWS;
  if (row0 >= params.rows) {
    return;
  }
  let head = index % params.heads;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + head / (params.heads / params.kv_heads)) * D4;
  let v_column = k_column + params.kv_heads * D4;
  let lane = thread % COLUMNS;
  let line = thread / COLUMNS;

  // Starts grow with the rows, so the first and the last real row bound the keys of the block.
  var first = row0;
  var end = min(row0 + ROWS, params.rows);
  while (first < end && is_padding(first)) {
    first++;
  }
  while (end > first && is_padding(end - 1u)) {
    end--;
  }
  let first_key = select(end, spans[min(first, params.rows - 1u)].x, first < end);
  if (params.causal == 0u && first < end) {
    end = spans[end - 1u].y;
  }

  // Own row i sees key j when j - start[i] <= last[i], in wrapping arithmetic.
  let own = vec4u(row0 + line * TILE) + vec4u(0u, 1u, 2u, 3u);
  let held = min(own, vec4u(params.rows - 1u));
  let query = held * stride + head * D4;
  var start = vec4u(NO_ROW);
  var last = vec4u();
  for (var i = 0u; i < TILE; i++) { // unroll
    let span = spans[held[i]];
    if (span.x < span.y && own[i] < params.rows) {
      start[i] = span.x;
      last[i] = select(span.y - 1u, own[i], params.causal == 1u) - span.x;
    }
  }
  if (STAGED == 1u) {
    for (var i = thread; i < ROWS * D4; i += THREADS) {
      let row = min(row0 + i / D4, params.rows - 1u);
      block[i] = qkv[row * stride + head * D4 + i % D4];
    }
  }

  var peak = vec4f(MASKED);
  var total = vec4f();
  var sum: array<mat4x4f, OWN_COLUMNS>;
  for (var key0 = first_key; key0 < end; key0 += KEYS) {
    stage(thread, key0, end, k_column);
    workgroupBarrier();
    var score: array<vec4f, OWN_KEYS>;
    // Some software adapters zero an array in a loop once, not every turn.
    for (var j = 0u; j < OWN_KEYS; j++) { // unroll
      score[j] = vec4f();
    }
    for (var d = 0u; d < D4; d++) {
      var q: mat4x4f;
      if (STAGED == 1u) {
        let at = line * TILE * D4 + d;
        q = mat4x4f(block[at], block[at + D4], block[at + 2u * D4], block[at + 3u * D4]);
      } else {
        q = mat4x4f(qkv[query.x + d], qkv[query.y + d], qkv[query.z + d], qkv[query.w + d]);
      }
      for (var j = 0u; j < OWN_KEYS; j++) { // unroll
        score[j] += staged[min(lane + j * COLUMNS, KEYS - 1u) * PITCH + d] * q;
      }
    }
    var top = vec4f(MASKED);
    for (var j = 0u; j < OWN_KEYS; j++) { // unroll
      let key = lane + j * COLUMNS;
      let is_seen = vec4u(key0 + key) - start <= last;
      score[j] = select(vec4f(MASKED), score[j] * params.scale, is_seen & vec4<bool>(key < KEYS));
      top = max(top, score[j]);
    }
    partial[thread] = top;
    workgroupBarrier();

    stage(thread, key0, end, v_column);
    top = peak;
    for (var i = 0u; i < COLUMNS; i++) {
      top = max(top, partial[line * COLUMNS + i]);
    }
    let shrink = exp(peak - top);
    peak = top;
    total *= shrink;
    for (var j = 0u; j < OWN_KEYS; j++) { // unroll
      let p = select(exp(score[j] - peak), vec4f(), score[j] == vec4f(MASKED));
      total += p;
      if (lane + j * COLUMNS < KEYS) {
        weights[(lane + j * COLUMNS) * WEIGHT_PITCH + line] = p;
      }
    }
    workgroupBarrier();

    for (var c = 0u; c < OWN_COLUMNS; c++) { // unroll
      for (var i = 0u; i < TILE; i++) { // unroll
        sum[c][i] *= shrink[i];
      }
    }
    for (var j = 0u; j < KEYS; j++) {
      let p = weights[j * WEIGHT_PITCH + line];
      for (var c = 0u; c < OWN_COLUMNS; c++) { // unroll
        let v = staged[j * PITCH + min(lane + c * COLUMNS, D4 - 1u)];
        sum[c] += outer(v, p);
      }
    }
    workgroupBarrier();
  }

  partial[thread] = total;
  workgroupBarrier();
  total = vec4f();
  for (var i = 0u; i < COLUMNS; i++) {
    total += partial[line * COLUMNS + i];
  }
  for (var i = 0u; i < TILE; i++) { // unroll
    if (own[i] < params.rows) {
      let at = own[i] * params.heads + head;
      let is_real = start[i] != NO_ROW;
      let divisor = select(1.0, total[i], is_real);
      for (var c = 0u; c < OWN_COLUMNS; c++) { // unroll
        if (lane + c * COLUMNS < D4) {
          out[at * D4 + lane + c * COLUMNS] = sum[c][i] / divisor;
        }
      }
      if (lane == 0u) {
        lse[at] = select(0.0, peak[i] + log(divisor), is_real);
      }
    }
  }
}
