// As decode-attention.wgsl with a workgroup of 64 lanes for each (beam, head): each lane scores one
// key of a block, then the lanes share out the columns, SLICES lanes a column.
const D4: u32 = 4u;
const LANES: u32 = 64u;
const SLICES: u32 = LANES / D4;
const MASKED: f32 = -3.0e38;

struct Params {
  beams: u32,
  beams_per_user: u32,
  length: u32,
  step: u32,
  heads: u32,
  kv_heads: u32,
  // Words of a state.
  state_stride: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> prompt: array<vec4f>;
@group(0) @binding(2) var<storage, read> beam_kv: array<vec4f>;
@group(0) @binding(3) var<storage, read> state: array<i32>;
@group(0) @binding(4) var<storage, read> lengths: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> weights: array<f32, LANES>;
var<workgroup> partial: array<f32, LANES>;
var<workgroup> sums: array<vec4f, LANES>;

// The row of key j: of the prompt below `own_from`, else of the beam's step j - own_from.
fn row_of(beam: u32, j: u32, own_from: u32) -> u32 {
  if (j < own_from) {
    return beam / params.beams_per_user * params.length + j;
  }
  let step = min(j - own_from, params.step);
  return step * params.beams + u32(state[beam * params.state_stride + 1u + step]);
}

fn row_value(is_prompt: bool, at: u32) -> vec4f {
  if (is_prompt) {
    return prompt[at];
  }
  return beam_kv[at];
}

@compute @workgroup_size(LANES)
fn decode(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = group.y * groups.x + group.x;
  if (index >= params.beams * params.heads) {
    return;
  }
  let beam = index / params.heads;
  let head = index % params.heads;
  let stride = (params.heads + 2u * params.kv_heads) * D4;
  let k_column = (params.heads + head / (params.heads / params.kv_heads)) * D4;
  let v_column = k_column + params.kv_heads * D4;
  let query = (params.step * params.beams + beam) * stride + head * D4;
  let own_from = lengths[beam / params.beams_per_user];
  let end = own_from + params.step + 1u;
  let column = lane % D4;
  let slice = lane / D4;

  var peak = MASKED;
  var total = 0.0;
  var sum = vec4f();
  for (var key0 = 0u; key0 < end; key0 += LANES) {
    let j = key0 + lane;
    var score = MASKED;
    if (j < end) {
      let place = row_of(beam, j, own_from) * stride + k_column;
      var products = vec4f();
      for (var d = 0u; d < D4; d++) {
        products += beam_kv[query + d] * row_value(j < own_from, place + d);
      }
      score = dot(products, vec4f(1.0)) * params.scale;
    }
    partial[lane] = score;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
      if (lane < half) {
        partial[lane] = max(partial[lane], partial[lane + half]);
      }
      workgroupBarrier();
    }
    let top = max(peak, partial[0]);
    let shrink = exp(peak - top);
    peak = top;
    let p = select(0.0, exp(score - peak), j < end);
    total = total * shrink + p;
    weights[lane] = p;
    workgroupBarrier();
    sum *= shrink;
    if (slice < SLICES) {
      for (var i = slice; i < min(LANES, end - key0); i += SLICES) {
        let key = key0 + i;
        let place = row_of(beam, key, own_from) * stride + v_column + column;
        sum += weights[i] * row_value(key < own_from, place);
      }
    }
    workgroupBarrier();
  }

  partial[lane] = total;
  sums[lane] = sum;
  workgroupBarrier();
  if (lane < D4) {
    total = 0.0;
    for (var i = 0u; i < LANES; i++) {
      total += partial[i];
    }
    sum = vec4f();
    for (var i = 0u; i < SLICES; i++) {
      sum += sums[i * D4 + lane];
    }
    out[index * D4 + lane] = sum / total;
  }
}
