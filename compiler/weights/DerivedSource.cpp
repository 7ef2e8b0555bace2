//===- DerivedSource.cpp - Weights that are views of stored tensors ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/DerivedSource.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

namespace swage::weights {

// ---- View -------------------------------------------------------------------

int64_t View::getNumRows() const {
  int64_t product = 1;
  for (int64_t size : sizes)
    product *= size;
  return product;
}

int64_t View::mapRow(int64_t row) const {
  int64_t mapped = offset;
  for (size_t i = sizes.size(); i-- > 0; row /= sizes[i])
    mapped += row % sizes[i] * strides[i];
  return mapped;
}

int64_t View::getEnd() const { return mapRow(getNumRows() - 1) + 1; }

int64_t View::getRun(int64_t row) const {
  if (strides.back() != 1)
    return 1;
  return sizes.back() - row % sizes.back();
}

/// The product of positive factors, or none above 2^62.
static std::optional<int64_t> multiply(llvm::ArrayRef<int64_t> factors) {
  int64_t product = 1;
  for (int64_t factor : factors)
    if (llvm::MulOverflow(product, factor, product) || product > int64_t(1)
                                                                     << 62)
      return std::nullopt;
  return product;
}

llvm::Expected<llvm::SmallVector<int64_t, 2>>
View::getShape(llvm::ArrayRef<int64_t> tensorShape) const {
  auto fail = [&](const llvm::Twine &why) {
    return llvm::createStringError("a view of a tensor of shape " +
                                   describeShape(tensorShape) + ": " + why);
  };
  if (sizes.empty() || sizes.size() != strides.size())
    return fail("found " + llvm::Twine(sizes.size()) + " sizes and " +
                llvm::Twine(strides.size()) +
                " strides, expected as many of both and at least one");
  if (offset < 0 ||
      llvm::any_of(
          sizes, [](int64_t n) { return n < 1; }) ||
      llvm::any_of(strides, [](int64_t n) { return n < 1; }))
    return fail(
        "expected no negative offset, and sizes and strides above zero");
  if (tensorShape.empty() || (transposed && tensorShape.size() != 2))
    return fail(transposed ? "only a matrix can be transposed"
                           : "a scalar has no rows");
  int64_t available = tensorShape.front();
  if (transposed)
    available = tensorShape[1];
  else if (tensorShape.size() > 2)
    available = multiply(tensorShape.drop_back()).value_or(0);
  // The highest row, without overflow: each step stays below `available`.
  int64_t highest = offset;
  for (auto [size, stride] : llvm::zip_equal(sizes, strides)) {
    std::optional<int64_t> reach = multiply({size - 1, stride});
    if (!reach || *reach >= available || highest >= available)
      highest = available;
    else
      highest += *reach;
  }
  if (highest >= available || !multiply(sizes))
    return fail("it has " + llvm::Twine(available) +
                " rows, and the view goes beyond them");
  llvm::SmallVector<int64_t, 2> shape = {getNumRows()};
  if (tensorShape.size() > 1)
    shape.push_back(transposed ? tensorShape[0] : tensorShape.back());
  return shape;
}

// ---- DerivedSource ----------------------------------------------------------

DerivedSource::DerivedSource(std::unique_ptr<TensorSource> source)
    : base(std::move(source)) {
  for (const TensorInfo &tensor : base->getTensors())
    add(tensor);
}

llvm::Error DerivedSource::derive(llvm::StringRef name, llvm::StringRef tensor,
                                  View view) {
  const TensorInfo *stored = base->find(tensor);
  if (!stored)
    return llvm::createStringError("tensor '" + tensor +
                                   "' is not in the model's files");
  llvm::Expected<llvm::SmallVector<int64_t, 2>> shape =
      view.getShape(stored->shape);
  if (!shape)
    return llvm::createStringError(stored->file + ": tensor '" + tensor +
                                   "': " + llvm::toString(shape.takeError()));
  if (view.transposed && stored->getBlockElements() != 1)
    return llvm::createStringError(
        stored->file + ": tensor '" + tensor + "': found " +
        stored->describe() +
        ", which is stored along the rows that this model reads as columns; "
        "convert the model without quantizing it");
  TensorInfo info = *stored;
  info.name = name.str();
  info.shape = *shape;
  if (!add(std::move(info)))
    return llvm::createStringError("there are two tensors named '" + name +
                                   "'");
  derived.push_back({stored, std::move(view)});
  return llvm::Error::success();
}

namespace {

/// Reads rows of a view from the stored tensor.
class ViewReader {
public:
  ViewReader(const TensorSource &source, const TensorInfo &tensor,
             const View &view, int64_t columns)
      : source(source), tensor(tensor), view(view), columns(columns),
        bytes(tensor.getBytes(1)) {}

  /// Copies elements [first, first + count), which need not be whole rows.
  void copy(int64_t first, int64_t count, uint8_t *out) {
    for (int64_t end = first + count; first < end;) {
      int64_t column = first % columns;
      int64_t run = std::min(view.getRun(first / columns) * columns - column,
                             end - first);
      const uint8_t *from =
          read(view.mapRow(first / columns) * columns + column, run);
      int64_t bytes = tensor.getBytes(run);
      std::memcpy(out, from, bytes);
      out += bytes;
      first += run;
    }
  }

  /// The same of a transposed matrix. Neighbouring rows of the weight are
  /// neighbours in each row of the tensor, so they are read together.
  void copyTransposed(int64_t first, int64_t count, uint8_t *out) {
    int64_t tensorColumns = tensor.shape[1];
    int64_t end = first + count;
    for (int64_t row = first / columns; row * columns < end;) {
      int64_t run =
          std::min(view.getRun(row), (end + columns - 1) / columns - row);
      for (int64_t k = 0; k < columns; ++k) {
        const uint8_t *from = read(k * tensorColumns + view.mapRow(row), run);
        for (int64_t r = 0; r < run; ++r)
          if (int64_t at = (row + r) * columns + k; at >= first && at < end)
            std::memcpy(out + (at - first) * bytes, from + r * bytes, bytes);
      }
      row += run;
    }
  }

private:
  const uint8_t *read(int64_t first, int64_t count) {
    return source.read(tensor, first, count, scratch);
  }

  const TensorSource &source;
  const TensorInfo &tensor;
  const View &view;
  int64_t columns, bytes;
  llvm::SmallVector<uint8_t, 0> scratch;
};

} // namespace

const uint8_t *
DerivedSource::read(const TensorInfo &tensor, int64_t first, int64_t count,
                    llvm::SmallVectorImpl<uint8_t> &scratch) const {
  size_t index = indexOf(tensor), stored = base->getTensors().size();
  if (index < stored)
    return base->read(base->getTensors()[index], first, count, scratch);
  const auto &[source, view] = derived[index - stored];
  int64_t columns = tensor.shape.size() > 1 ? tensor.shape[1] : 1;
  // What is contiguous in the tensor needs no copy.
  int64_t row = first / columns, column = first % columns;
  if (!view.transposed && column + count <= view.getRun(row) * columns)
    return base->read(*source, view.mapRow(row) * columns + column, count,
                      scratch);
  scratch.resize_for_overwrite(tensor.getBytes(count));
  ViewReader reader(*base, *source, view, columns);
  if (view.transposed)
    reader.copyTransposed(first, count, scratch.data());
  else
    reader.copy(first, count, scratch.data());
  return scratch.data();
}

} // namespace swage::weights
