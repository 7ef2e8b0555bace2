//===- RandomSource.h - Seeded weights made on demand --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_RANDOMSOURCE_H
#define SWAGE_COMPILER_WEIGHTS_RANDOMSOURCE_H

#include "compiler/weights/TensorSource.h"

namespace swage::weights {

/// Weights that need no file, for benchmarks of real shapes. An element is a
/// function of seed, tensor name and position alone: the sum of four random
/// bytes, scaled to a standard deviation of 0.02 and at most 0.07, around 1 for
/// the weights of norms and 0 for all others. So values are the same on every
/// machine, in whatever order and by however many threads they are read.
class RandomSource : public TensorSource {
public:
  explicit RandomSource(uint64_t seed) : seed(seed) {}

  /// Declares a tensor of type F32, F16 or BF16.
  void declare(llvm::StringRef name, Dtype dtype,
               llvm::ArrayRef<int64_t> shape);

  const uint8_t *read(const TensorInfo &tensor, int64_t first, int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override;

private:
  /// The encoded value for each sum of four bytes.
  using ValueTable = std::vector<uint32_t>;
  static ValueTable makeValues(Dtype dtype, double mean);

  struct Generator {
    uint64_t key;
    size_t values; ///< index into `valueTables`
  };

  uint64_t seed;
  std::vector<Generator> generators;
  std::vector<ValueTable> valueTables;
  std::vector<std::pair<Dtype, double>> valueKinds;
};

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_RANDOMSOURCE_H
