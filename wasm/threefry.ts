/** Threefry-2x32-20, first word, as in src/core/rng.ts. */
export function threefry(key0: u32, key1: u32, count0: u32, count1: u32): u32 {
  const parity: u32 = key0 ^ key1 ^ 0x1bd11bda;
  let x0 = count0 + key0;
  let x1 = count1 + key1;
  for (let block: u32 = 0; block < 5; block++) {
    const isEven = (block & 1) == 0;
    x0 += x1;
    x1 = rotl<u32>(x1, isEven ? 13 : 17) ^ x0;
    x0 += x1;
    x1 = rotl<u32>(x1, isEven ? 15 : 29) ^ x0;
    x0 += x1;
    x1 = rotl<u32>(x1, isEven ? 26 : 16) ^ x0;
    x0 += x1;
    x1 = rotl<u32>(x1, isEven ? 6 : 24) ^ x0;
    const turn = block % 3;
    x0 += turn == 0 ? key1 : turn == 1 ? parity : key0;
    x1 += (turn == 0 ? parity : turn == 1 ? key0 : key1) + block + 1;
  }
  return x0;
}

/** 24 bits of it as a number in [0, 1). */
export function uniformAt(key: usize, count0: i32, count1: i32): f32 {
  return <f32>(threefry(load<u32>(key), load<u32>(key, 4), count0, count1) >> 8) * 5.9604644775390625e-8;
}
