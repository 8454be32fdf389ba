// Dropout: out = (+) x * mask / (1 - rate) (+ residual), one thread per 4 elements.
// A mask is not stored: its 16 bits an element are those of Threefry at (element, site) under the
// step's key, so the backward pass draws them again.
struct Params {
  length: u32,
  // Elements before a row of the batch; draw.z counts the rows before this part of it.
  width: u32,
  // 0: overwrite, 1: add to what is there, 2: overwrite with the residual added.
  mode: u32,
  site: u32,
  // Of 65536: elements whose bits lie below it are dropped.
  threshold: u32,
  keep: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> residual: array<vec4f>;
@group(0) @binding(3) var<storage, read> draw: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

fn turn(x: vec2u, bits: u32) -> vec2u {
  let sum = x.x + x.y;
  return vec2u(sum, ((x.y << bits) | (x.y >> (32u - bits))) ^ sum);
}

// Threefry-2x32-20 as in src/core/rng.ts, both words.
fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  let parity = key.x ^ key.y ^ 0x1bd11bdau;
  var x = counter + key;
  x = turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(key.y, parity + 1u);
  x = turn(turn(turn(turn(x, 17u), 29u), 16u), 24u) + vec2u(parity, key.x + 2u);
  x = turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(key.x, key.y + 3u);
  x = turn(turn(turn(turn(x, 17u), 29u), 16u), 24u) + vec2u(key.y, parity + 4u);
  return turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(parity, key.x + 5u);
}

@compute @workgroup_size(64)
fn dropout(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= params.length / 4u) {
    return;
  }
  let counter = vec2u(draw[2] * (params.width / 4u) + index, params.site << 20u);
  let words = threefry(vec2u(draw[0], draw[1]), counter);
  let bits = vec4u(words.x & 0xffffu, words.x >> 16u, words.y & 0xffffu, words.y >> 16u);
  let factors = select(vec4f(params.keep), vec4f(), bits < vec4u(params.threshold));
  var value = x[index] * factors;
  if (params.mode == 1u) {
    value += out[index];
  } else if (params.mode == 2u) {
    value += residual[index];
  }
  out[index] = value;
}
