//===- PackedFixture.h - Packed checkpoints made by tests -------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_IMPORT_PACKEDFIXTURE_H
#define SWAGE_TEST_UNIT_IMPORT_PACKEDFIXTURE_H

#include "compiler/import/packed/PackedFormats.h"
#include "dialects/compression/BlockLayout.h"
#include "mlir/IR/MLIRContext.h"
#include "test/unit/import/TestFolder.h"
#include <cstring>
#include <gtest/gtest.h>
#include <map>

namespace swage::test {

/// A folder of tensors, and what is read out of it.
class Packed : public testing::Test {
protected:
  /// Adds a tensor, or puts another in the place of one of that name.
  template <typename T>
  void set(const std::string &name, const char *dtype,
           std::vector<int64_t> shape, const std::vector<T> &values) {
    std::string bytes(values.size() * sizeof(T), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    tensors[name] = {dtype, std::move(shape), std::move(bytes)};
  }

  /// Reads the folder as `quantization_config` says; errors are in `errors`.
  void read(const char *config) {
    std::string header, data;
    for (const auto &[name, tensor] : tensors) {
      header += (header.empty() ? "{\"" : ",\"") + name + "\":{\"dtype\":\"" +
                tensor.dtype +
                "\",\"shape\":" + weights::describeShape(tensor.shape) +
                ",\"data_offsets\":[" + std::to_string(data.size());
      data += tensor.bytes;
      header += "," + std::to_string(data.size()) + "]}";
    }
    std::string file = safeTensors(header + "}", 0) + data;
    folder.write("model.safetensors", file);
    import::Problems problems;
    auto stored = import::SafeTensorsSource::open(folder.getPath(), problems);
    source.reset();
    if (stored)
      source = import::openPackedTensors(context, "config.json",
                                         nlohmann::json::parse(config),
                                         std::move(stored), problems);
    errors = messages(problems.takeErrors(), folder);
  }

  /// The values of row `row` of a weight, as its encoding says.
  std::vector<float> row(llvm::StringRef name, int64_t row);
  /// All elements of a tensor that is not encoded.
  template <typename T> std::vector<T> elements(llvm::StringRef name) {
    const weights::TensorInfo *tensor = source->find(name);
    if (!tensor)
      return {};
    std::vector<T> all(tensor->getNumElements());
    llvm::SmallVector<uint8_t, 0> scratch;
    std::memcpy(all.data(), source->read(*tensor, 0, all.size(), scratch),
                all.size() * sizeof(T));
    return all;
  }

  /// The type of a weight's elements.
  std::string encoding(llvm::StringRef name) {
    std::string text;
    const weights::TensorInfo *tensor = source ? source->find(name) : nullptr;
    if (tensor)
      llvm::raw_string_ostream(text) << tensor->getWeightType(&context);
    return text;
  }

  std::unique_ptr<import::PackedSource> source;
  std::string errors;

private:
  struct Tensor {
    std::string dtype;
    std::vector<int64_t> shape;
    std::string bytes;
  };

  TestFolder folder;
  mlir::MLIRContext context;
  std::map<std::string, Tensor> tensors;
};

/// A code in words that hold codes of `bits` bits as a stream of bits, low ones
/// first: the one at `at`, where the words are `stride` apart from `first` on.
inline void putBits(std::vector<uint32_t> &words, int64_t first, int64_t stride,
                    int64_t at, int64_t bits, uint32_t code) {
  for (int64_t bit = at * bits; bit < (at + 1) * bits; ++bit, code >>= 1)
    words[first + bit / 32 * stride] |= (code & 1) << bit % 32;
}

} // namespace swage::test

#endif // SWAGE_TEST_UNIT_IMPORT_PACKEDFIXTURE_H
