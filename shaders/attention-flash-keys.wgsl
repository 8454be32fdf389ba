// As keys of attention-backward.wgsl for hardware adapters, in blocks as attention-flash.wgsl:
// a workgroup for each block of ROWS keys of a kv head; all its heads' queries come in tiles.
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

// The block's own rows: k and v.
var<workgroup> block_a: array<vec4f, ROWS * D4 * STAGED + 1u - STAGED>;
var<workgroup> block_b: array<vec4f, ROWS * D4 * STAGED + 1u - STAGED>;
// The other side, KEYS rows at a time: q and dout.
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

// Row i of the sums, a column of the matrix, grows by p[i] * v.
fn outer(v: vec4f, p: vec4f) -> mat4x4f {
  return mat4x4f(p.x * v, p.y * v, p.z * v, p.w * v);
}

@compute @workgroup_size(THREADS)
fn keys(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = params.first_group + group.y * groups.x + group.x;
  let row0 = index / params.kv_heads * ROWS;
  if (row0 >= params.rows) {
    return;
  }
  let kv_head = index % params.kv_heads;
  let heads = params.heads / params.kv_heads;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + kv_head) * D4;
  let v_column = k_column + params.kv_heads * D4;
  let lane = thread % COLUMNS;
  let line = thread / COLUMNS;
  let real = real_rows(row0);
  // Ends grow with the rows, so the last real row has the last query.
  let end = select(real.x, spans[max(real.y, 1u) - 1u].y, real.x < real.y);
  var first_query = real.x;
  if (params.causal == 0u && real.x < real.y) {
    first_query = spans[real.x].x;
  }

  // Own row i is seen by query t when t - origin[i] < count[i], in wrapping arithmetic.
  let own = vec4u(row0 + line * TILE) + vec4u(0u, 1u, 2u, 3u);
  let held = min(own, vec4u(params.rows - 1u));
  var origin = vec4u();
  var count = vec4u();
  for (var i = 0u; i < TILE; i++) { // unroll
    let span = spans[held[i]];
    if (span.x < span.y && own[i] < params.rows) {
      origin[i] = select(span.x, own[i], params.causal == 1u);
      count[i] = span.y - origin[i];
    }
  }
  if (STAGED == 1u) {
    for (var i = thread; i < ROWS * D4; i += THREADS) {
      let row = min(row0 + i / D4, params.rows - 1u) * stride + i % D4;
      block_a[i] = qkv[row + k_column];
      block_b[i] = qkv[row + v_column];
    }
  }

  var dk: array<mat4x4f, OWN_COLUMNS>;
  var dv: array<mat4x4f, OWN_COLUMNS>;
  for (var head = kv_head * heads; head < (kv_head + 1u) * heads; head++) {
    for (var query0 = first_query; query0 < end; query0 += KEYS) {
      for (var i = thread; i < KEYS * D4; i += THREADS) {
        let row = query0 + i / D4;
        var q = vec4f();
        var d_out = vec4f();
        if (row < end) {
          q = qkv[row * stride + head * D4 + i % D4];
          d_out = dout[(row * params.heads + head) * D4 + i % D4];
        }
        tile_a[i / D4 * PITCH + i % D4] = q;
        tile_b[i / D4 * PITCH + i % D4] = d_out;
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
        var k: mat4x4f;
        var v: mat4x4f;
        if (STAGED == 1u) {
          k = own_block_a(line, d);
          v = own_block_b(line, d);
        } else {
          k = own_qkv(held * stride + k_column, d);
          v = own_qkv(held * stride + v_column, d);
        }
        for (var j = 0u; j < OWN_KEYS; j++) { // unroll
          let place = min(lane + j * COLUMNS, KEYS - 1u) * PITCH + d;
          score[j] += tile_a[place] * k;
          gain[j] += tile_b[place] * v;
        }
      }
      // The scores become ds, and p goes to the others at once.
      for (var j = 0u; j < OWN_KEYS; j++) { // unroll
        let tile_row = lane + j * COLUMNS;
        let row = query0 + tile_row;
        let at = min(row, params.rows - 1u) * params.heads + head;
        let is_seen = vec4u(row) - origin < count;
        let p = select(vec4f(), exp(score[j] * params.scale - lse[at]), is_seen);
        score[j] = p * (gain[j] - delta[at]) * params.scale;
        if (tile_row < KEYS) {
          weights[tile_row * WEIGHT_PITCH + line] = p;
        }
      }
      workgroupBarrier();
      for (var j = 0u; j < KEYS; j++) {
        let p = weights[j * WEIGHT_PITCH + line];
        for (var c = 0u; c < OWN_COLUMNS; c++) { // unroll
          let d_out = tile_b[j * PITCH + min(lane + c * COLUMNS, D4 - 1u)];
          dv[c] += outer(d_out, p);
        }
      }
      workgroupBarrier();
      for (var j = 0u; j < OWN_KEYS; j++) { // unroll
        if (lane + j * COLUMNS < KEYS) {
          weights[(lane + j * COLUMNS) * WEIGHT_PITCH + line] = score[j];
        }
      }
      workgroupBarrier();
      for (var j = 0u; j < KEYS; j++) {
        let ds = weights[j * WEIGHT_PITCH + line];
        for (var c = 0u; c < OWN_COLUMNS; c++) { // unroll
          let q = tile_a[j * PITCH + min(lane + c * COLUMNS, D4 - 1u)];
          dk[c] += outer(q, ds);
        }
      }
      workgroupBarrier();
    }
  }
  for (var i = 0u; i < TILE; i++) { // unroll
    if (own[i] < params.rows) {
      for (var c = 0u; c < OWN_COLUMNS; c++) { // unroll
        if (lane + c * COLUMNS < D4) {
          dqkv[own[i] * stride + k_column + lane + c * COLUMNS] = dk[c][i];
          dqkv[own[i] * stride + v_column + lane + c * COLUMNS] = dv[c][i];
        }
      }
    }
  }
}
