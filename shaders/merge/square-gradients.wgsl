// information += share * gradient^2, and the gradient becomes 0 for the next sequence.

struct Params {
  length: u32,
  share: f32,
}

@group(0) @binding(0) var<storage, read_write> information: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn square_gradients(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= params.length) {
    return;
  }
  let gradient = gradients[i];
  information[i] += params.share * gradient * gradient;
  gradients[i] = 0.0;
}
