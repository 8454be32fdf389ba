// Arcee Fusion. `arcee_scores`: |x| * KL(softmax(model row) || softmax(base row)) for x = model -
// base, rows along the last axis; the thread that meets the first element of a row does the row.
// `arcee_select`: the model where the score reaches its tensor's threshold, else the base.
//
// With p and q the softmax values + 1e-8 (both sum to the same), KL = sum q phi(t), t = (p - q) / q,
// phi(t) = (1 + t) log(1 + t) - t >= 0: terms of one sign, so nothing cancels.

struct Params {
  block_count: u32,
}

@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> base: array<f32>;
@group(0) @binding(2) var<storage, read> model: array<f32>;
@group(0) @binding(3) var<storage, read> scores: array<f32>;
// Per block: first element, end, segment.
@group(0) @binding(4) var<storage, read> blocks: array<u32>;
// Per segment: first element, row length.
@group(0) @binding(5) var<storage, read> rows: array<u32>;
@group(0) @binding(6) var<storage, read> thresholds: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

const EPSILON: f32 = 1e-8;

// e^x - 1.
fn expm1(x: f32) -> f32 {
  if (abs(x) > 0.5) {
    return exp(x) - 1.0;
  }
  var sum = 1.0;
  for (var n = 10.0; n > 1.0; n -= 1.0) {
    sum = 1.0 + sum * x / n;
  }
  return x * sum;
}

// (1 + t) log(1 + t) - t for t > -1.
fn phi(t: f32) -> f32 {
  if (abs(t) > 0.3) {
    return (1.0 + t) * log(max(1.0 + t, 1e-30)) - t;
  }
  // sum over n >= 2 of (-t)^n / (n (n - 1))
  var sum = 0.0;
  for (var n = 15.0; n > 1.0; n -= 1.0) {
    sum = 1.0 / (n * (n - 1.0)) - t * sum;
  }
  return t * t * sum;
}

fn divergence(first: u32, length: u32) -> f32 {
  let end = first + length;
  var top = vec2f(base[first], model[first]);
  for (var i = first; i < end; i++) {
    top = max(top, vec2f(base[i], model[i]));
  }
  var total = vec2f();
  for (var start = first; start < end; start += 32u) {
    var part = vec2f();
    for (var i = start; i < min(start + 32u, end); i++) {
      part += exp(vec2f(base[i], model[i]) - top);
    }
    total += part;
  }
  // log of the ratio of both softmax denominators; errors in it enter squared.
  let shift = (top.y - top.x) + log(total.y / total.x);
  var sum = 0.0;
  for (var start = first; start < end; start += 32u) {
    var part = 0.0;
    for (var i = start; i < min(start + 32u, end); i++) {
      let q = exp(base[i] - top.x) / total.x;
      let x = (model[i] - base[i]) - shift;
      var difference = q * expm1(min(x, 0.5));
      if (x > 0.5) {
        difference = exp(model[i] - top.y) / total.y - q;
      }
      part += (q + EPSILON) * phi(difference / (q + EPSILON));
    }
    sum += part;
  }
  return max(sum, 0.0);
}

@compute @workgroup_size(64)
fn arcee_scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let segment = blocks[block * 3u + 2u];
  let first = rows[segment * 2u];
  let length = rows[segment * 2u + 1u];
  let start = blocks[block * 3u];
  // First row that begins in this block.
  let skipped = (start - first + length - 1u) / length;
  for (
    var row = first + (skipped + lane) * length;
    row < blocks[block * 3u + 1u];
    row += 64u * length
  ) {
    let factor = divergence(row, length);
    for (var i = row; i < row + length; i++) {
      result[i] = abs(model[i] - base[i]) * factor;
    }
  }
}

@compute @workgroup_size(64)
fn arcee_select(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let threshold = thresholds[blocks[block * 3u + 2u]];
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    result[i] = select(base[i], model[i], scores[i] >= threshold);
  }
}
