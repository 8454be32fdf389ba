// One number for each pair of contiguous vectors: their dot product, or the largest magnitude of
// the first. One workgroup a pair; the order of the additions is fixed.

struct Params {
  count: u32,
  // 0: dot product, 1: largest magnitude.
  mode: u32,
}

@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@group(0) @binding(1) var<storage, read> work: array<f32>;
@group(0) @binding(2) var<storage, read> jobs: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> parts: array<f32, 64>;

@compute @workgroup_size(64)
fn spectral_dots(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let job = group.y * groups.x + group.x;
  if (job >= params.count) {
    return;
  }
  let a = jobs[job * 3u];
  let b = jobs[job * 3u + 1u];
  let length = jobs[job * 3u + 2u];
  var part = 0.0;
  if (params.mode == 1u) {
    for (var e = lane; e < length; e += 64u) {
      part = max(part, abs(work[a + e]));
    }
  } else {
    for (var e = lane; e < length; e += 64u) {
      part += work[a + e] * work[b + e];
    }
  }
  parts[lane] = part;
  for (var step = 32u; step > 0u; step >>= 1u) {
    workgroupBarrier();
    if (lane < step) {
      let other = parts[lane + step];
      parts[lane] = select(parts[lane] + other, max(parts[lane], other), params.mode == 1u);
    }
  }
  if (lane == 0u) {
    sums[job] = parts[0];
  }
}
