// Weighted mean per element, weights a_k * (F_k + eps): up to three models a pass. `numerator` is the
// result: the last pass divides it.

struct Params {
  length: u32,
  models: u32,
  // 1: starts the sums, 0: goes on with those of an earlier pass.
  is_first: u32,
  is_last: u32,
  eps: f32,
  a0: f32,
  a1: f32,
  a2: f32,
}

@group(0) @binding(0) var<storage, read_write> numerator: array<f32>;
@group(0) @binding(1) var<storage, read_write> divisor: array<f32>;
@group(0) @binding(2) var<storage, read> m0: array<f32>;
@group(0) @binding(3) var<storage, read> m1: array<f32>;
@group(0) @binding(4) var<storage, read> m2: array<f32>;
@group(0) @binding(5) var<storage, read> f0: array<f32>;
@group(0) @binding(6) var<storage, read> f1: array<f32>;
@group(0) @binding(7) var<storage, read> f2: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

// Fisher information is never negative.
fn weight(scale: f32, information: f32) -> f32 {
  return scale * (max(information, 0.0) + params.eps);
}

@compute @workgroup_size(64)
fn fisher(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = (group.y * groups.x + group.x) * 64u + lane; i < params.length; i += stride) {
    let w0 = weight(params.a0, f0[i]);
    var sum = w0 * m0[i];
    var total = w0;
    if (params.models > 1u) {
      let w1 = weight(params.a1, f1[i]);
      sum += w1 * m1[i];
      total += w1;
    }
    if (params.models > 2u) {
      let w2 = weight(params.a2, f2[i]);
      sum += w2 * m2[i];
      total += w2;
    }
    if (params.is_first == 0u) {
      sum += numerator[i];
      total += divisor[i];
    }
    divisor[i] = total;
    if (params.is_last == 1u) {
      sum /= total;
    }
    numerator[i] = sum;
  }
}
