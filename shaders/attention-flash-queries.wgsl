// As queries of attention-backward.wgsl for hardware adapters, in blocks as attention-flash.wgsl:
// a workgroup for each block of ROWS queries of a head; keys and values come in tiles.
const D4: u32 = 4u;
// Rows of a thread: the components of its vectors.
const TILE: u32 = 4u;
const ROWS: u32 = 32u;
const KEYS: u32 = 32u;
// Threads that share TILE rows, and what each has of a tile's rows and of a row's columns.
const COLUMNS: u32 = 8u;
const OWN_KEYS: u32 = 4u;
const OWN_COLUMNS: u32 = 1u;
// 1: the block's own rows are staged too; 0: they are too wide.
const STAGED: u32 = 1u;
const THREADS: u32 = ROWS / TILE * COLUMNS;
// Odd pitches keep neighbouring rows off each other's memory banks.
const PITCH: u32 = D4 | 1u;
const WEIGHT_PITCH: u32 = (ROWS / TILE) | 1u;
const NO_ROW: u32 = 0xffffffffu;

struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  causal: u32,
  scale: f32,
  first_group: u32,
}

@group(0) @binding(0) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> delta: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<vec4f>;
@group(0) @binding(3) var<storage, read> out: array<vec4f>;
@group(0) @binding(4) var<storage, read> lse: array<f32>;
@group(0) @binding(5) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(6) var<storage, read> spans: array<vec2u>;
@group(0) @binding(7) var<uniform> params: Params;

// The block's own rows: q and dout.
var<workgroup> block_a: array<vec4f, ROWS * D4 * STAGED + 1u - STAGED>;
var<workgroup> block_b: array<vec4f, ROWS * D4 * STAGED + 1u - STAGED>;
// The other side, KEYS rows at a time: k and v.
var<workgroup> tile_a: array<vec4f, KEYS * PITCH>;
var<workgroup> tile_b: array<vec4f, KEYS * PITCH>;
// Factors of TILE own rows: [row of the tile, own rows].
var<workgroup> weights: array<vec4f, max(KEYS * WEIGHT_PITCH, THREADS)>;

fn is_padding(row: u32) -> bool {
  let span = spans[row];
  return span.x >= span.y;
}

// The real rows of a block lie in [x, y); x = y when there is none.
fn real_rows(row0: u32) -> vec2u {
  var first = row0;
  var end = min(row0 + ROWS, params.rows);
  while (first < end && is_padding(first)) {
    first++;
  }
  while (end > first && is_padding(end - 1u)) {
    end--;
  }
  return vec2u(first, end);
}

// Four own rows, one a column, so that `vector * matrix` is the four products with them.
fn own_block_a(line: u32, d: u32) -> mat4x4f {
  let at = line * TILE * D4 + d;
  return mat4x4f(block_a[at], block_a[at + D4], block_a[at + 2u * D4], block_a[at + 3u * D4]);
}

fn own_block_b(line: u32, d: u32) -> mat4x4f {
  let at = line * TILE * D4 + d;
  return mat4x4f(block_b[at], block_b[at + D4], block_b[at + 2u * D4], block_b[at + 3u * D4]);
}

fn own_qkv(base: vec4u, d: u32) -> mat4x4f {
  return mat4x4f(qkv[base.x + d], qkv[base.y + d], qkv[base.z + d], qkv[base.w + d]);
}

fn own_dout(base: vec4u, d: u32) -> mat4x4f {
  return mat4x4f(dout[base.x + d], dout[base.y + d], dout[base.z + d], dout[base.w + d]);
}

// Row i of the sums, a column of the matrix, grows by p[i] * v.
fn outer(v: vec4f, p: vec4f) -> mat4x4f {
  return mat4x4f(p.x * v, p.y * v, p.z * v, p.w * v);
}

