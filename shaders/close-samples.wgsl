// Samples that lie close to each row's target, one thread per row: cos(target, sample) =
// similar[n, j] > threshold. Rows that are not scored (target -100) have none.
struct Params {
  rows: u32,
  samples: u32,
  threshold: f32,
}

@group(0) @binding(0) var<storage, read_write> counts: array<f32>;
@group(0) @binding(1) var<storage, read> similar: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn close_samples(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  var count = 0u;
  if (targets[row] >= 0) {
    let base = row * params.samples;
    for (var j = 0u; j < params.samples; j++) {
      count += select(0u, 1u, similar[base + j] > params.threshold);
    }
  }
  counts[row] = f32(count);
}
