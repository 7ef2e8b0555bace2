//===- QuantizedSource.cpp - Floats that become codes as they are read ----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/compress/QuantizedSource.h"
#include <cmath>
#include <cstring>

namespace swage::compress {

using weights::Dtype;
using weights::TensorInfo;

QuantizationError &
QuantizationError::operator+=(const QuantizationError &other) {
  squaredError += other.squaredError;
  squaredValues += other.squaredValues;
  squaredDecoded += other.squaredDecoded;
  products += other.products;
  return *this;
}

double QuantizationError::relative() const {
  return squaredValues > 0 ? squaredError / squaredValues : 0;
}

double QuantizationError::cosine() const {
  double lengths = std::sqrt(squaredValues) * std::sqrt(squaredDecoded);
  return lengths > 0 ? products / lengths : squaredError == 0 ? 1 : 0;
}

QuantizedSource::QuantizedSource(
    std::unique_ptr<weights::TensorSource> source,
    const llvm::StringMap<compression::GroupType> &encodings, bool measure)
    : base(std::move(source)) {
  for (const TensorInfo &stored : base->getTensors()) {
    TensorInfo info = stored;
    compression::GroupType type = encodings.lookup(stored.name);
    encoded.push_back(nullptr);
    if (type) {
      info.dtype = Dtype::Coded;
      info.encoding = type;
      encoded.back() =
          std::make_unique<Encoded>(Encoded{GroupQuantizer(type), {}});
      if (measure)
        encoded.back()->rows.resize(stored.shape.front());
    }
    add(std::move(info));
  }
}

const uint8_t *
QuantizedSource::read(const TensorInfo &tensor, int64_t first, int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const {
  size_t index = indexOf(tensor);
  const TensorInfo &stored = base->getTensors()[index];
  if (!encoded[index])
    return base->read(stored, first, count, scratch);
  llvm::SmallVector<uint8_t, 0> bytes;
  const uint8_t *from = base->read(stored, first, count, bytes);
  std::vector<float> values(count);
  int64_t width = weights::getBytes(stored.dtype);
  for (int64_t i = 0; i < count; ++i)
    values[i] = weights::widen(stored.dtype, from + i * width);
  scratch.resize_for_overwrite(tensor.getBytes(count));
  encode(tensor, *encoded[index], first, values, scratch.data());
  return scratch.data();
}

/// Encodes whole rows or parts of them, block by block.
void QuantizedSource::encode(const TensorInfo &tensor, Encoded &encoded,
                             int64_t first, llvm::ArrayRef<float> values,
                             uint8_t *out) const {
  const GroupQuantizer &quantizer = encoded.quantizer;
  int64_t block = quantizer.getLayout().columns, columns = tensor.shape.back();
  std::vector<float> decoded(encoded.rows.empty() ? 0 : block);
  QuantizationError error;
  for (int64_t i = 0; i < int64_t(values.size());
       i += block, out += quantizer.getLayout().bytes) {
    llvm::ArrayRef<float> some = values.slice(i, block);
    for (auto [j, value] : llvm::enumerate(some))
      if (!std::isfinite(value))
        return refuse(tensor, first + i + int64_t(j),
                      std::isnan(value) ? "is not a number" : "is infinite");
    if (!quantizer.quantize(some, out))
      return refuse(tensor, first + i,
                    "and its neighbours need a scale that is too large for "
                    "the encoding's type of scales");
    if (encoded.rows.empty())
      continue;
    quantizer.decode(out, decoded.data());
    for (auto [x, y] : llvm::zip_equal(some, decoded)) {
      error.squaredError += (double(x) - y) * (double(x) - y);
      error.squaredValues += double(x) * x;
      error.squaredDecoded += double(y) * y;
      error.products += double(x) * y;
    }
    if ((first + i + block) % columns == 0) {
      encoded.rows[(first + i) / columns] = error;
      error = {};
    }
  }
}

void QuantizedSource::refuse(const TensorInfo &tensor, int64_t element,
                             llvm::StringRef what) const {
  std::pair<size_t, int64_t> at = {indexOf(tensor), element};
  int64_t columns = tensor.shape.back();
  std::string message =
      ("tensor " + describeName(tensor.name) + " in " + tensor.file +
       " cannot be encoded: the value at [" + llvm::Twine(element / columns) +
       ", " + llvm::Twine(element % columns) + "] " + what)
          .str();
  std::lock_guard<std::mutex> lock(mutex);
  if (!problem || at < problem->first)
    problem = {at, message};
}

llvm::Error QuantizedSource::takeProblem() const {
  std::lock_guard<std::mutex> lock(mutex);
  if (!problem)
    return llvm::Error::success();
  return llvm::createStringError(problem->second);
}

QuantizationError QuantizedSource::getError(llvm::StringRef name) const {
  QuantizationError sum;
  const TensorInfo *tensor = find(name);
  if (!tensor || !encoded[indexOf(*tensor)])
    return sum;
  for (const QuantizationError &row : encoded[indexOf(*tensor)]->rows)
    sum += row;
  return sum;
}

} // namespace swage::compress