@compute @workgroup_size(THREADS)
fn queries(
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
  let real = real_rows(row0);
  // Starts grow with the rows, so the first real row has the first key.
  let first_key = select(real.y, spans[min(real.x, params.rows - 1u)].x, real.x < real.y);
  var end_key = real.y;
  if (params.causal == 0u && real.x < real.y) {
    end_key = spans[real.y - 1u].y;
  }

  // Own row i sees key j when j - start[i] <= last[i], in wrapping arithmetic.
  let own = vec4u(row0 + line * TILE) + vec4u(0u, 1u, 2u, 3u);
  let held = min(own, vec4u(params.rows - 1u));
  let at = held * params.heads + head;
  let query = held * stride + head * D4;
  var start = vec4u(NO_ROW);
  var last = vec4u();
  var own_lse = vec4f();
  var overlap = vec4f();
  for (var i = 0u; i < TILE; i++) { // unroll
    let span = spans[held[i]];
    if (span.x < span.y && own[i] < params.rows) {
      start[i] = span.x;
      last[i] = select(span.y - 1u, own[i], params.causal == 1u) - span.x;
    }
    own_lse[i] = lse[at[i]];
    for (var d = lane; d < D4; d += COLUMNS) {
      overlap[i] += dot(dout[at[i] * D4 + d], out[at[i] * D4 + d]);
    }
  }
  if (STAGED == 1u) {
    for (var i = thread; i < ROWS * D4; i += THREADS) {
      let row = min(row0 + i / D4, params.rows - 1u);
      block_a[i] = qkv[row * stride + head * D4 + i % D4];
      block_b[i] = dout[(row * params.heads + head) * D4 + i % D4];
    }
  }
  weights[thread] = overlap;
  workgroupBarrier();
  var own_delta = vec4f();
  for (var i = 0u; i < COLUMNS; i++) {
    own_delta += weights[line * COLUMNS + i];
  }

  var sum: array<mat4x4f, OWN_COLUMNS>;
  for (var key0 = first_key; key0 < end_key; key0 += KEYS) {
    for (var i = thread; i < KEYS * D4; i += THREADS) {
      let key = key0 + i / D4;
      var k = vec4f();
      var v = vec4f();
      if (key < end_key) {
        k = qkv[key * stride + k_column + i % D4];
        v = qkv[key * stride + v_column + i % D4];
      }
      tile_a[i / D4 * PITCH + i % D4] = k;
      tile_b[i / D4 * PITCH + i % D4] = v;
    }
    workgroupBarrier();
    var score: array<vec4f, OWN_KEYS>;
    var gain: array<vec4f, OWN_KEYS>;
    // Some software adapters zero an array in a loop once, not every turn.
    for (var j = 0u; j < OWN_KEYS; j++) { // unroll
      score[j] = vec4f();
      gain[j] = vec4f();
    }
    for (var d = 0u; d < D4; d++) {
      var q: mat4x4f;
      var d_out: mat4x4f;
      if (STAGED == 1u) {
        q = own_block_a(line, d);
        d_out = own_block_b(line, d);
      } else {
        q = own_qkv(query, d);
        d_out = own_dout(at * D4, d);
      }
      for (var j = 0u; j < OWN_KEYS; j++) { // unroll
        let place = min(lane + j * COLUMNS, KEYS - 1u) * PITCH + d;
        score[j] += tile_a[place] * q;
        gain[j] += tile_b[place] * d_out;
      }
    }
    for (var j = 0u; j < OWN_KEYS; j++) { // unroll
      let key = lane + j * COLUMNS;
      let p = exp(score[j] * params.scale - own_lse);
      let ds = p * (gain[j] - own_delta) * params.scale;
      if (key < KEYS) {
        let is_seen = vec4u(key0 + key) - start <= last;
        weights[key * WEIGHT_PITCH + line] = select(vec4f(), ds, is_seen);
      }
    }
    workgroupBarrier();
    for (var j = 0u; j < KEYS; j++) {
      let ds = weights[j * WEIGHT_PITCH + line];
      for (var c = 0u; c < OWN_COLUMNS; c++) { // unroll
        let k = tile_a[j * PITCH + min(lane + c * COLUMNS, D4 - 1u)];
        sum[c] += outer(k, ds);
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < TILE; i++) { // unroll
    if (own[i] < params.rows) {
      for (var c = 0u; c < OWN_COLUMNS; c++) { // unroll
        if (lane + c * COLUMNS < D4) {
          dqkv[query[i] + lane + c * COLUMNS] = sum[c][i];
        }
      }
      if (lane == 0u) {
        delta[at[i]] = own_delta[i];
      }
    }
  }
}
