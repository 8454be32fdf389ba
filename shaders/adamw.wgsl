// AdamW with decoupled decay over the whole parameter arena; gradients are cleared for the next
// step. One thread per 4 elements; blocks[i / 64] = (learning-rate multiplier, decay multiplier).
//   g *= factor; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2
//   w -= lr decay w; w -= lr (m / c1) / (sqrt(v / c2) + eps)
// hyper: [1] lr, [2] b1, [3] b2, [4] eps, [5] 1 / c1, [6] 1 / c2, [9] decay. control[0] = factor;
// factor 0 (a non-finite step) leaves everything as it was, only the gradients are cleared.
struct Params {
  length: u32,
}

@group(0) @binding(0) var<storage, read_write> weights: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> blocks: array<vec2f>;
@group(0) @binding(5) var<storage, read> control: array<f32>;
@group(0) @binding(6) var<storage, read> hyper: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn adamw(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= params.length / 4u) {
    return;
  }
  let factor = control[0];
  let g = gradients[i] * factor;
  gradients[i] = vec4f();
  if (factor == 0.0) {
    return;
  }
  let block = blocks[i / 16u];
  let lr = hyper[1] * block.x;
  let first = hyper[2] * m[i] + (1.0 - hyper[2]) * g;
  let second = hyper[3] * v[i] + (1.0 - hyper[3]) * g * g;
  m[i] = first;
  v[i] = second;
  let decayed = weights[i] * (1.0 - lr * hyper[9] * block.y);
  weights[i] = decayed - lr * (first * hyper[5]) / (sqrt(second * hyper[6]) + hyper[4]);
}
