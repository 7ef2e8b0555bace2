//===- ToyModel.h - A small artifact that tests build and damage ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_RUNTIME_TOYMODEL_H
#define SWAGE_TEST_UNIT_RUNTIME_TOYMODEL_H

#include "artifact_objects.h"
#include "swage/swage.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace toy {

using namespace swage::schema;

inline constexpr int kVocabulary = 50, kColumns = 10, kRowLength = 16;
inline constexpr int kPagePositions = 4, kMaxPositions = 64;

/// An expression under construction.
struct Ex {
  std::vector<ExpressionNode> nodes;

  Ex(int64_t value) : nodes{{value, ExpressionKind::Constant}} {}
  Ex(Symbol s) : nodes{{int64_t(s), ExpressionKind::Symbol}} {}
  Ex(Ex a, const Ex &b, ExpressionKind kind) : nodes(std::move(a.nodes)) {
    nodes.insert(nodes.end(), b.nodes.begin(), b.nodes.end());
    nodes.push_back({0, kind});
  }
  operator std::unique_ptr<ExpressionT>() const;
};
inline Ex operator+(Ex a, const Ex &b) { return {a, b, ExpressionKind::Add}; }
inline Ex operator*(Ex a, const Ex &b) {
  return {a, b, ExpressionKind::Multiply};
}

/// The toy model of toy_kernels.c with two cache types, and for each a variant
/// for one row and one for more.
struct Model {
  ArtifactT table;
  std::vector<std::vector<uint8_t>> segments;

  Model();

  ProgramT &program() { return *table.programs[0]; }
  VariantT &variant(size_t i = 0) {
    return *program().entry_points[0]->variants[i];
  }
  BufferT &buffer(size_t i) { return *variant().buffers[i]; }
  DispatchT &dispatch(size_t i) { return *variant().commands[i].AsDispatch(); }

  /// Replaces `forward` by `encode`: row = table[token] + 100 * type + 1000 *
  /// position; hidden is the sum of the rows of the text, logits are hidden,
  /// and pooled is hidden of the first row.
  void makeEncoder();

  /// Adds a segment and returns its index.
  uint32_t addSegment(std::vector<uint8_t> bytes);
  /// The whole file. Lays out and checksums the segments.
  std::vector<uint8_t> write();
  /// The same, but segments in the table stay as they are.
  std::vector<uint8_t> writeAsIs() const;
};

/// Puts the right header in front of the table of an altered file.
void reseal(uint8_t *file);

/// Memory that an artifact can be loaded from.
class Aligned {
public:
  explicit Aligned(const std::vector<uint8_t> &bytes);
  const void *data() const { return start; }
  size_t size() const { return count; }

private:
  std::vector<uint8_t> memory;
  uint8_t *start;
  size_t count;
};

/// The ELF of toy_kernels.c.
const std::vector<uint8_t> &kernelElf();
/// Address of a function in it.
uint64_t kernelAddress(const std::string &name);

/// Hidden value `column` of a text, counted from position 0.
float expectedHidden(const std::vector<int32_t> &tokens,
                     const std::vector<int32_t> &types, int column);

/// Logit `column` after `tokens`, the last of them at `position`.
float expectedLogit(const std::vector<int32_t> &tokens, int column,
                    int position);

} // namespace toy

#endif // SWAGE_TEST_UNIT_RUNTIME_TOYMODEL_H
