// SwiGLU: out = silu(g) * u with gu[n] = (g[n], u[n]) side by side, [N, 2F]. F divisible by 4.
// One thread per 4 columns. dgu from dout: s = sigmoid(g), dg = dout u s (1 + g (1 - s)),
// du = dout g s.
struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> gu: array<vec4f>;
@group(0) @binding(2) var<storage, read> dout: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

fn sigmoid(value: vec4f) -> vec4f {
  return 1.0 / (1.0 + exp(-value));
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let f4 = params.width / 4u;
  if (index >= params.rows * f4) {
    return;
  }
  let at = index / f4 * 2u * f4 + index % f4;
  let g = gu[at];
  out[index] = g * sigmoid(g) * gu[at + f4];
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let f4 = params.width / 4u;
  if (index >= params.rows * f4) {
    return;
  }
  let at = index / f4 * 2u * f4 + index % f4;
  let g = gu[at];
  let u = gu[at + f4];
  let d = dout[index];
  let s = sigmoid(g);
  out[at] = d * u * s * (1.0 + g * (1.0 - s));
  out[at + f4] = d * g * s;
}
