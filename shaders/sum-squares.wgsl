// Sum of squares of the gradient arena in fixed chunks of 4096: partial[chunk]. One thread a chunk.
struct Params {
  length: u32,
}

@group(0) @binding(0) var<storage, read_write> partial: array<f32>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

const CHUNK4: u32 = 1024u;

@compute @workgroup_size(64)
fn sum_squares(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let chunk = id.y * groups.x * 64u + id.x;
  let last = params.length / 4u;
  if (chunk * CHUNK4 >= last) {
    return;
  }
  var sum = vec4f();
  for (var i = chunk * CHUNK4; i < min((chunk + 1u) * CHUNK4, last); i++) {
    sum += gradients[i] * gradients[i];
  }
  partial[chunk] = dot(sum, vec4f(1.0));
}
