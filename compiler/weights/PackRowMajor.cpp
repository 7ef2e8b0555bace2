//===- PackRowMajor.cpp - Vectors in 32 bits, padded ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/Packers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

namespace swage::weights {

namespace {

class RowMajor : public Payload {
public:
  RowMajor(const TensorSource &source, std::vector<const TensorInfo *> parts,
           int64_t pad)
      : source(source), parts(std::move(parts)), pad(pad) {
    for (const TensorInfo *part : this->parts) {
      firstGroups.push_back(groups);
      groups += llvm::divideCeil(part->shape[0], pad);
    }
  }

  uint64_t getSize() const override { return groups * getGranule(); }
  uint64_t getGranule() const override { return pad * sizeof(float); }

  void write(uint64_t begin,
             llvm::MutableArrayRef<uint8_t> out) const override {
    llvm::SmallVector<uint8_t, 0> scratch;
    int64_t group = begin / getGranule();
    for (uint8_t *to = out.begin(); to != out.end(); to += getGranule())
      writeGroup(group++, to, scratch);
  }

private:
  /// Writes `pad` values, which all belong to one part.
  void writeGroup(int64_t group, uint8_t *out,
                  llvm::SmallVectorImpl<uint8_t> &scratch) const {
    size_t index =
        llvm::upper_bound(firstGroups, group) - firstGroups.begin() - 1;
    const TensorInfo &part = *parts[index];
    int64_t first = (group - firstGroups[index]) * pad;
    int64_t count = std::min(pad, part.shape[0] - first);
    const uint8_t *from = source.read(part, first, count, scratch);
    std::memset(out, 0, getGranule());
    if (part.dtype == Dtype::I32) {
      std::memcpy(out, from, part.getBytes(count));
      return;
    }
    for (int64_t i = 0; i < count; ++i) {
      float value = widen(part.dtype, from + part.getBytes(i));
      std::memcpy(out + i * sizeof(float), &value, sizeof(float));
    }
  }

  const TensorSource &source;
  std::vector<const TensorInfo *> parts;
  std::vector<int64_t> firstGroups;
  int64_t pad;
  int64_t groups = 0;
};

} // namespace

std::unique_ptr<Payload> makeRowMajor(const TensorSource &source,
                                      std::vector<const TensorInfo *> parts,
                                      int64_t pad) {
  return std::make_unique<RowMajor>(source, std::move(parts), pad);
}

} // namespace swage::weights
