//===- QuantizedSource.h - Floats that become codes as they are read ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_COMPRESS_QUANTIZEDSOURCE_H
#define SWAGE_COMPILER_COMPRESS_QUANTIZEDSOURCE_H

#include "compiler/compress/GroupQuantizer.h"
#include "compiler/weights/TensorSource.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <mutex>

namespace swage::compress {

/// How far codes are from the values that they stand for.
struct QuantizationError {
  double squaredError = 0, squaredValues = 0, squaredDecoded = 0, products = 0;

  QuantizationError &operator+=(const QuantizationError &other);
  /// The squared error over the sum of squared values; 0 of zeros.
  double relative() const;
  /// The cosine of the angle between values and decoded values.
  double cosine() const;
};

/// All tensors of another source, some of them rounded to an encoding whenever
/// they are read, a few rows at a time: nothing is kept. Values that cannot be
/// encoded are remembered as a problem, which takeProblem() tells.
class QuantizedSource : public weights::TensorSource {
public:
  /// Tensors by name; those of `encodings` are plain floats whose rows are
  /// whole blocks. With `measure`, errors are counted row by row.
  QuantizedSource(std::unique_ptr<weights::TensorSource> base,
                  const llvm::StringMap<compression::GroupType> &encodings,
                  bool measure);

  const uint8_t *read(const weights::TensorInfo &tensor, int64_t first,
                      int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override;

  std::string describeName(llvm::StringRef name) const override {
    return base->describeName(name);
  }

  const weights::TensorSource &getBase() const { return *base; }

  /// The first value, in the order of tensors and positions, that was read and
  /// could not be encoded: it is not finite, or too large for the scale's type.
  llvm::Error takeProblem() const;

  /// Of all rows of a tensor that were read whole.
  QuantizationError getError(llvm::StringRef name) const;

private:
  struct Encoded {
    GroupQuantizer quantizer;
    /// By row, where errors are measured; each is written by one thread.
    std::vector<QuantizationError> rows;
  };

  void encode(const weights::TensorInfo &tensor, Encoded &encoded,
              int64_t first, llvm::ArrayRef<float> values, uint8_t *out) const;
  void refuse(const weights::TensorInfo &tensor, int64_t element,
              llvm::StringRef what) const;

  std::unique_ptr<weights::TensorSource> base;
  /// By tensor; null for those that are passed on.
  std::vector<std::unique_ptr<Encoded>> encoded;
  mutable std::mutex mutex;
  /// Tensor and element, and the message.
  mutable std::optional<std::pair<std::pair<size_t, int64_t>, std::string>>
      problem;
};

} // namespace swage::compress

#endif // SWAGE_COMPILER_COMPRESS_QUANTIZEDSOURCE_H
