//===- RandomSource.cpp - Seeded weights made on demand ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/RandomSource.h"
#include "llvm/ADT/STLExtras.h"
#include <array>
#include <cstring>

namespace swage::weights {

namespace {

// Integer code only, so every version computes the same; the wider ones make a
// model of a billion weights in a second instead of several.
#if defined(__x86_64__) && defined(__linux__)
#define SWAGE_WIDE_VECTORS                                                     \
  __attribute__((target_clones("avx512bw", "avx2", "default")))
#else
#define SWAGE_WIDE_VECTORS
#endif

constexpr int64_t kBlock = 1024;
constexpr int kSums = 4 * 255 + 1;

/// Mixes a 64-bit value; the finalizer of SplitMix64.
uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

/// A key for the tensor of that name.
uint64_t makeKey(uint64_t seed, llvm::StringRef name) {
  uint64_t key = mix(seed + 0x9e3779b97f4a7c15);
  for (unsigned char c : name)
    key = mix(key + 0x9e3779b97f4a7c15 + c);
  return key;
}

/// For each element of a block, the sum of the four bytes of a hash of `key`
/// and the element's place in the block.
SWAGE_WIDE_VECTORS void makeSums(uint64_t key, uint16_t *sums) {
  uint32_t low = uint32_t(key), high = uint32_t(key >> 32);
  for (uint32_t i = 0; i < kBlock; ++i) {
    uint32_t x = (i * 0x9e3779b1u) ^ low;
    x = (x ^ x >> 16) * 0x7feb352du;
    x = ((x ^ x >> 15) + high) * 0x846ca68bu;
    x ^= x >> 16;
    sums[i] =
        uint16_t((x & 0xff) + (x >> 8 & 0xff) + (x >> 16 & 0xff) + (x >> 24));
  }
}

/// Encodes elements [begin, end) of a block.
template <typename Element>
uint8_t *encode(llvm::ArrayRef<uint32_t> values, llvm::ArrayRef<uint16_t> sums,
                uint8_t *out) {
  for (uint16_t sum : sums) {
    auto element = Element(values[sum]);
    std::memcpy(out, &element, sizeof(element));
    out += sizeof(element);
  }
  return out;
}

/// Whether values of this tensor lie around 1.
bool isNormWeight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape) {
  return shape.size() == 1 && name.ends_with(".weight") &&
         name.contains("norm");
}

} // namespace

RandomSource::ValueTable RandomSource::makeValues(Dtype dtype, double mean) {
  // The variance of the sum of four uniform bytes is 4 * (256^2 - 1) / 12.
  constexpr double kDeviation = 147.8005;
  ValueTable values(kSums);
  for (int sum = 0; sum < kSums; ++sum) {
    double value = mean + (sum - (kSums - 1) / 2) * (0.02 / kDeviation);
    std::array<uint8_t, 4> bytes = {};
    narrow(dtype, float(value), bytes.data());
    std::memcpy(&values[sum], bytes.data(), bytes.size());
  }
  return values;
}

void RandomSource::declare(llvm::StringRef name, Dtype dtype,
                           llvm::ArrayRef<int64_t> shape) {
  if (!add({name.str(), dtype, llvm::SmallVector<int64_t, 2>(shape),
            "random:" + std::to_string(seed)}))
    return;
  std::pair<Dtype, double> kind(dtype, isNormWeight(name, shape) ? 1.0 : 0.0);
  size_t values = llvm::find(valueKinds, kind) - valueKinds.begin();
  if (values == valueKinds.size()) {
    valueKinds.push_back(kind);
    valueTables.push_back(makeValues(kind.first, kind.second));
  }
  generators.push_back({makeKey(seed, name), values});
}

const uint8_t *
RandomSource::read(const TensorInfo &tensor, int64_t first, int64_t count,
                   llvm::SmallVectorImpl<uint8_t> &scratch) const {
  const Generator &generator = generators[indexOf(tensor)];
  llvm::ArrayRef<uint32_t> values = valueTables[generator.values];
  scratch.resize_for_overwrite(tensor.getBytes(count));
  uint8_t *out = scratch.data();
  std::array<uint16_t, kBlock> sums;
  for (int64_t end = first + count; first < end;) {
    int64_t block = first / kBlock, begin = first % kBlock;
    int64_t n = std::min(kBlock - begin, end - first);
    makeSums(mix(generator.key + uint64_t(block)), sums.data());
    auto range = llvm::ArrayRef<uint16_t>(sums).slice(begin, n);
    out = tensor.getBytes(1) == 2 ? encode<uint16_t>(values, range, out)
                                  : encode<uint32_t>(values, range, out);
    first += n;
  }
  return scratch.data();
}

} // namespace swage::weights
